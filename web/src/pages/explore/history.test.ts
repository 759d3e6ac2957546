import { beforeEach, expect, it } from 'vitest';
import { forgetAll, readHistory, remember } from './history';

beforeEach(() => localStorage.clear());

it('keeps each query once, newest first, and not without end', () => {
  for (let i = 0; i < 150; i += 1) remember(`q${i}`);
  remember(' q149 ');
  remember('q140');
  remember('  ');
  expect(readHistory()).toHaveLength(100);
  expect(readHistory().slice(0, 3)).toEqual(['q140', 'q149', 'q148']);
  forgetAll();
  expect(readHistory()).toEqual([]);
});

it('survives what something else wrote', () => {
  localStorage.setItem('bongsu.history', '{"not":"a list"}');
  expect(readHistory()).toEqual([]);
  localStorage.setItem('bongsu.history', '[1,"up"]');
  expect(readHistory()).toEqual(['up']);
});
