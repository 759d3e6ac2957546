import { describe, expect, it } from 'vitest';

import { cells, gradientStops, share } from './bargauge/model';
import { arcPath, gaugeAngle, thresholdArcs } from './gauge/model';
import { calcName, clickedLegend, legendOptions, legendRows } from './legend/model';
import { percentText, slices } from './piechart/model';
import { boxGrid, fittingFont, reducedValues, textOn, textWidth } from './reduced';
import { sparkPath } from './stat/model';
import { columnWidths, columnsOf, footerTexts, initialSort, orderedRows, tableCsv } from './table/model';
import { fakeField, fakeFrame } from './testing';

const series = (title: string, values: unknown[]) =>
  fakeFrame([
    fakeField(
      'Time',
      'time',
      values.map((_value, index) => index),
    ),
    fakeField(title, 'number', values),
  ]);

describe('reduced values', () => {
  const frames = [series('a', [1, 2]), series('b', [5, null])];
  it.each<[string, object, [string, number][]]>([
    [
      'last of each series',
      {},
      [
        ['a', 2],
        ['b', 5],
      ],
    ],
    [
      'two reductions',
      { calcs: ['max', 'mean'] },
      [
        ['a (Max)', 2],
        ['a (Mean)', 1.5],
        ['b (Max)', 5],
        ['b (Mean)', 5],
      ],
    ],
    ['by pattern', { fields: '/^b$/' }, [['b', 5]]],
    ['by name', { fields: 'a' }, [['a', 2]]],
    ['broken pattern', { fields: '/(/' }, []],
    [
      'every row',
      { values: true, limit: 3 },
      [
        ['a', 1],
        ['a', 2],
        ['b', 5],
      ],
    ],
  ])('%s', (_name, reduceOptions, expected) =>
    expect(
      reducedValues(frames, { reduceOptions: reduceOptions as never }, 'en').map((value) => [value.title, value.display.numeric]),
    ).toEqual(expected),
  );

  it('names rows by their text column', () => {
    const frame = fakeFrame([fakeField('pod', 'string', ['x', 'y']), fakeField('v', 'number', [1, 2])]);
    expect(reducedValues([frame], { reduceOptions: { values: true } }, 'en').map((value) => value.title)).toEqual(['x', 'y']);
  });
});

describe('geometry', () => {
  it.each([
    [1, 100, 100, 'auto', 1, 1],
    [4, 400, 100, 'auto', 2, 2],
    [4, 100, 400, 'auto', 1, 4],
    [4, 220, 100, 'auto', 2, 2],
    [3, 400, 100, 'horizontal', 1, 3],
    [3, 100, 400, 'vertical', 3, 1],
  ])('%d boxes in %d×%d %s', (count, width, height, orientation, columns, rows) =>
    expect(boxGrid(count, width, height, orientation, 2.2)).toEqual({ columns, rows }),
  );
  it('fits text', () => {
    expect(fittingFont(4, 100, 200, 64)).toBeCloseTo(35.7, 1);
    expect(fittingFont(1, 1000, 1000, 64)).toBe(64);
    expect(textWidth('로드A')).toBe(4.5);
  });
  it.each([
    ['#000000', '#ffffff'],
    ['#F2CC0C', '#16181d'],
    ['rgb(255, 255, 255)', '#16181d'],
    ['#1F60C4', '#ffffff'],
  ])('text on %s', (color, text) => expect(textOn(color)).toBe(text));
  it.each([
    [0, -120],
    [50, 0],
    [100, 120],
    [500, 120],
    [-5, -120],
    [NaN, -120],
  ])('gauge angle of %d', (value, angle) => expect(gaugeAngle(value, 0, 100)).toBe(angle));
  it('draws arcs, also full circles', () => {
    expect(arcPath(50, 50, 0, 40, 0, 90)).toBe('M50.00 10.00A40 40 0 0 1 90.00 50.00L50.00 50.00Z');
    expect(arcPath(50, 50, 20, 40, 0, 360)).toContain('A40 40 0 1 1');
    expect(arcPath(50, 50, 20, 40, 10, 10)).toBe('');
  });
  it('cuts the scale at thresholds', () => {
    expect(
      thresholdArcs(
        [
          { value: -Infinity, color: 'g' },
          { value: 50, color: 'r' },
          { value: 200, color: 'x' },
        ],
        0,
        100,
      ),
    ).toEqual([
      { from: -120, to: 0, color: 'g' },
      { from: 0, to: 120, color: 'r' },
    ]);
  });
  it('draws sparklines with gaps', () => {
    const { line, area } = sparkPath([0, 1, 2, 3], [0, 1, null, 1], 30, 12);
    expect(line).toBe('M0.0 11.0L10.0 1.0M30.0 1.0');
    expect(area.endsWith('Z')).toBe(true);
    expect(sparkPath([0], [1], 10, 10).line).toBe('');
  });
});

describe('bars', () => {
  it.each([
    [5, 0, 10, 0.5],
    [-1, 0, 10, 0],
    [20, 0, 10, 1],
    [NaN, 0, 10, 0],
    [1, 1, 1, 0],
  ])('share of %d in %d to %d', (value, min, max, expected) => expect(share(value, min, max)).toBe(expected));
  it('lights cells up to the value', () => expect(cells(100, 0.5, 0, 10).filter((cell) => cell.lit)).toHaveLength(5));
  it('passes through the colours of reached thresholds', () => {
    const field = {
      ...fakeField('a', 'number', []),
      colorMode: 'thresholds',
      thresholds: [
        { value: -Infinity, color: 'g' },
        { value: 5, color: 'y' },
        { value: 9, color: 'r' },
      ],
    };
    expect(gradientStops(field, 0, 10, 0.6, 'y')).toEqual(['g 0.0%', 'y 83.3%']);
    expect(gradientStops({ ...field, colorMode: 'fixed' }, 0, 10, 0.6, 'y')).toEqual(['y', 'y']);
  });
});

describe('pies', () => {
  const values = reducedValues([series('a', [1]), series('b', [3]), series('zero', [0])], {}, 'en');
  it('shares the circle, largest first, without zeros', () => {
    expect(slices(values, {}, new Set()).map((slice) => [slice.title, slice.share, slice.from, slice.to])).toEqual([
      ['b', 0.75, 0, 270],
      ['a', 0.25, 270, 360],
    ]);
  });
  it('leaves hidden ones out', () =>
    expect(slices(values, { sort: 'none' }, new Set([values[1]?.key ?? ''])).map((slice) => slice.share)).toEqual([1]));
  it.each([
    [0.5, '50%'],
    [0.0312, '3.1%'],
    [0.333, '33%'],
    [1, '100%'],
  ])('%d as text', (value, text) => expect(percentText(value)).toBe(text));
});

describe('legends', () => {
  const items = ['b', 'a', 'c'].map((label, index) => ({
    key: label,
    label,
    color: '',
    field: fakeField(label, 'number', [[1, 9], [5], [null]][index] ?? []),
    hidden: false,
    right: false,
  }));
  it.each([
    ['', false, ['b', 'a', 'c']],
    ['Name', false, ['a', 'b', 'c']],
    ['Last *', true, ['b', 'a', 'c']],
    ['lastNotNull', false, ['a', 'b', 'c']],
    ['unknown', false, ['b', 'a', 'c']],
  ])('sorted by %j descending %s', (sortBy, sortDesc, expected) =>
    expect(legendRows(items, { calcs: ['lastNotNull'], sortBy, sortDesc }).map((row) => row.label)).toEqual(expected),
  );
  it('reads options of every age', () => {
    expect(legendOptions({ legend: { displayMode: 'hidden' } }).show).toBe(false);
    expect(legendOptions({}).show).toBe(true);
    expect(legendOptions({ legend: { displayMode: 'table', placement: 'right', calcs: ['mean', 3], width: 200 } })).toMatchObject({
      table: true,
      right: true,
      calcs: ['mean'],
      widthPx: 200,
    });
  });
  it('isolates on a click, shows all on the next, toggles with a key', () => {
    const all = ['a', 'b', 'c'];
    const alone = clickedLegend(new Set(), all, 'b', false);
    expect([...alone]).toEqual(['a', 'c']);
    expect([...clickedLegend(alone, all, 'b', false)]).toEqual([]);
    expect([...clickedLegend(alone, all, 'a', true)]).toEqual(['c']);
    expect([...clickedLegend(new Set(), all, 'a', true)]).toEqual(['a']);
  });
  it('names reductions in both languages', () =>
    expect([calcName('mean', 'en'), calcName('mean', 'ko'), calcName('p95', 'ko'), calcName('odd', 'en')]).toEqual([
      'Mean',
      '평균',
      '95th %',
      'odd',
    ]));
});

describe('tables', () => {
  const frame = fakeFrame([
    fakeField('pod', 'string', ['web-10', 'web-2', 'db'], { filterable: true }),
    fakeField('v', 'number', [1, null, 3], {
      cellOptions: { type: 'color-background', applyToRow: true },
      displayMode: 'color-text',
      width: 100,
    }),
    fakeField('gone', 'string', ['', '', ''], { hidden: true }),
    fakeField('old', 'number', [1, 2, 3], { displayMode: 'lcd-gauge', align: 'center' }),
  ]);
  const columns = columnsOf(frame);
  it('reads columns of every age', () => {
    expect(columns.map((column) => [column.title, column.kind, column.align, column.width])).toEqual([
      ['pod', 'auto', 'left', undefined],
      ['v', 'color-background', 'right', 100],
      ['old', 'gauge', 'center', undefined],
    ]);
    expect(columns[1]?.applyToRow).toBe(true);
    expect(columns[2]?.gaugeMode).toBe('lcd');
  });
  it('gives written widths first, the rest shares', () => {
    const widths = columnWidths(columns, frame, 800);
    expect(widths[1]).toBe(100);
    expect(widths.reduce((sum, width) => sum + width, 0)).toBeCloseTo(800);
    expect(columnWidths(columns, frame, 100)[0]).toBe(60);
  });
  it.each([
    ['none', [], {}, [0, 1, 2]],
    ['natural order of texts', [{ title: 'pod', desc: false }], {}, [2, 1, 0]],
    ['numbers down, missing last', [{ title: 'v', desc: true }], {}, [2, 0, 1]],
    ['numbers up, missing last', [{ title: 'v', desc: false }], {}, [0, 2, 1]],
    ['filter', [], { pod: 'WEB' }, [0, 1]],
    ['unknown column', [{ title: 'x', desc: true }], { y: 'z' }, [0, 1, 2]],
  ])('%s', (_name, sort, filters, expected) =>
    expect(orderedRows(frame, columns, sort, new Map(Object.entries(filters as Record<string, string>)))).toEqual(expected),
  );
  it('reads the written order', () =>
    expect(initialSort({ sortBy: [{ displayName: '상태', desc: true }, {}] })).toEqual([{ title: '상태', desc: true }]));
  it('foots', () => {
    expect(footerTexts(columns, frame, { footer: { show: false } })).toBeUndefined();
    expect(footerTexts(columns, frame, { footer: { show: true, reducer: ['max'] } })).toEqual(['', '3', '3']);
    expect(footerTexts(columns, frame, { footer: { show: true, reducer: ['max'], fields: ['old'] } })).toEqual(['', '', '3']);
    expect(footerTexts(columns, frame, { footer: { show: true, reducer: ['count'], countRows: true } })).toEqual(['3', '', '']);
  });
  it('writes CSV that no spreadsheet runs', () => {
    const evil = fakeFrame([fakeField('a,b', 'string', ['=1+1', 'say "hi"', '-5'])]);
    expect(tableCsv(columnsOf(evil), [0, 1, 2], false)).toBe('"a,b"\r\n\'=1+1\r\n"say ""hi"""\r\n-5');
  });
});

describe('series of one name', () => {
  it('keep keys of their own', () => {
    const twice = [series('a', [1]), series('a', [2])];
    const keys = reducedValues(twice, {}, 'en').map((value) => value.key);
    expect(new Set(keys).size).toBe(2);
  });
});
