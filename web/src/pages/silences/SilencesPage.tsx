/** `/silences`, `/silences/new?filter=…`, `/silences/ID`: the list, and the form. */
import { useQuery } from '@tanstack/react-query';
import { useLocation } from 'react-router-dom';
import type { Silence } from '../../api/alerting';
import { getV2 } from '../../api/client';
import { PageFrame } from '../../components/PageFrame';
import { Asked } from '../../components/states';
import { useT } from '../../lib/i18n';
import { parseMatchers } from '../../lib/labels';
import { readStored } from '../../lib/stored';
import { useUrlParams } from '../../lib/urlParams';
import { SilenceEditor } from './SilenceEditor';
import { SilenceList } from './SilenceList';
import { emptyForm, formOf } from './model';
import { texts } from './texts';

export default function SilencesPage() {
  const { pathname } = useLocation();
  const { params } = useUrlParams();
  // Alertmanager's links are `/silences/new`, `/silences/ID` and `/silences/ID/edit`.
  const id = /^\/silences\/([^/]+)/.exec(pathname)?.[1];
  if (id === undefined) return <SilenceList />;
  if (id === 'new' && !params.get('like')) return <NewSilence filter={params.get('filter') ?? ''} />;
  const like = id === 'new' ? (params.get('like') ?? '') : decodeURIComponent(id);
  return <ExistingSilence key={pathname} id={like} again={id === 'new'} />;
}

function NewSilence({ filter }: { filter: string }) {
  const t = useT(texts);
  const matchers = parseMatchers(filter) ?? [];
  const empty = { name: '', value: '', isRegex: false, isEqual: true };
  return (
    <PageFrame title={t('newTitle')}>
      <SilenceEditor key={filter} start={emptyForm(matchers.length > 0 ? matchers : [empty], readStored('creator', ''))} />
    </PageFrame>
  );
}

function ExistingSilence({ id, again }: { id: string; again: boolean }) {
  const t = useT(texts);
  const result = useQuery({
    queryKey: ['silence', id],
    queryFn: ({ signal }) => getV2<Silence>(`/silence/${encodeURIComponent(id)}`, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <PageFrame title={again ? t('newTitle') : t('editTitle')} about={again ? undefined : t('editAbout')}>
      <Asked result={result}>{(silence) => <SilenceEditor start={formOf(silence, again || silence.status.state === 'expired')} />}</Asked>
    </PageFrame>
  );
}
