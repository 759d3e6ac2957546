/** Fields and frames for tests, without the data engine. */
import type { FieldType, PanelField, PanelFrame } from './contract';
import type { JsonObject } from './json';

/** A field whose values read as they are. */
export function fakeField(title: string, type: FieldType, values: readonly unknown[], custom: JsonObject = {}): PanelField {
  const numbers = values.filter((value): value is number => typeof value === 'number' && !Number.isNaN(value));
  return {
    name: title,
    title,
    titled: false,
    type,
    values,
    labels: {},
    color: '#123456',
    custom,
    unit: '',
    min: undefined,
    max: undefined,
    decimals: undefined,
    scale: { min: Math.min(...numbers), max: Math.max(...numbers) },
    thresholds: [],
    colorMode: 'palette-classic',
    hasMappings: false,
    display: (value, decimals) => ({
      text: typeof value === 'number' && decimals !== undefined ? value.toFixed(decimals) : String(value ?? ''),
      numeric: Number(value),
    }),
    calc: (reducer) =>
      reducer === 'max'
        ? Math.max(...numbers)
        : reducer === 'mean'
          ? numbers.reduce((sum, value) => sum + value, 0) / numbers.length
          : (values.findLast((value) => value !== null) ?? null),
    links: () => [],
  };
}

/** A frame of fields of equal length. */
export function fakeFrame(fields: PanelField[], refId = 'A'): PanelFrame {
  return { name: '', refId, fields, length: fields[0]?.values.length ?? 0, kind: '' };
}
