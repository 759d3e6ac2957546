import { describe, expect, it } from 'vitest';

import { importDashboard } from './import';
import { viewItems } from './repeat';
import { snapshotFrames, snapshotOf } from './snapshot';

const dashboard = importDashboard({
  uid: 'd1',
  title: 'Of $job',
  odd: { kept: true },
  refresh: '5s',
  links: [{ title: 'elsewhere' }],
  time: { from: 'now-1h', to: 'now' },
  templating: { list: [{ name: 'job', type: 'query', query: 'label_values(job)' }] },
  annotations: { list: [{ name: 'deploys', expr: 'x' }] },
  panels: [
    { id: 1, type: 'row', title: 'Row $job', gridPos: { x: 0, y: 0, w: 24, h: 1 }, panels: [] },
    {
      id: 2,
      type: 'stat',
      title: 'Up of $job',
      repeat: 'job',
      datasource: { type: 'prometheus', uid: 'secret' },
      gridPos: { x: 0, y: 1, w: 6, h: 4 },
      targets: [{ refId: 'A', expr: 'up{job="$job"}' }],
      transformations: [{ id: 'reduce', options: {} }],
    },
    { id: 3, type: 'text', title: '', gridPos: { x: 0, y: 9, w: 6, h: 4 }, options: { content: 'hi $job' } },
  ],
});
const items = viewItems(dashboard.panels, (name) => (name === 'job' ? ['a', 'b'].map((value) => ({ value, text: value })) : []), new Map());
const frame = {
  refId: 'A',
  name: 'up',
  length: 2,
  fields: [
    { name: 'Time', type: 'time' as const, values: [1, 2], config: {} },
    { name: 'Value', type: 'number' as const, values: [1, NaN], labels: { job: 'a' }, config: { unit: 's' } },
  ],
};

async function made() {
  const document = await snapshotOf({
    dashboard,
    items,
    span: { from: 0, to: 3_600_000 },
    text: (written, scope) => written.replaceAll('$job', String(scope?.get('job')?.value ?? 'All')),
    data: async () => [frame],
  });
  return importDashboard(JSON.parse(JSON.stringify(document)) as object);
}

describe('a snapshot', () => {
  it('holds data in place of everything that could be asked', async () => {
    const snapshot = await made();
    const text = JSON.stringify(snapshot);
    for (const gone of ['label_values', 'up{', 'secret', 'deploys', 'elsewhere', 'now-1h', '$job', '"d1"']) expect(text).not.toContain(gone);
    expect(snapshot['odd']).toEqual({ kept: true });
    expect(snapshot.time).toEqual({ from: '1970-01-01T00:00:00.000Z', to: '1970-01-01T01:00:00.000Z' });
    expect(snapshot['refresh']).toBe('');
  });

  it('writes out what is repeated, texts filled in', async () => {
    const snapshot = await made();
    expect(snapshot.panels.map(({ type, title }) => [type, title])).toEqual([
      ['row', 'Row All'],
      ['stat', 'Up of a'],
      ['stat', 'Up of b'],
      ['text', ''],
    ]);
    expect(snapshot.panels.at(-1)?.options['content']).toBe('hi All');
    expect(new Set(snapshot.panels.map(({ id }) => id)).size).toBe(4);
  });

  it('gives back the frames that went in; what JSON cannot hold is a gap', async () => {
    const panel = (await made()).panels[1];
    expect(panel && snapshotFrames(panel)).toEqual([
      { ...frame, fields: [frame.fields[0], { ...frame.fields[1], values: [1, null] }] },
    ]);
  });

  it('reads as empty where it is damaged, and is none without data', () => {
    const panel = dashboard.panels[1];
    if (panel === undefined) throw new Error('the dashboard lost its panel');
    expect(snapshotFrames(panel)).toBeUndefined();
    expect(snapshotFrames({ ...panel, snapshotData: [{ fields: [{ values: 'x' }, 3] }, null] })).toEqual([
      { refId: '', fields: [{ name: '', type: 'other', values: [], config: {} }], length: 0 },
    ]);
  });
});
