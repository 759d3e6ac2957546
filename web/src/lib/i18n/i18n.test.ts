import { describe, expect, it } from 'vitest';
import { format, messages, translate } from './index';

describe('format', () => {
  it.each([
    ['plain', {}, 'plain'],
    ['{a} and {b}', { a: 1, b: 'x' }, '1 and x'],
    ['{n} {n|target|targets}', { n: 1 }, '1 target'],
    ['{n} {n|target|targets}', { n: 0 }, '0 targets'],
    ['missing {a}', {}, 'missing {a}'],
    ['braces { stay }', {}, 'braces { stay }'],
    ['{a}', { a: '{b}' }, '{b}'],
  ])('%s with %o is %s', (text, params, want) => {
    expect(format(text, params as never)).toBe(want);
  });
});

describe('translate', () => {
  const table = messages({ hello: ['Hello {name}', '{name} 님, 안녕하세요'] });
  it('picks the language', () => {
    expect(translate(table.hello, 'en', { name: 'Kim' })).toBe('Hello Kim');
    expect(translate(table.hello, 'ko', { name: '김' })).toBe('김 님, 안녕하세요');
  });
});
