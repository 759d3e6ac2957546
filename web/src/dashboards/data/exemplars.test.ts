import { describe, expect, it } from 'vitest';

import { exemplarAt, exemplarDetails, exemplarsOf } from '../../panels/timeseries/exemplars';
import { fakeField, fakeFrame } from '../../panels/testing';
import { exemplarFrame, traceLinksOf } from './exemplars';

const source = {
  uid: 'p',
  name: 'P',
  type: 'prometheus',
  isDefault: true,
  scrapeMs: 15_000,
  traceLinks: traceLinksOf({
    exemplarTraceIdDestinations: [
      { name: 'trace_id', url: 'https://traces/${__value.raw}', urlDisplayLabel: 'Trace' },
      { name: 'trace_id', datasourceUid: 'tempo' },
    ],
  }),
};
const one = (timestamp: number, value: string, labels: Record<string, string>) => ({ timestamp, value, labels });

describe('exemplars', () => {
  it('become a table with a column per label, those that lead somewhere with links', () => {
    const answer = [
      { seriesLabels: { job: 'a' }, exemplars: [one(20, '2', { trace_id: 'y' }), one(10.5, '1', { trace_id: 'x' }), one(11, 'NaN', {})] },
      { seriesLabels: { job: 'b' }, exemplars: [one(15, '+Inf', {})] },
    ];
    const frame = exemplarFrame(answer, 'A', source);
    expect(frame?.kind).toBe('exemplars');
    expect(frame?.fields.map(({ name, values }) => [name, values])).toEqual([
      ['Time', [10_500, 20_000]],
      ['Value', [1, 2]],
      ['job', ['a', 'a']],
      ['trace_id', ['x', 'y']],
    ]);
    expect(frame?.fields[3]?.config).toEqual({ links: [{ url: 'https://traces/${__value.raw}', title: 'Trace', targetBlank: true }] });
    expect(frame?.fields[2]?.config).toEqual({});
  });

  it('are none where there are none, and few where there are many', () => {
    expect(exemplarFrame([], 'A', undefined)).toBeUndefined();
    expect(exemplarFrame('nonsense', 'A', undefined)).toBeUndefined();
    const many = [{ exemplars: Array.from({ length: 2000 }, (_one, index) => one(index, String(index % 997), {})) }];
    expect(exemplarFrame(many, 'A', undefined)?.length).toBe(500);
  });

  it('are found under the pointer, and tell their labels', () => {
    const frame = {
      ...fakeFrame([fakeField('Time', 'time', [0, 100]), fakeField('Value', 'number', [10, 50]), fakeField('trace_id', 'string', ['x', ''])]),
      kind: 'exemplars',
    };
    const marks = exemplarsOf([frame, fakeFrame([fakeField('Time', 'time', [0]), fakeField('a', 'number', [1])])]);
    expect(marks).toHaveLength(2);
    const u = (left: number, top: number) => ({ cursor: { left, top }, valToPos: (value: number) => value }) as never;
    expect(exemplarAt(u(97, 53), marks, 'y')?.row).toBe(1);
    expect(exemplarAt(u(50, 30), marks, 'y')).toBeUndefined();
    expect(exemplarAt(u(-10, -10), marks, 'y')).toBeUndefined();
    expect(exemplarAt(u(0, 10), marks, undefined)).toBeUndefined();
    expect(marks.map((mark) => exemplarDetails(mark).lines.map(({ label, text }) => `${label}=${text}`))).toEqual([
      ['Value=10', 'trace_id=x'],
      ['Value=50'],
    ]);
  });
});
