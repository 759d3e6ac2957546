import { describe, expect, it } from 'vitest';
import { effective } from './usePreferences';

describe('preferences', () => {
  it.each([
    [{}, {}, {}],
    [{ theme: '' }, { theme: 'dark' }, { theme: 'dark' }],
    [{ theme: 'light', language: '' }, { theme: 'dark', language: 'ko-KR' }, { theme: 'light', language: 'ko-KR' }],
    [{ timezone: 'utc' }, {}, { timezone: 'utc' }],
  ])('%j over %j are %j', (own, organisation, all) => {
    expect(effective(own, organisation)).toEqual(all);
  });
});
