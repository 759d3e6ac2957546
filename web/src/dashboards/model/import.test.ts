/// <reference types="node" />
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { asObject, asObjects, isObject } from '../../panels/json';
import type { JsonObject } from '../../panels/json';
import { ImportError, dashboardInputs, fillInputs, importDashboard, refIdAt } from './import';
import { bottom, compact, overlaps } from './layout';
import { viewItems } from './repeat';
import { allPanels } from './types';
import { repeatValues, resolutionOrder } from './variables';

const shared = process.env['CONFORMANCE_DIR'] ?? join(import.meta.dirname, '../../../../../shared');
const folder = join(shared, 'dashboards');

function files(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(dir, entry.name)) : entry.name.endsWith('.json') ? [join(dir, entry.name)] : [],
  );
}

/** Panels as written, those inside rows too, counted without our code. */
function written(doc: JsonObject): JsonObject[] {
  return asObjects(doc['panels']).flatMap((panel) => [panel, ...asObjects(panel['panels'])]);
}

const dashboards = files(folder);

describe('every shared dashboard', () => {
  it('is there when the conformance run demands it', () => {
    if (process.env['CONFORMANCE_DIR'] !== undefined) expect(dashboards.length).toBeGreaterThan(30);
  });

  it.each(dashboards.map((file) => [file.slice(folder.length + 1), file]))('%s imports whole', (_name, file) => {
    const raw = JSON.parse(readFileSync(file, 'utf8')) as JsonObject;
    const dashboard = importDashboard(raw);
    const panels = allPanels(dashboard.panels);
    expect(panels.length).toBe(written(raw).length);
    expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
    for (const panel of panels) {
      const refs = panel.targets.map((target) => target.refId);
      expect(refs.every((ref) => ref !== '')).toBe(true);
      expect(new Set(refs).size).toBe(refs.length);
    }
    // Keys of ours and of nobody survive.
    for (const [index, panel] of asObjects(raw['panels']).entries()) {
      for (const key of Object.keys(panel)) expect(Object.keys(dashboard.panels[index] ?? {})).toContain(key);
    }
    for (const key of Object.keys(raw)) expect(Object.keys(dashboard)).toContain(key);
    // Variables resolve in an order in which none is lost, and nothing overlaps when shown.
    expect(resolutionOrder(dashboard.templating.list).flat().length).toBe(dashboard.templating.list.length);
    const items = viewItems(dashboard.panels, (name) => repeatValues([], name), new Map());
    for (const [index, item] of items.entries()) {
      for (const other of items.slice(index + 1)) expect(overlaps(item.pos, other.pos), `${item.key} and ${other.key}`).toBe(false);
    }
    // A second reading changes nothing.
    expect(importDashboard(JSON.parse(JSON.stringify(dashboard)))).toEqual(dashboard);
  });
});

describe('documents', () => {
  it.each([
    ['null', null],
    ['a list', []],
    ['an object of something else', { groups: [] }],
    ['schema v2', { title: 'x', elements: {}, layout: {} }],
    ['too many panels', { title: 'x', panels: Array.from({ length: 2001 }, () => ({ type: 'text' })) }],
  ])('%s is refused with a reason', (_name, raw) => {
    expect(() => importDashboard(raw)).toThrow(ImportError);
  });

  it('takes odd values for absent ones', () => {
    const dashboard = importDashboard({
      title: 7,
      panels: [null, 3, { id: 'x', type: 9, gridPos: { w: 99, h: -1, x: 40, y: '3' }, targets: [{ expr: 'up' }, 'no', { refId: 'A' }] }],
      templating: { list: 'none' },
      time: { from: 1700000000000 },
    });
    expect(dashboard.title).toBe('Untitled');
    expect(dashboard.panels).toHaveLength(1);
    const [panel] = dashboard.panels;
    expect(panel?.gridPos).toEqual({ x: 0, y: 3, w: 24, h: 1 });
    expect(panel?.type).toBe('unknown');
    expect(panel?.targets.map((target) => target.refId)).toEqual(['B', 'A']);
    expect(dashboard.time).toEqual({ from: '1700000000000', to: 'now' });
  });

  it('reads the dashboard inside an API answer', () => {
    expect(importDashboard({ meta: { slug: 'a' }, dashboard: { title: 'inner', panels: [] } }).title).toBe('inner');
  });

  it('gives panels that share an id fresh ones', () => {
    const ids = importDashboard({ title: 'x', panels: [{ id: 2, type: 'text' }, { id: 2, type: 'text' }, { type: 'text' }] }).panels.map(
      (panel) => panel.id,
    );
    expect(ids).toEqual([2, 3, 4]);
  });

  it('names queries A to Z, then AA', () => {
    expect([0, 25, 26, 27, 51, 52].map(refIdAt)).toEqual(['A', 'Z', 'AA', 'AB', 'AZ', 'BA']);
  });

  it('fills inputs in strings, inside texts and inside references', () => {
    const raw = {
      __inputs: [
        { name: 'DS_PROM', label: 'Prometheus', type: 'datasource', pluginId: 'prometheus' },
        { name: 'VAR_X', type: 'constant', value: 'node' },
      ],
      __requires: [{ type: 'panel' }],
      title: 'x',
      panels: [
        { datasource: '${DS_PROM}', targets: [{ datasource: { type: 'prometheus', uid: '${DS_PROM}' }, expr: 'up{job="${VAR_X}"}' }] },
      ],
    };
    expect(dashboardInputs(raw).map((input) => [input.name, input.type, input.pluginId, input.value])).toEqual([
      ['DS_PROM', 'datasource', 'prometheus', ''],
      ['VAR_X', 'constant', '', 'node'],
    ]);
    const filled = asObject(
      fillInputs(
        raw,
        new Map([
          ['DS_PROM', 'bongsu'],
          ['VAR_X', 'api'],
        ]),
      ),
    );
    expect(filled['__inputs']).toBeUndefined();
    expect(filled['__requires']).toBeUndefined();
    expect(JSON.stringify(filled)).not.toContain('${');
    expect(JSON.stringify(filled)).toContain('up{job=\\"api\\"}');
    expect(asObjects(filled['panels'])[0]?.['datasource']).toBe('bongsu');
  });
});

describe('old rows', () => {
  it('become panels on the 24-column grid, collapsed rows keep theirs inside', () => {
    const dashboard = importDashboard({
      title: 'old',
      schemaVersion: 12,
      rows: [
        {
          title: 'first',
          height: '190px',
          panels: [
            { id: 1, type: 'graph', span: 6 },
            { id: 2, type: 'graph', span: 6 },
            { id: 3, type: 'singlestat', span: 12 },
          ],
        },
        { title: 'second', collapse: true, height: 250, showTitle: true, repeat: 'node', panels: [{ id: 4, type: 'graph', span: 12 }] },
      ],
    });
    expect(isObject(dashboard['rows'])).toBe(false);
    expect(dashboard.panels.map((panel) => [panel.type, panel.gridPos.x, panel.gridPos.y, panel.gridPos.w, panel.gridPos.h])).toEqual([
      ['row', 0, 0, 24, 1],
      ['timeseries', 0, 1, 12, 5],
      ['timeseries', 12, 1, 12, 5],
      ['stat', 0, 6, 24, 5],
      ['row', 0, 11, 24, 1],
    ]);
    const last = dashboard.panels.at(-1);
    expect(last?.['repeat']).toBe('node');
    expect(last?.collapsed).toBe(true);
    expect(last?.panels?.map((panel) => panel.id)).toEqual([4]);
  });
});

describe('layout', () => {
  it('closes gaps and separates overlaps', () => {
    expect(
      compact([
        { x: 0, y: 5, w: 12, h: 4 },
        { x: 12, y: 40, w: 12, h: 4 },
        { x: 0, y: 6, w: 24, h: 2 },
      ]),
    ).toEqual([
      { x: 0, y: 0, w: 12, h: 4 },
      { x: 12, y: 6, w: 12, h: 4 },
      { x: 0, y: 4, w: 24, h: 2 },
    ]);
  });

  it('holds for arbitrary rectangles: none overlap, each touches something above', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % below;
    };
    for (let round = 0; round < 200; round += 1) {
      const rects = Array.from({ length: 1 + random(12) }, () => {
        const w = 1 + random(24);
        return { w, h: 1 + random(9), x: random(25 - w), y: random(30) };
      });
      const placed = compact(rects);
      placed.forEach((rect, index) => {
        expect(placed.some((other, at) => at !== index && overlaps(rect, other))).toBe(false);
        const above = { ...rect, y: rect.y - 1 };
        expect(rect.y === 0 || placed.some((other, at) => at !== index && overlaps(above, other))).toBe(true);
      });
      expect(bottom(placed)).toBeLessThanOrEqual(rects.reduce((sum, rect) => sum + rect.h, 0));
    }
  });
});
