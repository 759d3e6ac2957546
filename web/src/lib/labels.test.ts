import { describe, expect, it } from 'vitest';
import { equalTo, filterText, matcherText, matchesAll, parseMatchers, seriesName } from './labels';

describe('seriesName', () => {
  it.each([
    [{ __name__: 'up' }, 'up'],
    [{ __name__: 'up', job: 'b', a: 'c' }, 'up{a="c", job="b"}'],
    [{ 지역: '서울' }, '{"지역"="서울"}'],
    [{ __name__: 'a.b', x: 'q"\\\n' }, '{"a.b", x="q\\"\\\\\\n"}'],
    [{ __name__: 'a:b' }, 'a:b'],
    [{}, '{}'],
  ])('%o', (labels, want) => expect(seriesName(labels as never)).toBe(want));
});

describe('matchers', () => {
  it.each([
    ['a=b', ['a="b"']],
    ['{a="b", c=~"d|e"}', ['a="b"', 'c=~"d|e"']],
    ['a!=b,c!~"x,y"', ['a!="b"', 'c!~"x,y"']],
    ['"지역"="서울"', ['"지역"="서울"']],
    ['a=""', ['a=""']],
    ['', []],
    ['a="\\"x\\""', ['a="\\"x\\""']],
  ])('%s', (text, want) => expect(parseMatchers(text)?.map(matcherText)).toEqual(want));

  it.each(['a', '{a="b"', '=b', 'a="b" c="d"', 'a=="b"'])('refuses %s', (text) => {
    expect(parseMatchers(text)).toBeUndefined();
  });

  it.each([
    ['a="b"', true],
    ['a=~"b.*"', true],
    ['a=~"x"', false],
    ['a!="b"', false],
    ['missing=""', true],
    ['missing!=""', false],
    ['a=~"["', false],
  ])('%s answers %s', (text, want) => {
    expect(matchesAll({ a: 'b' }, parseMatchers(text) ?? [])).toBe(want);
  });
});

it('writes a filter of labels that can be read again', () => {
  const text = filterText(equalTo({ a: 'b', 지역: 'x"y' }));
  expect(text).toBe('{a="b", "지역"="x\\"y"}');
  expect(parseMatchers(text)).toEqual(equalTo({ a: 'b', 지역: 'x"y' }));
});
