import { describe, expect, it } from 'vitest';
import type { QueryData } from '../../api/query';
import { csvCell, rowsOf, sortRows, toCsv } from './rows';

const vector: QueryData = {
  resultType: 'vector',
  result: [
    { metric: { __name__: 'up', job: 'b' }, value: [1, '10'] },
    { metric: { __name__: 'up', job: 'a', 지역: '서울' }, value: [1, '9'] },
    { metric: { __name__: 'h' }, histogram: [1, { count: '4', sum: '2' }] },
    { metric: { __name__: 'n' }, value: [1, 'NaN'] },
  ],
};

describe('rows', () => {
  it('sorts by number, not by text, NaN first', () => {
    expect(sortRows(rowsOf(vector), 'value', false).map((row) => row.value)).toEqual(['NaN', '4', '9', '10']);
    expect(sortRows(rowsOf(vector), 'name', true).map((row) => row.name)[0]).toBe('up{job="b"}');
    expect(sortRows(rowsOf(vector), undefined, false)).toHaveLength(4);
  });
  it('takes scalars, strings and range vectors', () => {
    expect(rowsOf({ resultType: 'scalar', result: [1, '5'] })).toMatchObject([{ name: 'scalar', value: '5', atMs: 1000 }]);
    const matrix: QueryData = { resultType: 'matrix', result: [{ metric: {}, values: [[1, '1'], [2, '3']] }] };
    expect(rowsOf(matrix)).toMatchObject([{ name: '{}', value: '3', atMs: 2000 }]);
  });
});

describe('csv', () => {
  it('has a column for each label', () => {
    expect(toCsv(vector).split('\r\n').slice(0, 3)).toEqual([
      '__name__,job,지역,time,value',
      'up,b,,1970-01-01T00:00:01.000Z,10',
      'up,a,서울,1970-01-01T00:00:01.000Z,9',
    ]);
  });
  it.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['=SUM(A1)', "'=SUM(A1)"],
    ['-5', '-5'],
    ['-x', "'-x"],
  ])('%s', (text, want) => expect(csvCell(text)).toBe(want));
});
