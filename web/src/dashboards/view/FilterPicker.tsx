/** Ad hoc filters: those set, and a form for another. */
import { ActionIcon, Button, Popover, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';

import { Icon } from '../../components/Icon';
import { useT } from '../../lib/i18n';
import { prometheusSource } from '../data/source';
import { dataSourceRef } from '../model/variables';
import type { Variable } from '../model/variables';
import { dashboardTexts } from '../texts';
import { useDashboard } from './state';

/** Suggestions put into the page at once. */
const SHOWN_MAX = 300;

const OPERATORS = ['=', '!=', '=~', '!~'];

export function FilterPicker({ variable }: { variable: Variable }) {
  const t = useT(dashboardTexts);
  const { setFilters, sources, span, lookup } = useDashboard();
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState({ key: '', operator: '=', value: '' });
  const source = dataSourceRef(variable.doc['datasource'], lookup(new Map())(0, 15_000), sources);
  const asking = useMemo(() => prometheusSource(sources, span), [sources, span]);
  const keys = useQuery({
    queryKey: ['adhoc-keys', source?.uid],
    enabled: open,
    staleTime: 60_000,
    queryFn: ({ signal }) => asking.strings(source, { kind: 'label-names', match: '' }, signal),
  });
  const values = useQuery({
    queryKey: ['adhoc-values', source?.uid, draft.key],
    enabled: open && draft.key !== '',
    staleTime: 60_000,
    queryFn: ({ signal }) => asking.strings(source, { kind: 'label-values', match: '', label: draft.key }, signal),
  });
  const add = (): void => {
    if (draft.key === '') return;
    setFilters(variable.name, [...variable.filters, draft]);
    setDraft({ key: '', operator: '=', value: '' });
    setOpen(false);
  };
  const id = `adhoc-${variable.name}`;
  return (
    <>
      {variable.filters.map((filter, index) => (
        <span key={index} className="db-var-value" style={{ cursor: 'default' }}>
          {filter.key} {filter.operator} {filter.value}{' '}
          <ActionIcon
            size={16}
            variant="subtle"
            color="gray"
            aria-label={`${t('remove')}: ${filter.key}`}
            onClick={() =>
              setFilters(
                variable.name,
                variable.filters.filter((_filter, at) => at !== index),
              )
            }
          >
            <Icon name="close" size={10} />
          </ActionIcon>
        </span>
      ))}
      <Popover opened={open} onChange={setOpen} position="bottom-start" trapFocus shadow="md" width={300}>
        <Popover.Target>
          <ActionIcon size={30} variant="default" aria-label={t('addFilter')} onClick={() => setOpen(!open)}>
            <Icon name="plus" size={14} />
          </ActionIcon>
        </Popover.Target>
        <Popover.Dropdown p={8}>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              add();
            }}
          >
            <TextInput
              size="xs"
              label={t('filterKey')}
              list={`${id}-keys`}
              value={draft.key}
              onChange={(event) => setDraft({ ...draft, key: event.currentTarget.value.trim() })}
            />
            <datalist id={`${id}-keys`}>
              {(keys.data ?? []).slice(0, SHOWN_MAX).map((key) => (
                <option key={key} value={key} />
              ))}
            </datalist>
            <label className="db-weak" htmlFor={`${id}-op`} style={{ display: 'block', marginTop: 6 }}>
              {t('filterOperator')}
            </label>
            <select
              id={`${id}-op`}
              className="db-var-value"
              value={draft.operator}
              onChange={(event) => setDraft({ ...draft, operator: event.target.value })}
            >
              {OPERATORS.map((operator) => (
                <option key={operator}>{operator}</option>
              ))}
            </select>
            <TextInput
              size="xs"
              mt={6}
              label={t('filterValue')}
              list={`${id}-values`}
              value={draft.value}
              onChange={(event) => setDraft({ ...draft, value: event.currentTarget.value })}
            />
            <datalist id={`${id}-values`}>
              {(values.data ?? []).slice(0, SHOWN_MAX).map((value) => (
                <option key={value} value={value} />
              ))}
            </datalist>
            <Button type="submit" size="xs" mt={8}>
              {t('addFilter')}
            </Button>
          </form>
        </Popover.Dropdown>
      </Popover>
    </>
  );
}
