/** The legend of graphs: a list or a table with reductions; a click shows one series alone. */
import { useMemo, useState } from 'react';

import { messages, useLanguage, useT } from '../../lib/i18n';
import { panelTexts } from '../texts';
import { calcName, legendRows } from './model';
import type { LegendItem, LegendOptions } from './model';
import './legend.css';

const texts = messages({ ...panelTexts });

/** Rows put into the page: longer legends end with their count. */
const ROWS_MAX = 500;

interface Props {
  items: readonly LegendItem[];
  options: LegendOptions;
  onToggle(key: string, toggle: boolean): void;
  onHover?(key: string | undefined): void;
}

export function Legend({ items, options, onToggle, onHover }: Props) {
  const t = useT(texts);
  const { language } = useLanguage();
  const [sort, setSort] = useState<{ by: string; desc: boolean }>();
  const rows = useMemo(
    () => legendRows(items, { calcs: options.calcs, sortBy: sort?.by ?? options.sortBy, sortDesc: sort?.desc ?? options.sortDesc }),
    [items, options.calcs, options.sortBy, options.sortDesc, sort],
  );
  const shown = rows.slice(0, ROWS_MAX);
  const more = rows.length > ROWS_MAX ? <div className="pl-more">{t('more', { n: rows.length - ROWS_MAX })}</div> : null;
  const name = (row: LegendItem) => (
    <button
      type="button"
      className="pl-series"
      aria-pressed={!row.hidden}
      title={row.label}
      aria-label={t('showOnly', { name: row.label })}
      onClick={(event) => onToggle(row.key, event.ctrlKey || event.metaKey || event.shiftKey)}
      onMouseEnter={() => onHover?.(row.key)}
      onMouseLeave={() => onHover?.(undefined)}
    >
      <span className="pl-key" style={{ background: row.hidden ? 'transparent' : row.color, borderColor: row.color }} />
      <span className={row.hidden ? 'pl-label pl-off' : 'pl-label'}>{row.label}</span>
    </button>
  );
  if (!options.table) {
    return (
      <div className={options.right ? 'pl-list pl-right' : 'pl-list'} data-testid="legend" role="group" aria-label={t('legend')}>
        {shown.map((row, at) => (
          <span key={`${at}${row.key}`} className="pl-item">
            {name(row)}
            {row.values.map((value, index) => (
              <span key={options.calcs[index]} className="pl-calc">
                {calcName(options.calcs[index] ?? '', language)}: {value.text}
              </span>
            ))}
          </span>
        ))}
        {more}
      </div>
    );
  }
  const header = (by: string, label: string) => (
    <button
      type="button"
      aria-label={t('sortBy', { name: label })}
      onClick={() => setSort((old) => ({ by, desc: old?.by === by ? !old.desc : true }))}
    >
      {label}
      {(sort?.by ?? options.sortBy) === by ? ((sort?.desc ?? options.sortDesc) ? ' ▾' : ' ▴') : ''}
    </button>
  );
  return (
    <div className="pl-table" data-testid="legend" tabIndex={0} role="group" aria-label={t('legend')}>
      <table>
        <thead>
          <tr>
            <th>{header('Name', t('name'))}</th>
            {options.calcs.map((calc) => (
              <th key={calc} className="pl-number">
                {header(calc, calcName(calc, language))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, at) => (
            <tr key={`${at}${row.key}`}>
              <td>{name(row)}</td>
              {row.values.map((value, index) => (
                <td key={options.calcs[index]} className="pl-number">
                  {value.text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more}
    </div>
  );
}
