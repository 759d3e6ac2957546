/** The dashboard's variables, annotation switches and links below its title. */
import { Button, Checkbox, Menu, Popover, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';

import { Icon } from '../../components/Icon';
import { useT } from '../../lib/i18n';
import { isComposing } from '../../lib/keyboard';
import { asArray, asBoolean, asObjects, asString } from '../../panels/json';
import type { Json } from '../../panels/json';
import { searchDashboards } from '../api';
import { resolveLink } from '../model/links';
import { ALL, hasAll, isMulti } from '../model/variable-options';
import type { Option } from '../model/variable-options';
import type { Variable } from '../model/variables';
import { dashboardTexts } from '../texts';
import { FilterPicker } from './FilterPicker';
import { useDashboard } from './state';

/** Options put into the page at once. */
const SHOWN_MAX = 300;

export function VariableBar() {
  const t = useT(dashboardTexts);
  const { variables, dashboard, mutedAnnotations, muteAnnotation } = useDashboard();
  const shown = variables.filter((variable) => variable.hide < 2);
  const marks = dashboard.annotations.list.filter(
    (doc) => asBoolean(doc['enable'], true) && !asBoolean(doc['hide']) && doc['builtIn'] !== 1,
  );
  const links = asObjects(dashboard['links'] as Json | undefined);
  if (shown.length === 0 && marks.length === 0 && links.length === 0) return null;
  return (
    <div className="db-vars" data-testid="variables">
      {shown.map((variable) => (
        <Picker key={variable.name} variable={variable} />
      ))}
      {marks.map((doc) => {
        const name = asString(doc['name']);
        return (
          <Checkbox
            key={name}
            size="xs"
            label={name}
            aria-label={t('annotation', { name })}
            checked={!mutedAnnotations.has(name)}
            onChange={(event) => muteAnnotation(name, !event.currentTarget.checked)}
          />
        );
      })}
      <span className="db-grow" />
      <DashboardLinks links={links} />
    </div>
  );
}

function Picker({ variable }: { variable: Variable }) {
  const label =
    variable.hide === 1 ? null : (
      <span className="db-var-label" id={`var-${variable.name}`}>
        {variable.label}
      </span>
    );
  const kind = variable.doc.type;
  return (
    <span className="db-var" data-testid={`var-${variable.name}`} title={variable.error}>
      {label}
      {kind === 'textbox' ? (
        <TextPicker variable={variable} />
      ) : kind === 'adhoc' ? (
        <FilterPicker variable={variable} />
      ) : (
        <OptionPicker variable={variable} />
      )}
      {variable.error !== undefined && (
        <span role="img" aria-label={variable.error} style={{ color: 'var(--mantine-color-red-text)', paddingLeft: 4 }}>
          <Icon name="info" size={14} />
        </span>
      )}
    </span>
  );
}

function TextPicker({ variable }: { variable: Variable }) {
  const { select } = useDashboard();
  const current = variable.selected[0] ?? '';
  const [text, setText] = useState(current);
  useEffect(() => setText(current), [current]);
  const commit = (): void => {
    if (text !== current) select(variable.name, [text]);
  };
  return (
    <input
      type="text"
      value={text}
      aria-label={variable.label}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !isComposing(event.nativeEvent)) commit();
      }}
    />
  );
}

/** What the closed picker shows. */
function summary(variable: Variable, all: string, none: string): string {
  if (variable.selected[0] === ALL) return all;
  const texts = variable.selected.map((value) => variable.options.find((option) => option.value === value)?.text ?? value);
  return texts.length === 0 ? none : texts.join(' + ');
}

function OptionPicker({ variable }: { variable: Variable }) {
  const t = useT(dashboardTexts);
  const { select } = useDashboard();
  const [open, setOpen] = useState(false);
  const multi = isMulti(variable.doc);
  const [chosen, setChosen] = useState<readonly string[]>(variable.selected);
  useEffect(() => setChosen(variable.selected), [variable.selected]);
  const close = (): void => {
    setOpen(false);
    if (multi && chosen.join('\0') !== variable.selected.join('\0'))
      select(variable.name, chosen.length === 0 && hasAll(variable.doc) ? [ALL] : chosen);
  };
  const pick = (value: string): void => {
    if (!multi) {
      setOpen(false);
      select(variable.name, [value]);
      return;
    }
    if (value === ALL) setChosen([ALL]);
    else
      setChosen(chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen.filter((other) => other !== ALL), value]);
  };
  return (
    <Popover
      opened={open}
      onChange={(next) => {
        if (!next) close();
      }}
      position="bottom-start"
      trapFocus
      shadow="md"
      width={280}
      withinPortal
    >
      <Popover.Target>
        <button
          type="button"
          className="db-var-value"
          aria-haspopup="listbox"
          aria-expanded={open}
          aria-label={`${variable.label}: ${summary(variable, t('all'), t('none'))}`}
          onClick={() => (open ? close() : setOpen(true))}
        >
          {summary(variable, t('all'), t('none'))}
        </button>
      </Popover.Target>
      <Popover.Dropdown p={8}>
        {open && <Options variable={variable} chosen={multi ? chosen : variable.selected} multi={multi} pick={pick} close={close} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function Options({
  variable,
  chosen,
  multi,
  pick,
  close,
}: {
  variable: Variable;
  chosen: readonly string[];
  multi: boolean;
  pick(value: string): void;
  close(): void;
}) {
  const t = useT(dashboardTexts);
  const [filter, setFilter] = useState('');
  const [active, setActive] = useState(0);
  const options = useMemo<Option[]>(() => {
    const all = hasAll(variable.doc) ? [{ text: t('all'), value: ALL }, ...variable.options] : variable.options;
    const wanted = filter.trim().toLowerCase();
    return wanted === '' ? all : all.filter((option) => option.text.toLowerCase().includes(wanted));
  }, [variable, filter, t]);
  const key = (event: React.KeyboardEvent): void => {
    if (isComposing(event.nativeEvent)) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setActive((old) => Math.max(0, Math.min(options.length - 1, old + (event.key === 'ArrowDown' ? 1 : -1))));
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      const option = options[active];
      if (option !== undefined) pick(option.value);
      // A value that no option has can still be chosen by typing it.
      else if (filter.trim() !== '') pick(filter.trim());
    }
    if (event.key === 'Escape') close();
  };
  return (
    <>
      <TextInput
        size="xs"
        data-autofocus
        value={filter}
        placeholder={t('search')}
        aria-label={`${t('search')}: ${variable.label}`}
        onChange={(event) => {
          setFilter(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={key}
      />
      <div className="db-options" role="listbox" aria-label={variable.label} aria-multiselectable={multi}>
        {options.slice(0, SHOWN_MAX).map((option, index) => (
          <button
            type="button"
            role="option"
            key={`${index}${option.value}`}
            className="db-option"
            aria-selected={chosen.includes(option.value)}
            data-active={index === active}
            onClick={() => pick(option.value)}
          >
            {multi && <input type="checkbox" tabIndex={-1} readOnly checked={chosen.includes(option.value)} aria-hidden />}
            {option.text}
          </button>
        ))}
        {options.length === 0 && (
          <div className="db-weak" style={{ padding: 8 }}>
            {t('noOptions')}
          </div>
        )}
        {options.length > SHOWN_MAX && (
          <div className="db-weak" style={{ padding: 8 }}>
            {t('moreOptions', { n: options.length - SHOWN_MAX })}
          </div>
        )}
      </div>
    </>
  );
}

function DashboardLinks({ links }: { links: ReturnType<typeof asObjects> }) {
  const { lookup, time } = useDashboard();
  const names = lookup(new Map())(0, 15_000);
  return links.map((link, index) => {
    const suffix = [asBoolean(link['keepTime']) ? '${__url_time_range}' : '', asBoolean(link['includeVars']) ? '${__all_variables}' : '']
      .filter((part) => part !== '')
      .join('&');
    if (link['type'] === 'dashboards')
      return (
        <TaggedDashboards
          key={index}
          title={asString(link['title'])}
          tags={asArray(link['tags']).filter((tag) => typeof tag === 'string')}
          suffix={suffix}
        />
      );
    const url = asString(link['url']);
    const resolved = resolveLink({ ...link, url: suffix === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${suffix}` }, names);
    if (resolved === undefined) return null;
    return (
      <Button
        key={`${index}${time.tick}`}
        component="a"
        size="compact-sm"
        variant="default"
        href={resolved.url}
        title={asString(link['tooltip'])}
        leftSection={<Icon name="link" size={12} />}
        {...(resolved.newTab ? { target: '_blank', rel: 'noopener noreferrer' } : {})}
      >
        {resolved.title}
      </Button>
    );
  });
}

function TaggedDashboards({ title, tags, suffix }: { title: string; tags: string[]; suffix: string }) {
  const { lookup } = useDashboard();
  const [open, setOpen] = useState(false);
  const found = useQuery({
    queryKey: ['dashboards', 'tagged', tags],
    enabled: open,
    queryFn: ({ signal }) => searchDashboards({ query: '', tags, starred: false, limit: 100 }, signal),
  });
  return (
    <Menu opened={open} onChange={setOpen}>
      <Menu.Target>
        <Button size="compact-sm" variant="default" rightSection={<Icon name="down" size={10} />}>
          {title === '' ? tags.join(', ') : title}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(found.data ?? []).map((row) => {
          const link = resolveLink({ url: `${row.url}?${suffix}`, title: row.title }, lookup(new Map())(0, 15_000));
          return link === undefined ? null : (
            <Menu.Item key={row.uid} component="a" href={link.url}>
              {row.title}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
