import { describe, expect, it } from 'vitest';

import { interpolate, plainText, promqlFormat, references } from './interpolate';
import type { Lookup, VariableValue } from './interpolate';

const values: Record<string, VariableValue> = {
  one: { value: 'a.b', text: 'A' },
  many: { value: ['x', 'y z', "q'"], text: ['X', 'Y', 'Q'], multi: true },
  single: { value: ['x.y'], text: ['x.y'], multi: true },
  all: { value: '.*', text: 'All', verbatim: true, multi: true },
  __from: { value: '1700000000123', text: '' },
  none: { value: [], text: [] },
};
const lookup: Lookup = (name, path) => (path === 'field' ? { value: 'f', text: 'f' } : values[name]);

describe('interpolate', () => {
  it.each([
    ['$one and ${one} and [[one]]', 'a.b and a.b and a.b'],
    ['$unknown ${unknown:csv} [[unknown]]', '$unknown ${unknown:csv} [[unknown]]'],
    ['$one_more', '$one_more'],
    ['${one.field}', 'f'],
    ['$many', "{x,y z,q'}"],
    ['${many:csv}', "x,y z,q'"],
    ['${many:pipe}', "x|y z|q'"],
    ['${many:raw}', "x,y z,q'"],
    ['${many:regex}', "(x|y z|q')"],
    ['${one:regex}', 'a\\.b'],
    ['${many:json}', '["x","y z","q\'"]'],
    ['${many:singlequote}', "'x','y z','q\\''"],
    ['${many:doublequote}', '"x","y z","q\'"'],
    ['${many:sqlstring}', "'x','y z','q'''"],
    ['${many:distributed}', "x,many=y z,many=q'"],
    ['${many:lucene}', '("x" OR "y\\ z" OR "q\'")'],
    ['${one:percentencode}', 'a.b'],
    ['${many:queryparam}', 'var-many=x&var-many=y%20z&var-many=q%27'],
    ['${many:text}', 'X + Y + Q'],
    ['[[many:pipe]]', "x|y z|q'"],
    ['${all:pipe} ${all:text}', '.* All'],
    ['${__from}', '1700000000123'],
    ['${__from:date}', '2023-11-14T22:13:20.123Z'],
    ['${__from:date:seconds}', '1700000000'],
    ['${__from:date:YYYY-MM}', '2023-11'],
    ['cost: 5$ $', 'cost: 5$ $'],
    ['${one:nosuchformat}', 'a.b'],
  ])('%s', (text, expected) => expect(interpolate(text, lookup, undefined, 'utc')).toBe(expected));

  it.each([
    ['up{a=~"$many"}', 'up{a=~"(x|y z|q\\\\\')"}'],
    ['up{a=~"$single"}', 'up{a=~"x\\\\.y"}'],
    ['up{a="$one"}', 'up{a="a.b"}'],
    ['up{a=~"$all"}', 'up{a=~".*"}'],
  ])('in PromQL: %s', (text, expected) => expect(interpolate(text, lookup, promqlFormat)).toBe(expected));

  it('cannot break out of a PromQL string', () => {
    const evil: Lookup = () => ({ value: '"} or vector(1) #', text: '', multi: false });
    expect(interpolate('up{a="$x"}', evil, promqlFormat)).toBe('up{a="\\"} or vector(1) #"}');
    const evilMulti: Lookup = () => ({ value: ['a"b', 'c\\'], text: '', multi: true });
    expect(interpolate('up{a=~"$x"}', evilMulti, promqlFormat)).toBe('up{a=~"(a\\"b|c\\\\\\\\)"}');
  });

  it('does not search replacements again', () => {
    expect(interpolate('$a', (name) => (name === 'a' ? { value: '$b', text: '' } : { value: 'no', text: '' }))).toBe('$b');
  });

  it('reads titles as people write them', () => expect(interpolate('CPU of $many', lookup, plainText)).toBe('CPU of X + Y + Q'));

  it('finds references of all three forms', () => expect([...references('$a ${b.c:csv} [[d:pipe]] $')]).toEqual(['a', 'b', 'd']));
});
