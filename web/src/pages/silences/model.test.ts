import { describe, expect, it } from 'vitest';
import type { Silence } from '../../api/alerting';
import { emptyForm, filterSilences, formOf, toPosted } from './model';

const now = Date.UTC(2026, 10, 21, 12);
const matcher = { name: 'a', value: 'b', isRegex: false, isEqual: true };
const whole = { ...emptyForm([matcher], 'kim'), comment: '점검' };

describe('toPosted', () => {
  it('takes a duration from now', () => {
    expect(toPosted(whole, now).silence).toEqual({
      matchers: [matcher], startsAt: '2026-11-21T12:00:00.000Z', endsAt: '2026-11-21T14:00:00.000Z', createdBy: 'kim', comment: '점검',
    });
  });
  it('tells what people add beside upstream', () => {
    const { silence } = toPosted({ ...whole, untilResolved: true, during: ' sat-sun ' }, now);
    expect(silence?.annotations).toEqual({ bongsu_until_resolved: 'true', bongsu_during: 'sat-sun' });
  });
  it.each([
    [{ matchers: [] }, ['matchers']],
    [{ matchers: [{ ...matcher, name: ' ' }] }, ['matchers']],
    [{ matchers: [{ ...matcher, value: '' }] }, ['emptyMatcher']],
    [{ matchers: [{ ...matcher, value: '.*', isRegex: true }] }, ['emptyMatcher']],
    [{ matchers: [{ ...matcher, value: '', isEqual: false }] }, []],
    [{ start: 'nonsense' }, ['start', 'end']],
    [{ end: 'nonsense' }, ['end']],
    [{ end: '2026-01-01 00:00' }, ['order']],
    [{ end: '0' }, ['order']],
    [{ createdBy: ' ', comment: '' }, ['createdBy', 'comment']],
  ])('%o lacks %o', (change, want) => expect(toPosted({ ...whole, ...change } as never, now).problems).toEqual(want));
});

const silence: Silence = {
  id: 'x1', matchers: [matcher], startsAt: '2026-11-21T12:00:00Z', endsAt: '2026-11-21T13:30:00Z', createdBy: '김', comment: '배포', updatedAt: '',
  annotations: { bongsu_until_resolved: 'true' }, status: { state: 'expired' },
};

it('is edited as it is, and made again from now on', () => {
  expect(formOf(silence, false)).toMatchObject({ id: 'x1', untilResolved: true });
  expect(formOf(silence, true)).toMatchObject({ id: undefined, start: '', end: '90m' });
});

it.each([
  ['expired', '', 1],
  ['active', '', 0],
  ['expired', '김 배포', 1],
  ['expired', 'a="b"', 1],
  ['expired', 'c=', 0],
])('%s %s', (state, search, want) => expect(filterSilences([silence], state, search)).toHaveLength(want));
