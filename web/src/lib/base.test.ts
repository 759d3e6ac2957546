import { describe, expect, it } from 'vitest';
import { basePath, parseOptions, url } from './base';

describe('basePath and url', () => {
  it.each([
    ['http://h:9090/', '', 'http://h:9090/api/v1/query'],
    ['http://h/prom/', '/prom', 'http://h/prom/api/v1/query'],
    ['https://h/a/b/', '/a/b', 'https://h/a/b/api/v1/query'],
  ])('%s', (base, path, full) => {
    expect(basePath(base)).toBe(path);
    expect(url('/api/v1/query', base)).toBe(full);
    expect(url('api/v1/query', base)).toBe(full);
  });
});

describe('parseOptions', () => {
  it('takes what is well formed and defaults the rest', () => {
    const options = parseOptions('{"role":"alertmanager","adminApi":true,"title":3}');
    expect(options).toMatchObject({ role: 'alertmanager', adminApi: true, title: 'Bongsu', lifecycle: false });
  });
  it.each([null, '', 'nonsense', '[]', '3', 'null'])('survives %s', (text) => {
    expect(parseOptions(text).role).toBe('server');
  });
});
