/// <reference types="node" />
/**
 * What the server's pictures must show too: texts of units, reductions, colours. `crates/pictures` reads the same file in its tests,
 * so neither side can change alone. `UPDATE_EXPECT=1 npx vitest run golden` writes it anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { fullText } from '../../panels/contract';
import type { JsonObject } from '../../panels/json';
import { decorate, namedColor, paletteColor, units } from './engine';

const FILE = '../crates/pictures/testdata/engine.json';
const VALUES = [
  0, 1, -1, 0.5, 0.001234, 12.3456, 99.5, 1000, 1023, 1024, 1536, 65_535.25, 1_234_567.891, 9.87e9, 4.2e13, -2500.5, 1e-7,
];
/** Units whose text depends on the reader's clock, zone or language. */
const SKIPPED = new Set([
  'dateTimeFromNow',
  'dateTimeAsLocal',
  'dateTimeAsLocalNoDateIfToday',
  'dateTimeAsIsoNoDateIfToday',
  'dateTimeAsUSNoDateIfToday',
]);
const EXTRA = ['suffix:req', 'prefix:#', 'si:mF', 'si:Wx', 'count:things', 'currency:₩', 'bool:up/down', 'time:YYYY/MM/DD HH:mm', 'req/s', '원'];

function field(config: JsonObject, values: unknown[]) {
  const fields = [{ name: 'v', type: 'number' as const, values, config: {} }];
  const raw = [{ refId: 'A', length: values.length, fields }];
  const fieldConfig = { defaults: config, overrides: [] };
  const options = { fieldConfig, defaults: {}, dark: true, zone: 'utc', replace: (t: string) => t, links: () => [] };
  const found = decorate(raw, options)[0]?.fields[0];
  if (found === undefined) throw new Error('no field');
  return found;
}

const ids = [...units().flatMap((group) => group.units.map((unit) => unit.id)), ...EXTRA].filter((id) => !SKIPPED.has(id));

const texts = ids.flatMap((unit) =>
  [undefined, 0, 2].map((decimals) => ({
    unit,
    decimals: decimals ?? null,
    texts: VALUES.map((value) => fullText(field({ unit, ...(decimals === undefined ? {} : { decimals }) }, VALUES).display(value))),
  })),
);

const SERIES: (number | null)[][] = [
  [1, 2, 3, 4],
  [5, null, 3, 10, null],
  [0, 0, 0],
  [null, null],
  [10, 12, 3, 5, 9],
  [-1.5, 2.25, 1e9, 0.1],
];
const REDUCERS = [
  ...['lastNotNull', 'last', 'firstNotNull', 'first', 'min', 'max', 'mean', 'median', 'sum', 'count', 'range', 'delta'],
  ...['step', 'diff', 'diffperc', 'logmin', 'allIsZero', 'allIsNull', 'variance', 'stdDev', 'p95', 'p50'],
];
const reductions = SERIES.map((values) => ({
  values,
  calcs: Object.fromEntries(REDUCERS.map((reducer) => [reducer, field({}, values).calc(reducer) ?? null])),
}));

const NAMES = ['green', 'dark-red', 'semi-dark-orange', 'super-light-blue', 'light-purple', 'yellow', '#123abc', 'gray', 'white'];
const colors = [true, false].map((dark) => ({
  dark,
  named: Object.fromEntries(NAMES.map((name) => [name, namedColor(name, dark).toLowerCase()])),
  palette: Array.from({ length: 60 }, (_color, index) => paletteColor(index, dark).toLowerCase()),
}));

const SCHEMES = ['continuous-GrYlRd', 'continuous-RdYlGr', 'continuous-BlPu', 'continuous-YlBl'];
const schemes = SCHEMES.map((mode) => ({
  mode,
  colors: [0, 12, 25, 50, 66, 100].map((value) => field({ color: { mode }, min: 0, max: 100 }, [0, 100]).display(value).color ?? ''),
}));

describe('what pictures of the server show, too', () => {
  it('stands in the file that their tests read', () => {
    const found = { values: VALUES, texts, reductions, colors, schemes };
    if (process.env['UPDATE_EXPECT'] === '1') writeFileSync(FILE, `${JSON.stringify(found)}\n`);
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(JSON.stringify(found)));
  });
});
