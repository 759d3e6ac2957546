/** Lists of alerts and of dashboards. */
import { useEffect, useState } from 'react';

import { ErrorBox, Loading } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import type { AlertRow, DashboardRow, PanelProps } from '../contract';
import { asBoolean, asNumber, asString, asArray } from '../json';
import { panelTexts } from '../texts';
import { formatTime } from '../zone';
import { chosenAlerts, chosenDashboards } from './model';
import './lists.css';

const texts = messages({
  ...panelTexts,
  firing: ['Firing', '발생 중'],
  pending: ['Pending', '대기'],
  inactive: ['Normal', '정상'],
  since: ['since {time}', '{time}부터'],
  noAlerts: ['No alerts', '알림이 없습니다'],
  noDashboards: ['No dashboards', '대시보드가 없습니다'],
  starred: ['Starred', '즐겨찾기'],
  recent: ['Recently viewed', '최근 본 대시보드'],
  found: ['Search', '검색 결과'],
  total: ['{n} alerts', '알림 {n}개'],
});

/** Asks once per change of `key` and of the panel's moment. */
function useList<T>(ask: (signal: AbortSignal) => Promise<T>, key: string): { data: T | undefined; error: unknown } {
  const [state, setState] = useState<{ data: T | undefined; error: unknown }>({ data: undefined, error: undefined });
  useEffect(() => {
    const abort = new AbortController();
    ask(abort.signal).then(
      (data) => setState({ data, error: undefined }),
      (error: unknown) => {
        if (!abort.signal.aborted) setState((old) => ({ ...old, error }));
      },
    );
    return () => abort.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `key` tells when to ask again
  }, [key]);
  return state;
}

export function AlertListView(props: PanelProps) {
  const t = useT(texts);
  const { lists, options, now, theme } = props;
  const { data, error } = useList<AlertRow[]>((signal) => lists.alerts(signal), `${now}`);
  if (error !== undefined) return <ErrorBox error={error} />;
  if (data === undefined) return <Loading />;
  const alerts = chosenAlerts(data, options, props.interpolate);
  const color = (state: string): string => theme.color(state === 'firing' ? 'red' : state === 'pending' ? 'orange' : 'green');
  const word = (state: string): string => (state === 'firing' ? t('firing') : state === 'pending' ? t('pending') : t('inactive'));
  if (options['viewMode'] === 'stat')
    return (
      <div className="p-empty" style={{ fontSize: 42, fontWeight: 600, color: color(alerts.length > 0 ? 'firing' : 'inactive') }}>
        {alerts.length}
      </div>
    );
  if (alerts.length === 0) return <div className="p-empty">{t('noAlerts')}</div>;
  return (
    <ul className="ll p-fill">
      {alerts.slice(0, Math.min(500, asNumber(options['maxItems'], 20))).map((alert, index) => (
        <li key={index} data-testid="alert-row" style={{ borderLeftColor: color(alert.state) }}>
          <div>
            <strong>{alert.name}</strong> <span className="ll-state" style={{ '--state': color(alert.state) } as React.CSSProperties}>
              {word(alert.state)}
            </span>{' '}
            {alert.since > 0 && (
              <span className="ll-weak">{t('since', { time: formatTime(alert.since, 'MM/DD HH:mm:ss', props.zone) })}</span>
            )}
          </div>
          <div className="ll-weak">
            {Object.entries(alert.labels)
              .filter(([name]) => name !== 'alertname')
              .map(([name, value]) => `${name}=${value}`)
              .join(', ')}
          </div>
          {alert.annotations['summary'] !== undefined && <div>{alert.annotations['summary']}</div>}
        </li>
      ))}
    </ul>
  );
}

export function DashListView(props: PanelProps) {
  const t = useT(texts);
  const { lists, options } = props;
  const search = asBoolean(options['showSearch']);
  const starred = asBoolean(options['showStarred'], !search);
  const query = {
    query: props.interpolate(asString(options['query'])),
    tags: asArray(options['tags']).filter((tag) => typeof tag === 'string'),
    starred: false,
    limit: asNumber(options['maxItems'], 10),
    folderUid: asString(options['folderUID']),
  };
  const { data, error } = useList<{ starred: DashboardRow[]; found: DashboardRow[] }>(
    async (signal) => ({
      starred: starred ? await lists.dashboards({ query: '', tags: [], starred: true, limit: query.limit, folderUid: '' }, signal) : [],
      found: search ? await lists.dashboards(query, signal) : [],
    }),
    JSON.stringify([query, starred, search]),
  );
  if (error !== undefined) return <ErrorBox error={error} />;
  if (data === undefined) return <Loading />;
  const heads = options['showHeadings'] !== false;
  const groups = chosenDashboards(data);
  if (groups.length === 0) return <div className="p-empty">{t('noDashboards')}</div>;
  return (
    <div className="p-fill" style={{ overflow: 'auto' }}>
      {groups.map(({ kind, rows }) => (
        <section key={kind}>
          {heads && <div className="ll-head">{kind === 'starred' ? t('starred') : t('found')}</div>}
          <ul className="ll">
            {rows.map((row) => (
              <li key={row.uid} data-testid="dash-row">
                <a href={row.url}>{row.title}</a>
                {options['showFolderNames'] !== false && row.folder !== '' && <span className="ll-weak"> {row.folder}</span>}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
