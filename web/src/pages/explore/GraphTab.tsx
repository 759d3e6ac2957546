/** The answer over the time range, drawn: lines, a stack, or a heatmap of native histograms. */
import { ActionIcon, Alert, SegmentedControl, Select, Switch, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import type uPlot from 'uplot';
import { type QueryData, parseValue, queryExemplars, queryRange } from '../../api/query';
import { Icon } from '../../components/Icon';
import { TimeChart } from '../../components/chart/TimeChart';
import { SERIES_MAX, toChart } from '../../components/chart/model';
import type { Mark } from '../../components/chart/options';
import { savePng } from '../../components/chart/png';
import { Empty } from '../../components/states';
import { useTime } from '../../components/time';
import { formatDuration } from '../../lib/durations';
import { useT } from '../../lib/i18n';
import { seriesName } from '../../lib/labels';
import { saveText } from '../../lib/save';
import { Answered, type Timed, useAnswer } from './Answered';
import { Heatmap } from './Heatmap';
import { type Mode, type PanelState, type Resolution, stepFor } from './model';
import { toCsv } from './rows';
import { texts } from './texts';

interface Props {
  state: PanelState;
  onChange: (state: PanelState) => void;
}

const STEPS = [1, 5, 15, 30, 60, 300, 900, 3600, 86_400];

export function GraphTab({ state, onChange }: Props) {
  const t = useT(texts);
  const { resolved, tick } = useTime();
  const plot = useRef<uPlot>(undefined);
  const stepMs = stepFor(state.resolution, resolved.fromMs, resolved.toMs);
  // Steps at round times: a refresh then asks for the same steps again, which the server remembers.
  const fromMs = Math.floor(resolved.fromMs / stepMs) * stepMs;
  const toMs = Math.floor(resolved.toMs / stepMs) * stepMs;
  const request = { query: state.expr, fromMs, toMs, stepMs };
  const result = useAnswer(['range', state.expr, fromMs, toMs, stepMs, tick], state.expr, (signal) => queryRange(request, signal));
  const marks = useExemplars(state, resolved.fromMs, resolved.toMs, tick);
  const tools = (
    <>
      <SegmentedControl
        size="xs"
        value={state.mode}
        onChange={(mode) => onChange({ ...state, mode: mode as Mode })}
        data={(['lines', 'stacked', 'heatmap'] as const).map((mode) => ({ value: mode, label: t(mode) }))}
      />
      <ResolutionSelect value={state.resolution} onChange={(resolution) => onChange({ ...state, resolution })} />
      <Switch size="xs" label={t('log')} checked={state.log} onChange={(event) => onChange({ ...state, log: event.currentTarget.checked })} />
      <Switch
        size="xs"
        label={t('exemplars')}
        checked={state.exemplars}
        onChange={(event) => onChange({ ...state, exemplars: event.currentTarget.checked })}
      />
      <Tooltip label={t('csv')}>
        <ActionIcon
          variant="default"
          aria-label={t('csv')}
          disabled={!result.data}
          onClick={() => result.data && saveText('query.csv', 'text/csv', toCsv(result.data.data))}
        >
          <Icon name="download" />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t('png')}>
        <ActionIcon variant="default" aria-label={t('png')} onClick={() => plot.current && savePng(plot.current, state.expr)}>
          <Icon name="eye" />
        </ActionIcon>
      </Tooltip>
    </>
  );
  return (
    <Answered expr={state.expr} result={result} tools={tools} remark={t('stepIs', { step: formatDuration(stepMs) })}>
      {(answer) => <Drawn answer={answer} state={state} marks={marks} plot={plot} />}
    </Answered>
  );
}

interface DrawnProps {
  answer: Timed;
  state: PanelState;
  marks: readonly Mark[];
  plot: React.RefObject<uPlot | undefined>;
}

function Drawn({ answer: { data }, state, marks, plot }: DrawnProps) {
  const t = useT(texts);
  const { resolved, setRange, zone } = useTime();
  const stepMs = stepFor(state.resolution, resolved.fromMs, resolved.toMs);
  const chart = useMemo(() => drawable(data, resolved.fromMs, resolved.toMs, stepMs), [data, resolved, stepMs]);
  if (!chart) return <Empty title={t('notGraph', { type: data.resultType })} />;
  if (data.resultType === 'matrix' && state.mode === 'heatmap') {
    return <Heatmap series={data.result} range={resolved} zone={zone} stepMs={stepMs} />;
  }
  return (
    <>
      {chart.all > SERIES_MAX && (
        <Alert color="yellow" py="xs" mb="xs">
          {t('cut', { n: SERIES_MAX, all: chart.all })}
        </Alert>
      )}
      <TimeChart
        data={chart}
        range={resolved}
        zone={zone}
        stacked={state.mode === 'stacked'}
        log={state.log}
        label={state.expr}
        marks={marks}
        plot={plot}
        onZoom={({ fromMs, toMs }) => setRange({ from: String(fromMs), to: String(toMs) })}
      />
    </>
  );
}

function drawable(data: QueryData, fromMs: number, toMs: number, stepMs: number) {
  if (data.resultType !== 'matrix') return undefined;
  const from = Math.floor(fromMs / stepMs) * stepMs;
  return { ...toChart(data.result, from, Math.floor(toMs / stepMs) * stepMs, stepMs), all: data.result.length };
}

const NO_MARKS: readonly Mark[] = [];

function useExemplars(state: PanelState, fromMs: number, toMs: number, tick: number): readonly Mark[] {
  const { data } = useQuery({
    queryKey: ['exemplars', state.expr, fromMs, toMs, tick],
    queryFn: ({ signal }) => queryExemplars(state.expr, fromMs, toMs, signal),
    enabled: state.exemplars && state.expr.trim() !== '',
  });
  return useMemo(() => {
    if (!state.exemplars || !data) return NO_MARKS;
    return data.flatMap(({ seriesLabels, exemplars }) =>
      exemplars.map((one) => ({
        atMs: one.timestamp * 1000,
        value: parseValue(one.value),
        title: `${seriesName(one.labels)} ${seriesName(seriesLabels)}`,
      })),
    );
  }, [state.exemplars, data]);
}

function ResolutionSelect({ value, onChange }: { value: Resolution; onChange: (value: Resolution) => void }) {
  const t = useT(texts);
  const steps = typeof value === 'number' && !STEPS.includes(value) ? [...STEPS, value].sort((a, b) => a - b) : STEPS;
  const data = [
    ...(['low', 'medium', 'high'] as const).map((name) => ({ value: name, label: t(name) })),
    ...steps.map((step) => ({ value: String(step), label: t('custom', { step: formatDuration(step * 1000) }) })),
  ];
  return (
    <Select
      size="xs"
      w={130}
      aria-label={t('resolution')}
      value={String(value)}
      data={data}
      allowDeselect={false}
      onChange={(next) => next && onChange(next === 'low' || next === 'medium' || next === 'high' ? next : Number(next))}
    />
  );
}
