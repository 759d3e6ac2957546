import { expect, it } from 'vitest';
import { colourOf, zoneName } from './model';

it('names zones', () => {
  expect(zoneName('utc')).toBe('UTC');
  expect(zoneName('local')).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
});

it.each([
  ['sent', 'green'],
  ['failed', 'red'],
  ['something new', 'gray'],
])('%s is %s', (kind, want) => expect(colourOf(kind)).toBe(want));
