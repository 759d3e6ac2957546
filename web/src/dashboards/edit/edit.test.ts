import { describe, expect, it } from 'vitest';

import { importDashboard } from '../model/import';
import type { Dashboard } from '../model/types';
import {
  addPanel,
  applyRenames,
  changePanel,
  changeType,
  differences,
  documentOf,
  duplicatePanel,
  externalDocument,
  findPanel,
  foldRow,
  placePanel,
  renamedQueries,
} from './changes';
import { beginHistory, changed, redone, undone } from './history';

const board = (): Dashboard =>
  importDashboard({
    title: 'D',
    custom: { kept: true },
    panels: [
      {
        id: 1,
        type: 'timeseries',
        gridPos: { x: 0, y: 0, w: 12, h: 8 },
        odd: 'kept',
        targets: [{ expr: 'rate(old_total{a="old_total"}[5m])', datasource: { type: 'prometheus', uid: 'bongsu' } }],
      },
      { id: 2, type: 'stat', gridPos: { x: 12, y: 0, w: 12, h: 8 } },
      { id: 3, type: 'row', gridPos: { x: 0, y: 8, w: 24, h: 1 } },
      { id: 4, type: 'table', gridPos: { x: 0, y: 9, w: 24, h: 6 } },
      {
        id: 5,
        type: 'row',
        collapsed: true,
        gridPos: { x: 0, y: 15, w: 24, h: 1 },
        panels: [{ id: 6, type: 'text', gridPos: { x: 0, y: 16, w: 6, h: 3 } }],
      },
    ],
  });
const places = (dashboard: Dashboard): unknown[] => dashboard.panels.map(({ id, gridPos }) => [id, gridPos.x, gridPos.y]);

describe('panels', () => {
  it('adds at a free place', () => {
    const [next, panel] = addPanel(board(), 'stat', 'new');
    expect(panel).toMatchObject({ id: 7, type: 'stat', gridPos: { x: 0, y: 16 }, targets: [{ refId: 'A' }] });
    expect(next.panels).toHaveLength(6);
  });
  it('moves, and the others make room', () => {
    expect(places(placePanel(board(), 2, { x: 0, y: 0, w: 12, h: 8 }))).toEqual([
      [1, 0, 8],
      [2, 0, 0],
      [3, 0, 16],
      [4, 0, 17],
      [5, 0, 23],
    ]);
  });
  it('duplicates below', () => {
    const next = duplicatePanel(board(), 1);
    expect(places(next).slice(0, 2)).toEqual([
      [1, 0, 0],
      [7, 0, 8],
    ]);
    expect(findPanel(next, 7)?.['odd']).toBe('kept');
  });
  it('changes and removes, inside collapsed rows too', () => {
    expect(
      findPanel(
        changePanel(board(), 6, (panel) => ({ ...panel, title: 'x' })),
        6,
      )?.title,
    ).toBe('x');
    expect(
      findPanel(
        changePanel(board(), 6, () => undefined),
        6,
      ),
    ).toBeUndefined();
  });
  it('folds rows and unfolds them to what they were', () => {
    const folded = foldRow(board(), 3, true);
    expect(places(folded)).toEqual([
      [1, 0, 0],
      [2, 12, 0],
      [3, 0, 8],
      [5, 0, 9],
    ]);
    expect(places(foldRow(folded, 3, false))).toEqual(places(board()));
    expect(places(foldRow(board(), 5, false)).slice(-2)).toEqual([
      [5, 0, 15],
      [6, 0, 16],
    ]);
  });
  it('changes the type and keeps queries and field config', () => {
    const panel = findPanel(board(), 1);
    const next =
      panel === undefined ? undefined : changeType({ ...panel, fieldConfig: { defaults: { unit: 'bytes' }, overrides: [] } }, 'gauge');
    expect(next).toMatchObject({
      type: 'gauge',
      targets: panel?.targets,
      fieldConfig: { defaults: { unit: 'bytes' } },
      options: { showThresholdMarkers: true },
    });
  });
});

describe('documents', () => {
  it('keeps unknown keys', () =>
    expect(documentOf(board())).toMatchObject({ custom: { kept: true }, panels: [{ odd: 'kept' }, {}, {}, {}, {}] }));
  it('names differences by path', () => {
    const next = changePanel(board(), 2, (panel) => ({ ...panel, title: 'now' }));
    expect(differences(documentOf(board()), documentOf(next))).toEqual([{ path: 'panels[2].title', before: '', after: 'now' }]);
    expect(differences([1, 2], [1])).toEqual([{ path: '[1]', before: 2, after: undefined }]);
    expect(differences({ a: 1 }, { a: 1 })).toEqual([]);
  });
  it('exports with inputs for its data sources', () => {
    const out = externalDocument(board(), (uid) => (uid === 'bongsu' ? { name: 'My Prom', type: 'prometheus' } : undefined));
    expect(out).toMatchObject({
      id: null,
      __inputs: [{ name: 'DS_MY_PROM', pluginId: 'prometheus' }],
      panels: [{ targets: [{ datasource: { uid: '${DS_MY_PROM}' } }] }, {}, {}, {}, {}],
    });
  });
  it('renames metrics outside of strings, on consent', () => {
    const names = new Map([['old_total', 'new_total']]);
    expect(renamedQueries(board(), names)).toEqual([
      { panel: '', refId: 'A', before: 'rate(old_total{a="old_total"}[5m])', after: 'rate(new_total{a="old_total"}[5m])' },
    ]);
    expect(findPanel(applyRenames(board(), names), 1)?.targets[0]?.['expr']).toBe('rate(new_total{a="old_total"}[5m])');
  });
});

describe('history', () => {
  it('goes back and forth; typing is one step', () => {
    let history = beginHistory('');
    for (const text of ['a', 'ab', 'abc']) history = changed(history, text, 'title');
    history = changed(history, 'moved');
    expect(undone(history).present).toBe('abc');
    expect(undone(undone(history)).present).toBe('');
    expect(redone(redone(undone(undone(history)))).present).toBe('moved');
    expect(redone(history)).toBe(history);
    expect(undone(beginHistory(1)).present).toBe(1);
    expect(changed(undone(history), 'other').future).toEqual([]);
  });
});
