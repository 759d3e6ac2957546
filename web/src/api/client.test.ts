import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, askV1, encode, refusal, send } from './client';

afterEach(() => vi.unstubAllGlobals());

const answer = (status: number, body: string, type = 'application/json') => {
  const fetch = vi.fn(async (_url: string, _init?: RequestInit) => new Response(status === 204 ? null : body, { status, headers: { 'Content-Type': type } }));
  vi.stubGlobal('fetch', fetch);
  return fetch;
};

describe('encode', () => {
  it('repeats lists and leaves out what is empty', () => {
    expect(encode({ a: 'x y', 'match[]': ['up', 'down'], b: undefined, c: '', n: 0, f: false }).toString()).toBe(
      'a=x+y&match%5B%5D=up&match%5B%5D=down&n=0&f=false',
    );
  });
});

describe('refusal', () => {
  it.each([
    [400, { status: 'error', errorType: 'bad_data', error: 'parse error' }, '', 'parse error', 'bad_data'],
    [404, 'silence not found', '', 'silence not found', ''],
    [422, { code: 602, message: 'matchers is required' }, '', 'matchers is required', ''],
    [502, '<html>bad gateway</html>', '<html>bad gateway</html>', 'HTTP 502', ''],
    [503, 'Service Unavailable', 'Service Unavailable', 'Service Unavailable', ''],
    [500, undefined, '', 'HTTP 500', ''],
  ])('%d %o', (status, parsed, text, message, kind) => {
    expect(refusal(status, parsed, text)).toMatchObject({ status, message, kind });
  });
});

describe('send', () => {
  it('opens the envelope of API v1 and keeps the remarks', async () => {
    answer(200, '{"status":"success","data":[1],"warnings":["w"]}');
    expect(await askV1('/labels')).toEqual({ data: [1], warnings: ['w'], infos: [] });
  });
  it('throws the server’s words', async () => {
    answer(400, '{"status":"error","errorType":"bad_data","error":"no such thing"}');
    await expect(askV1('/query')).rejects.toMatchObject({ message: 'no such thing', kind: 'bad_data', status: 400 });
  });
  it('tells that there was no answer', async () => {
    vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('Failed to fetch'))));
    await expect(send('/x')).rejects.toMatchObject({ status: 0, kind: 'network' });
  });
  it('lets an abort through as it is', async () => {
    vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new DOMException('aborted', 'AbortError'))));
    await expect(send('/x')).rejects.not.toBeInstanceOf(ApiError);
  });
  it('sends forms and documents', async () => {
    const fetch = answer(200, '{}');
    await send('/api/v1/query', { form: { query: 'up' } });
    await send('/api/v2/silences', { body: { a: 1 } });
    expect(fetch.mock.calls[0]?.[1]).toMatchObject({ method: 'POST', body: 'query=up' });
    expect(fetch.mock.calls[1]?.[1]).toMatchObject({ method: 'POST', body: '{"a":1}' });
  });
  it('takes an empty answer', async () => {
    answer(204, '');
    expect((await send('/x', { method: 'DELETE' })) ?? '').toBe('');
  });
});
