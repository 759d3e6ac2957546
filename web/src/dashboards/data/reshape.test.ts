import { describe, expect, it } from 'vitest';

import type { RawFrame } from './frames';
import { joinByLabels, partitionByValues, rowsToFields } from './reshape';

const table: RawFrame = {
  refId: 'A',
  name: 't',
  length: 3,
  fields: [
    { name: 'Time', type: 'time', values: [1, 2, 3], config: {} },
    { name: 'region', type: 'string', values: ['kr', 'us', 'kr'], config: {} },
    { name: 'cpu', type: 'number', values: [10, 20, 30], config: {} },
  ],
};

describe('partitionByValues', () => {
  it.each([
    [{}, ['kr', 'us'], { region: 'kr' }, ['Time', 'cpu']],
    [{ naming: { asLabels: false, withNames: true } }, ['region=kr', 'region=us'], undefined, ['Time', 'cpu']],
    [{ keepFields: true, naming: { append: true } }, ['t kr', 't us'], { region: 'kr' }, ['Time', 'region', 'cpu']],
  ])('%j', (options, names, labels, fields) => {
    const parts = partitionByValues([table], { fields: ['region'], ...options });
    expect(parts.map((part) => part.name)).toEqual(names);
    expect(parts[0]?.fields.at(-1)?.labels).toEqual(labels);
    expect(parts[0]?.fields.map((field) => field.name)).toEqual(fields);
    expect(parts.map((part) => part.fields.at(-1)?.values)).toEqual([[10, 30], [20]]);
  });

  it('leaves a frame without the field as it is', () => expect(partitionByValues([table], { fields: ['gone'] })).toEqual([table]));
});

describe('rowsToFields', () => {
  it('takes the first text for names and the first number for values; other texts are labels', () => {
    const frame: RawFrame = { ...table, fields: [...table.fields, { name: 'zone', type: 'string', values: ['a', 'b', 'c'], config: {} }] };
    const [out] = rowsToFields([frame], {});
    expect(out?.fields.map((field) => [field.name, field.values, field.labels])).toEqual([
      ['kr', [10], { zone: 'a' }],
      ['us', [20], { zone: 'b' }],
      ['kr', [30], { zone: 'c' }],
    ]);
  });

  it('reads mappings, also to field config', () => {
    const frame: RawFrame = {
      refId: 'A',
      length: 1,
      fields: [
        { name: 'a', type: 'number', values: [1], config: {} },
        { name: 'n', type: 'string', values: ['x'], config: {} },
        { name: 'v', type: 'number', values: [7], config: {} },
        { name: 'top', type: 'number', values: [100], config: {} },
        { name: 'u', type: 'string', values: ['bytes'], config: {} },
      ],
    };
    const mappings = [
      { fieldName: 'v', handlerKey: 'field.value' },
      { fieldName: 'top', handlerKey: 'max' },
      { fieldName: 'u', handlerKey: 'unit' },
      { fieldName: 'a', handlerKey: '__ignore' },
    ];
    expect(rowsToFields([frame], { mappings })[0]?.fields).toEqual([
      { name: 'x', type: 'number', values: [7], config: { max: 100, unit: 'bytes' }, labels: {} },
    ]);
  });
});

describe('joinByLabels', () => {
  const series = (labels: Record<string, string>, value: number): RawFrame => ({
    refId: 'A',
    length: 2,
    fields: [
      { name: 'Time', type: 'time', values: [1, 2], config: {} },
      { name: 'Value', type: 'number', labels, values: [value, null], config: {} },
    ],
  });
  const frames = [series({ what: 'cpu', pod: 'a' }, 1), series({ what: 'mem', pod: 'a' }, 2), series({ what: 'cpu', pod: 'b' }, 3)];

  it('makes a row per other label and a column per value', () => {
    expect(joinByLabels(frames, { value: 'what' })[0]?.fields.map((field) => [field.name, field.values])).toEqual([
      ['pod', ['a', 'b']],
      ['cpu', [1, 3]],
      ['mem', [2, null]],
    ]);
  });

  it('does nothing without the label', () => expect(joinByLabels(frames, { value: 'gone' })).toEqual(frames));
});
