/** Arcs of gauges and slices of pies as SVG paths. Angles are degrees clockwise from the top. Pure. */

/** A gauge's arc starts and ends this far from the bottom. */
export const GAUGE_FROM = -120;
export const GAUGE_TO = 120;

/** A point on a circle. */
export function onCircle(cx: number, cy: number, radius: number, degrees: number): [number, number] {
  const angle = ((degrees - 90) * Math.PI) / 180;
  return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle)];
}

/** A ring segment from one angle to another; `inner` 0 is a pie's slice. */
export function arcPath(cx: number, cy: number, inner: number, outer: number, from: number, to: number): string {
  const sweep = Math.min(to - from, 359.99);
  if (!(sweep > 0)) return '';
  const large = sweep > 180 ? 1 : 0;
  const at = ([x, y]: [number, number]): string => `${x.toFixed(2)} ${y.toFixed(2)}`;
  const end = from + sweep;
  const outerArc = `M${at(onCircle(cx, cy, outer, from))}A${outer} ${outer} 0 ${large} 1 ${at(onCircle(cx, cy, outer, end))}`;
  return inner > 0
    ? `${outerArc}L${at(onCircle(cx, cy, inner, end))}A${inner} ${inner} 0 ${large} 0 ${at(onCircle(cx, cy, inner, from))}Z`
    : `${outerArc}L${cx.toFixed(2)} ${cy.toFixed(2)}Z`;
}

/** The angle of a value on a gauge; values beyond the scale stop at its ends. */
export function gaugeAngle(value: number, min: number, max: number): number {
  const share = max > min ? (value - min) / (max - min) : 0;
  return GAUGE_FROM + Math.min(1, Math.max(0, Number.isNaN(share) ? 0 : share)) * (GAUGE_TO - GAUGE_FROM);
}

/** Shares of a scale that have one colour each, for the ring of thresholds. */
export function thresholdArcs(
  steps: readonly { value: number; color: string }[],
  min: number,
  max: number,
): { from: number; to: number; color: string }[] {
  return steps.flatMap((step, index) => {
    const from = gaugeAngle(Math.max(min, step.value), min, max);
    const to = gaugeAngle(steps[index + 1]?.value ?? max, min, max);
    return to > from ? [{ from, to, color: step.color }] : [];
  });
}
