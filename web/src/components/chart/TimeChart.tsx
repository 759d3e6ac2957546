/** A chart over time: lines or a stack, drag to zoom, a tooltip that names every series at the pointer's value, a legend. */
import { Box, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { keepPainted } from '../../lib/canvas';
import type { ResolvedRange, Zone } from '../../lib/timeRange';
import { Legend } from './Legend';
import { type ChartData, stack } from './model';
import { type Mark, chartOptions } from './options';
import { placeTooltip } from './tooltip';
import './chart.css';

interface Props {
  data: ChartData;
  range: ResolvedRange;
  zone: Zone;
  stacked?: boolean;
  log?: boolean;
  height?: number;
  label: string;
  marks?: readonly Mark[];
  /** Coloured spans behind the lines. */
  bands?: readonly { fromMs: number; toMs: number; color: string }[];
  onZoom?: (range: ResolvedRange) => void;
  plot?: RefObject<uPlot | undefined>;
}

export function TimeChart(props: Props) {
  const { data, range, zone, stacked = false, log = false, height = 340, label, marks, bands, onZoom, plot: shared } = props;
  const { ref, width } = useElementSize<HTMLDivElement>();
  const host = useRef<HTMLDivElement>(null);
  const tooltip = useRef<HTMLDivElement>(null);
  const own = useRef<uPlot>(undefined);
  const scheme = useComputedColorScheme('light');
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const shown = useMemo(() => data.series.map((one) => !hidden.has(one.name)), [data, hidden]);
  const columns = useMemo(() => {
    const raw = data.series.map((one) => one.values);
    return stacked ? stack(raw, shown) : raw.map((column, i) => (shown[i] ? column : column.map(() => null)));
  }, [data, shown, stacked]);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;

  // A width of 0 comes from screenshots and hidden tabs: the chart stays as it is.
  const ready = width > 0;
  useEffect(() => {
    if (!host.current || !ready) return undefined;
    const element = tooltip.current;
    const options = chartOptions({
      series: data.series,
      range,
      zone,
      stacked,
      log,
      dark: scheme === 'dark',
      marks: marks ?? [],
      bands: bands ?? [],
      size: { width: host.current.clientWidth, height },
      onZoom: (fromMs, toMs) => zoom.current?.({ fromMs, toMs }),
      onCursor: (chart) => element && placeTooltip(chart, element, { data, columns, shown, zone, stacked, marks: marks ?? [] }),
    });
    const chart = new uPlot(options, [data.times, ...columns] as uPlot.AlignedData, host.current);
    keepPainted(chart);
    own.current = chart;
    if (shared) shared.current = chart;
    return () => {
      chart.destroy();
      own.current = undefined;
      if (shared) shared.current = undefined;
    };
  }, [data, columns, shown, range, zone, stacked, log, scheme, marks, bands, height, ready, shared]);

  useEffect(() => {
    if (width > 0 && own.current && own.current.width !== Math.floor(width)) own.current.setSize({ width: Math.floor(width), height });
  }, [width, height]);

  return (
    <Box ref={ref} className="chart" data-testid="chart">
      <div ref={host} role="img" aria-label={label} style={{ minHeight: height, position: 'relative' }}>
        <div ref={tooltip} className="chart-tooltip" hidden />
      </div>
      <Legend series={data.series} hidden={hidden} onChange={setHidden} />
    </Box>
  );
}
