/** Tables: sortable, filterable, with coloured cells, gauges and links; only visible rows are in the page. */
import { ActionIcon, Popover, TextInput } from '@mantine/core';
import { useMemo, useRef, useState } from 'react';

import { Icon } from '../../components/Icon';
import { messages, useT } from '../../lib/i18n';
import type { PanelFrame, PanelProps } from '../contract';
import { asBoolean, asNumber, asString, at, oneOf } from '../json';
import '../plot/plot.css';
import { panelTexts } from '../texts';
import { Cell } from './Cell';
import { columnWidths, columnsOf, footerTexts, initialSort, orderedRows } from './model';
import type { Column, Sort } from './model';
import './table.css';

const texts = messages({
  ...panelTexts,
  filter: ['Filter {name}', '{name} 필터'],
  page: ['Page {n} of {all}', '{all}쪽 중 {n}쪽'],
  earlier: ['Previous page', '이전 쪽'],
  later: ['Next page', '다음 쪽'],
  frame: ['Which table', '표 선택'],
});

const HEADER_PX = 32;

export function TableView(props: PanelProps) {
  const t = useT(texts);
  const [chosen, setChosen] = useState(asNumber(props.options['frameIndex'], 0));
  const frames = props.frames.filter((frame) => frame.fields.length > 0);
  const frame = frames[chosen] ?? frames[0];
  if (frame === undefined) return <div className="p-empty">{t('noData')}</div>;
  const select = frames.length > 1;
  return (
    <div style={{ width: props.width, height: props.height, display: 'flex', flexDirection: 'column' }}>
      <Grid key={`${chosen}`} props={props} frame={frame} width={props.width} height={props.height - (select ? 30 : 0)} />
      {select && (
        <select className="tb-frames" aria-label={t('frame')} value={chosen} onChange={(event) => setChosen(Number(event.target.value))}>
          {frames.map((one, index) => (
            <option key={index} value={index}>
              {one.name === '' ? `${one.refId} ${index + 1}` : one.name}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

function Grid({ props, frame, width, height }: { props: PanelProps; frame: PanelFrame; width: number; height: number }) {
  const t = useT(texts);
  const { options } = props;
  const [sort, setSort] = useState<Sort[]>();
  const [filters, setFilters] = useState<ReadonlyMap<string, string>>(new Map());
  const [scrolled, setScrolled] = useState(0);
  const [page, setPage] = useState(0);
  const body = useRef<HTMLDivElement>(null);
  const columns = useMemo(() => columnsOf(frame), [frame]);
  const widths = useMemo(() => columnWidths(columns, frame, width - 14), [columns, frame, width]);
  const written = useMemo(() => initialSort(options), [options]);
  const active = sort ?? written;
  const rows = useMemo(() => orderedRows(frame, columns, active, filters), [frame, columns, active, filters]);
  const rowHeight = { sm: 30, md: 38, lg: 48 }[oneOf(options['cellHeight'], ['sm', 'md', 'lg'] as const, 'sm')];
  const footer = footerTexts(columns, frame, options);
  const showHeader = options['showHeader'] !== false;
  const paged = asBoolean(at(options, 'enablePagination')) || asBoolean(at(options, 'footer.enablePagination'));
  const room = height - (showHeader ? HEADER_PX : 0) - (footer === undefined ? 0 : rowHeight) - (paged ? 28 : 0);
  const perPage = paged ? Math.max(1, Math.floor(room / rowHeight)) : rows.length;
  const pages = Math.max(1, Math.ceil(rows.length / Math.max(1, perPage)));
  const current = Math.min(page, pages - 1);
  const visible = rows.slice(current * perPage, (current + 1) * perPage);
  const first = Math.max(0, Math.floor(scrolled / rowHeight) - 5);
  const last = Math.min(visible.length, first + Math.ceil(room / rowHeight) + 12);
  const template = widths.map((one) => `${one.toFixed(1)}px`).join(' ');
  const total = widths.reduce((sum, one) => sum + one, 0);
  const clickSort = (title: string): void => {
    const old = active.find((one) => one.title === title);
    setSort(old === undefined ? [{ title, desc: false }] : old.desc ? [] : [{ title, desc: true }]);
  };
  return (
    <div className="tb" style={{ height, width }} role="table" aria-label={props.title} aria-rowcount={rows.length}>
      <div className="tb-scroll" role="rowgroup" ref={body} tabIndex={0} onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}>
        {showHeader && (
          <div className="tb-row tb-header" role="row" style={{ gridTemplateColumns: template, minWidth: total, height: HEADER_PX }}>
            {columns.map((column, at) => (
              <Header
                key={at}
                column={column}
                sort={active.find((one) => one.title === column.title || one.title === column.field.name)}
                filter={filters.get(column.title) ?? ''}
                onSort={() => clickSort(column.title)}
                onFilter={(text) => setFilters(new Map([...filters, [column.title, text]]))}
              />
            ))}
          </div>
        )}
        <div role="presentation" style={{ height: visible.length * rowHeight, minWidth: total, position: 'relative' }}>
          {visible.slice(first, last).map((row, index) => {
            const painted = columns.find((column) => column.applyToRow && column.kind === 'color-background');
            const background = painted === undefined ? undefined : painted.field.display(painted.field.values[row]).color;
            return (
              <div
                key={row}
                className="tb-row"
                role="row"
                style={{
                  gridTemplateColumns: template,
                  position: 'absolute',
                  top: (first + index) * rowHeight,
                  height: rowHeight,
                  minWidth: total,
                }}
              >
                {columns.map((column, at) => (
                  <Cell
                    key={at}
                    column={column}
                    row={row}
                    rowColor={background}
                    height={rowHeight}
                    theme={props.theme}
                    onFilter={column.filterable ? props.onFilter : undefined}
                  />
                ))}
              </div>
            );
          })}
        </div>
        {footer !== undefined && (
          <div className="tb-row tb-footer" role="row" style={{ gridTemplateColumns: template, minWidth: total, height: rowHeight }}>
            {columns.map((column, index) => (
              <div key={index} role="cell" className="tb-cell" style={{ justifyContent: flexAlign(column.align) }}>
                {footer[index]}
              </div>
            ))}
          </div>
        )}
        {rows.length === 0 && (
          <div className="p-empty" style={{ height: 60 }}>
            {t('noData')}
          </div>
        )}
      </div>
      {paged && pages > 1 && (
        <div className="tb-pages">
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={t('earlier')}
            disabled={current === 0}
            onClick={() => setPage(current - 1)}
          >
            <Icon name="left" />
          </ActionIcon>
          {t('page', { n: current + 1, all: pages })}
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={t('later')}
            disabled={current === pages - 1}
            onClick={() => setPage(current + 1)}
          >
            <Icon name="right" />
          </ActionIcon>
        </div>
      )}
    </div>
  );
}

function flexAlign(align: Column['align']): string {
  return align === 'right' ? 'flex-end' : align === 'center' ? 'center' : 'flex-start';
}

function Header({
  column,
  sort,
  filter,
  onSort,
  onFilter,
}: {
  column: Column;
  sort: Sort | undefined;
  filter: string;
  onSort(): void;
  onFilter(text: string): void;
}) {
  const t = useT(texts);
  return (
    <div
      role="columnheader"
      className="tb-cell"
      aria-sort={sort === undefined ? 'none' : sort.desc ? 'descending' : 'ascending'}
      style={{ justifyContent: flexAlign(column.align) }}
    >
      <button type="button" className="tb-title" onClick={onSort} title={asString(column.title)}>
        {column.title}
        {sort !== undefined && (sort.desc ? ' ▾' : ' ▴')}
      </button>
      {column.filterable && (
        <Popover position="bottom" withArrow>
          <Popover.Target>
            <ActionIcon
              size={18}
              variant={filter === '' ? 'subtle' : 'filled'}
              color="gray"
              aria-label={t('filter', { name: column.title })}
            >
              <Icon name="search" size={11} />
            </ActionIcon>
          </Popover.Target>
          <Popover.Dropdown p={6}>
            <TextInput
              size="xs"
              autoFocus
              aria-label={t('filter', { name: column.title })}
              value={filter}
              onChange={(event) => onFilter(event.currentTarget.value)}
            />
          </Popover.Dropdown>
        </Popover>
      )}
    </div>
  );
}
