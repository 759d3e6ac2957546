/** Picks a label, and a metric that has it, and writes the variable's query for them: nobody has to remember names. */
import { Group, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { useT } from '../../lib/i18n';
import { asArray } from '../../panels/json';
import type { Json } from '../../panels/json';
import { askPrometheus, getPrometheus } from '../api';
import { parseVariableQuery } from '../model/variable-options';
import { editTexts } from './texts';

/** Names offered at most; typing narrows them. */
const OFFERED_MAX = 200;
/** Names asked of the server at most. */
const ASKED_MAX = 20_000;

export function LabelBrowser({ source, query, onChange }: { source: string; query: string; onChange(query: string): void }) {
  const t = useT(editTexts);
  const parsed = parseVariableQuery(query);
  const label = parsed.kind === 'label-values' ? parsed.label : '';
  const written = parsed.kind === 'label-values' ? parsed.match : '';
  // A selector with matchers is more than this can show: it stays until another metric is picked.
  const metric = /^[a-zA-Z_:][\w:]*$/.test(written) ? written : '';
  const labels = useQuery({
    queryKey: ['dashboards', 'labels', source, metric],
    queryFn: async ({ signal }) => texts((await askPrometheus(source, '/labels', { 'match[]': metric === '' ? undefined : metric, limit: ASKED_MAX }, signal)).data),
  });
  const metrics = useQuery({
    queryKey: ['dashboards', 'metrics', source],
    queryFn: async ({ signal }) => texts(await getPrometheus(source, '/label/__name__/values', { limit: ASKED_MAX }, signal)),
  });
  const write = (nextMetric: string, nextLabel: string): void => {
    const name = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(nextLabel) ? nextLabel : `"${nextLabel}"`;
    if (nextLabel !== '') onChange(nextMetric === '' ? `label_values(${name})` : `label_values(${nextMetric}, ${name})`);
  };
  return (
    <Group grow>
      <Select
        size="xs"
        label={t('browseMetric')}
        searchable
        clearable
        limit={OFFERED_MAX}
        data={known(metrics.data, metric)}
        value={metric === '' ? null : metric}
        onChange={(next) => write(next ?? '', label === '' ? 'instance' : label)}
      />
      <Select
        size="xs"
        label={t('browseLabel')}
        searchable
        limit={OFFERED_MAX}
        data={known(labels.data, label)}
        value={label === '' ? null : label}
        onChange={(next) => write(written, next ?? '')}
      />
    </Group>
  );
}

function texts(data: Json): string[] {
  return asArray(data).filter((value) => typeof value === 'string');
}

/** What is chosen is offered even where the server does not know it. */
function known(names: readonly string[] | undefined, chosen: string): string[] {
  return [...new Set([...(names ?? []), ...(chosen === '' ? [] : [chosen])])];
}
