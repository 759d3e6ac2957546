import { describe, expect, it } from 'vitest';

import { keepPainted, whenRestored } from './canvas';

describe('canvases that lost their drawing', () => {
  it('are painted again each time, until nobody cares', () => {
    const canvas = document.createElement('canvas');
    let painted = 0;
    const stop = whenRestored(canvas, () => (painted += 1));
    canvas.dispatchEvent(new Event('contextlost'));
    expect(painted).toBe(0);
    canvas.dispatchEvent(new Event('contextrestored'));
    canvas.dispatchEvent(new Event('contextrestored'));
    expect(painted).toBe(2);
    stop();
    canvas.dispatchEvent(new Event('contextrestored'));
    expect(painted).toBe(2);
  });

  it('of charts get the size that they had', () => {
    const canvas = document.createElement('canvas');
    const sizes: unknown[] = [];
    keepPainted({ ctx: { canvas } as CanvasRenderingContext2D, width: 300, height: 120, setSize: (size) => sizes.push(size) });
    canvas.dispatchEvent(new Event('contextrestored'));
    expect(sizes).toEqual([{ width: 300, height: 120 }]);
  });
});
