import { describe, expect, it } from 'vitest';
import type uPlot from 'uplot';

import type { PanelProps } from '../contract';
import { fakeField, fakeFrame } from '../testing';
import { chartOptions, chartSignature } from './chart';
import { plotModel } from './model';

type Splits = (u: uPlot, axis: number, min: number, max: number) => number[];
type Values = (u: uPlot, splits: number[]) => string[];

const HOUR_MS = 3_600_000;
const frame = fakeFrame([fakeField('Time', 'time', [0, HOUR_MS]), fakeField('a', 'number', [1, 2])]);
const model = plotModel([frame], HOUR_MS, new Set());

function options(more: Partial<PanelProps> = {}): uPlot.Options {
  const theme = { dark: false, text: '', textWeak: '', grid: '', background: '', border: '', font: 'x', color: (name: string) => name };
  const props = { frames: [frame], options: {}, span: { from: 0, to: HOUR_MS }, zone: 'utc', theme, annotations: [], ...more } as unknown as PanelProps;
  return chartOptions({ current: { props, model, exemplars: [], onCursor: () => undefined, onSelect: () => undefined } }, 400, 200);
}

describe('charts', () => {
  it('do not redraw when another series is nearest, and have one dot', () => {
    expect(options().focus).toEqual({ alpha: 1 });
    expect(options().cursor?.points).toMatchObject({ one: true });
  });

  it('move their crosshairs together only where the dashboard says so', () => {
    expect(options().cursor?.sync).toBeUndefined();
    expect(options({ crosshair: { key: 'd', tooltip: false } }).cursor?.sync).toMatchObject({ key: 'd', setSeries: false });
  });

  it.each([
    [150, ['00:00', '00:30', '01:00']],
    [900, ['00:00', '00:05', '00:10']],
  ])('%i pixels wide have readable times', (width, first) => {
    const [axis] = options().axes ?? [];
    const u = { bbox: { width: width * devicePixelRatio } } as uPlot;
    const splits = (axis?.splits as Splits)(u, 0, 0, HOUR_MS);
    const texts = (axis?.values as Values)(u, splits);
    expect(texts.slice(0, 3)).toEqual(first);
  });

  it('tell the hour where they have one tick alone', () => {
    const [axis] = options({ span: { from: 600_000, to: 5_000_000 } }).axes ?? [];
    const u = { bbox: { width: 80 * devicePixelRatio } } as uPlot;
    const splits = (axis?.splits as Splits)(u, 0, 600_000, 5_000_000);
    expect((axis?.values as Values)(u, splits)).toEqual(['01:00']);
  });

  it('are made anew for other series, not for other values', () => {
    const props = { theme: { dark: false }, zone: '', options: {} } as unknown as PanelProps;
    const other = (title: string, values: number[]) =>
      plotModel([fakeFrame([fakeField('Time', 'time', [0, HOUR_MS]), fakeField(title, 'number', values)])], HOUR_MS, new Set());
    expect(chartSignature(other('a', [5, 6]), props)).toBe(chartSignature(model, props));
    expect(chartSignature(other('b', [1, 2]), props)).not.toBe(chartSignature(model, props));
  });
});
