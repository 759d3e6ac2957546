/** The inside of a panel: its view, or what stands in for it. */
import { useLanguage } from '../../lib/i18n';
import { ErrorBoundary } from '../../components/ErrorBoundary';
import { Loading } from '../../components/states';
import { panelKind } from '../../panels';
import type { Span } from '../../panels/contract';
import { asNumber, asString } from '../../panels/json';
import type { JsonObject } from '../../panels/json';
import { UnsupportedView } from '../../panels/unsupported/View';
import type { Scope } from '../model/repeat';
import type { Panel } from '../model/types';
import { serverLists } from './lists';
import { useDashboard } from './state';
import type { PanelData } from './usePanelData';

interface Props {
  panel: Panel;
  scope: Scope;
  data: PanelData;
  width: number;
  height: number;
  onOptions(options: JsonObject): void;
}

export function PanelBody({ panel, scope, data, width, height, onOptions }: Props) {
  const { dashboard, meta, annotate, time, calendar, theme, annotations, text, variables, setFilters } = useDashboard();
  const { language } = useLanguage();
  const kind = panelKind(panel.type);
  if (kind === undefined) return <UnsupportedView type={panel.type} />;
  if (width < 20 || height < 10) return null;
  if (data.state === 'waiting' || (data.state === 'loading' && data.result === undefined)) return <Loading height={height} />;
  if (data.state === 'error')
    return (
      <pre className="db-error" role="alert">
        {data.error}
      </pre>
    );
  const graphTooltip = asNumber(dashboard['graphTooltip'], 0);
  const adhoc = variables.find((variable) => variable.doc.type === 'adhoc');
  const zoom = (span: Span): void => time.setRange({ from: String(span.from), to: String(span.to) });
  return (
    <ErrorBoundary resetKey={`${panel.id}${panel.type}`}>
      <kind.View
        id={panel.id}
        title={text(panel.title, scope)}
        frames={data.frames}
        options={panel.options}
        span={data.time.span}
        now={time.nowMs}
        stepMs={data.result?.stepMs ?? 0}
        width={width}
        height={height}
        theme={theme}
        zone={calendar.zone}
        annotations={annotations}
        crosshair={graphTooltip > 0 ? { key: `dashboard-${String(dashboard['uid'] ?? '')}`, tooltip: graphTooltip === 2 } : undefined}
        language={language}
        lists={serverLists}
        interpolate={(written) => text(written, scope)}
        onZoom={zoom}
        onOptions={onOptions}
        onAnnotate={meta.canEdit && asString(dashboard['uid']) !== '' ? annotate : undefined}
        onFilter={
          adhoc === undefined
            ? undefined
            : (key, operator, value) =>
                setFilters(adhoc.name, [
                  ...adhoc.filters.filter((filter) => filter.key !== key || filter.value !== value),
                  { key, operator, value },
                ])
        }
      />
    </ErrorBoundary>
  );
}
