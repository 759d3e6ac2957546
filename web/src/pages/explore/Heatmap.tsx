/** Draws native histograms over time: the darker a cell, the more was measured in its bucket. */
import { Box, Group, Text, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useMemo, useReducer, useRef, useState } from 'react';
import type { Series } from '../../api/query';
import { Empty } from '../../components/states';
import { whenRestored } from '../../lib/canvas';
import { useT } from '../../lib/i18n';
import { formatShort } from '../../lib/numbers';
import { formatTime, tickLabel } from '../../lib/times';
import type { ResolvedRange, Zone } from '../../lib/timeRange';
import { type Cell, type HeatmapData, position, toHeatmap } from './heatmapModel';
import { texts } from './texts';

const HEIGHT = 320;
const LEFT = 56;
const BOTTOM = 22;
const TOP = 8;

interface Props {
  series: readonly Series[];
  range: ResolvedRange;
  zone: Zone;
  stepMs: number;
}

export function Heatmap({ series, range, zone, stepMs }: Props) {
  const t = useT(texts);
  const { ref, width } = useElementSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme('light');
  const data = useMemo(() => toHeatmap(series), [series]);
  const [over, setOver] = useState<Cell>();
  const [restored, paintAgain] = useReducer((times: number) => times + 1, 0);
  useEffect(() => {
    const ctx = canvas.current?.getContext('2d');
    if (ctx && data && width > 0) draw(ctx, data, { range, zone, stepMs, width, dark: scheme === 'dark' });
  }, [data, range, zone, stepMs, width, scheme, restored]);
  const drawn = data !== undefined;
  useEffect(() => (canvas.current === null ? undefined : whenRestored(canvas.current, paintAgain)), [drawn]);
  if (!data) return <Empty title={t('noHistograms')} />;
  const point = (x: number, y: number) => {
    const atMs = range.fromMs + ((x - LEFT) / (width - LEFT)) * (range.toMs - range.fromMs);
    const height = 1 - (y - TOP) / (HEIGHT - TOP - BOTTOM);
    setOver(
      data.cells.find(
        (cell) =>
          Math.abs(cell.atMs - atMs) <= stepMs / 2 && position(cell.lower, data) <= height && height < position(cell.upper, data),
      ),
    );
  };
  return (
    <Box ref={ref} data-testid="heatmap">
      <canvas
        ref={canvas}
        width={width * devicePixelRatio}
        height={HEIGHT * devicePixelRatio}
        style={{ width: '100%', height: HEIGHT }}
        role="img"
        aria-label={t('heatmap')}
        onMouseMove={({ nativeEvent }) => point(nativeEvent.offsetX, nativeEvent.offsetY)}
        onMouseLeave={() => setOver(undefined)}
      />
      <Group h={22}>
        {over && (
          <Text size="xs" ff="monospace">
            {`${formatTime(over.atMs, zone)}  (${formatShort(over.lower)}, ${formatShort(over.upper)}]  ${formatShort(over.count)}`}
          </Text>
        )}
      </Group>
    </Box>
  );
}

interface Frame {
  range: ResolvedRange;
  zone: Zone;
  stepMs: number;
  width: number;
  dark: boolean;
}

function draw(ctx: CanvasRenderingContext2D, data: HeatmapData, { range, zone, stepMs, width, dark }: Frame): void {
  const ratio = devicePixelRatio;
  const span = range.toMs - range.fromMs;
  const xOf = (ms: number) => LEFT + ((ms - range.fromMs) / span) * (width - LEFT);
  const yOf = (bound: number) => TOP + (1 - position(bound, data)) * (HEIGHT - TOP - BOTTOM);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, HEIGHT);
  const cellWidth = Math.max(xOf(range.fromMs + stepMs) - LEFT, 1);
  for (const cell of data.cells) {
    // The square root keeps rare buckets visible beside common ones.
    const share = Math.sqrt(cell.count / data.most);
    ctx.fillStyle = `hsl(${(dark ? 30 : 20) - share * 20} ${60 + share * 35}% ${dark ? 15 + share * 50 : 92 - share * 52}%)`;
    const top = yOf(cell.upper);
    const left = Math.max(xOf(cell.atMs - stepMs / 2), LEFT);
    ctx.fillRect(left, top, cellWidth + 0.5, Math.max(yOf(cell.lower) - top, 1));
  }
  ctx.fillStyle = dark ? '#c1c7d0' : '#495057';
  ctx.font = '12px system-ui, sans-serif';
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  for (let i = 0; i <= 5; i += 1) {
    const share = i / 5;
    const bound = data.log ? data.low * (data.high / data.low) ** share : data.low + (data.high - data.low) * share;
    ctx.fillText(formatShort(bound, 3), LEFT - 6, Math.min(Math.max(yOf(bound), 7), HEIGHT - BOTTOM));
  }
  ctx.textAlign = 'center';
  const ticks = Math.max(Math.floor(width / 120), 2);
  for (let i = 1; i < ticks; i += 1) {
    const at = range.fromMs + (span * i) / ticks;
    ctx.fillText(tickLabel(Math.round(at / 1000) * 1000, span / ticks, span, zone), xOf(at), HEIGHT - 9);
  }
}
