/** A panel's frame: title, description, links, remarks, menu; and its body. `data-state` tells tests and readers of the page where it stands. */
import { ActionIcon, HoverCard, Loader, Menu, Tooltip } from '@mantine/core';
import { memo, useCallback, useEffect, useRef, useState } from 'react';

import { Icon } from '../../components/Icon';
import { useT } from '../../lib/i18n';
import { asBoolean, asObjects, asString } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import { markdownToHtml } from '../../panels/text/markdown';
import { sanitize } from '../../panels/text/sanitize';
import '../../panels/text/text.css';
import { changePanel } from '../edit/changes';
import { resolveLink } from '../model/links';
import type { Scope } from '../model/repeat';
import type { Panel } from '../model/types';
import { dashboardTexts } from '../texts';
import { PanelBody } from './PanelBody';
import { usePanelData } from './usePanelData';
import { useDashboard } from './state';
import { useInView } from './useInView';

/** What the frame's menu can do. */
export interface PanelActions {
  view(panel: Panel): void;
  edit(panel: Panel): void;
  inspect(panel: Panel, scope: Scope): void;
  duplicate(panel: Panel): void;
  remove(panel: Panel): void;
}

interface Props {
  panel: Panel;
  scope: Scope;
  width: number;
  height: number;
  actions: PanelActions;
  /** Moving by the header, where the panel can be moved. */
  onDrag: ((event: React.PointerEvent<HTMLElement>) => void) | undefined;
}

const HEADER_PX = 30;
const PADDING_PX = 8;

export const PanelFrame = memo(function PanelFrame({ panel, scope, width, height, actions, onDrag }: Props) {
  const t = useT(dashboardTexts);
  const { text, lookup, edit, editing } = useDashboard();
  const host = useRef<HTMLElement>(null);
  const inView = useInView(host);
  const transparent = asBoolean(panel['transparent']);
  const title = text(panel.title, scope);
  const hasHeader = title !== '' || editing;
  const body = {
    width: Math.max(0, width - 2 * PADDING_PX - 2),
    height: Math.max(0, height - (hasHeader ? HEADER_PX : PADDING_PX) - PADDING_PX - 2),
  };
  const data = usePanelData(panel, scope, body.width, inView);
  const links = asObjects(panel['links'] as Json | undefined).flatMap((link) => {
    const found = resolveLink(link, lookup(scope)(0, 15_000));
    return found === undefined ? [] : [found];
  });
  const description = text(asString(panel['description']), scope);
  const name = title === '' ? `${panel.type} ${panel.id}` : title;
  const onOptions = useCallback(
    (options: JsonObject) => edit((dashboard) => changePanel(dashboard, panel.id, (old) => ({ ...old, options }))),
    [edit, panel.id],
  );
  return (
    <section
      ref={host}
      className={transparent ? 'db-panel db-transparent' : 'db-panel'}
      style={{ height }}
      aria-label={name}
      data-testid="panel"
      data-panel={panel.id}
      data-type={panel.type}
      data-state={inView || data.state !== 'waiting' ? data.state : 'unseen'}
    >
      <header
        className={hasHeader ? 'db-head' : 'db-head db-head-over'}
        onPointerDown={onDrag}
        data-drag={onDrag === undefined ? undefined : ''}
      >
        <h2 title={title}>{title}</h2>
        {data.time.label !== '' && (
          <span className="db-weak">
            <Icon name="clock" size={12} /> {data.time.label}
          </span>
        )}
        {description !== '' && <Description text={description} label={t('description')} />}
        {data.error !== undefined && (
          <Tooltip label={data.error} multiline maw={480}>
            <ActionIcon size={22} variant="subtle" color="red" aria-label={`${t('error')}: ${data.error}`} data-testid="panel-error">
              <Icon name="info" size={14} />
            </ActionIcon>
          </Tooltip>
        )}
        {data.notices.length > 0 && (
          <Tooltip label={data.notices.join('\n')} multiline maw={480}>
            <ActionIcon size={22} variant="subtle" color="yellow" aria-label={`${t('notices')}: ${data.notices.join(' ')}`}>
              <Icon name="info" size={14} />
            </ActionIcon>
          </Tooltip>
        )}
        <span className="db-grow" />
        {data.state === 'loading' && <Loader size={14} role="status" aria-label={t('loading')} />}
        {links.length > 0 && (
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <ActionIcon size={22} variant="subtle" color="gray" aria-label={`${t('links')}: ${name}`}>
                <Icon name="link" size={14} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {links.map((link, index) => (
                <Menu.Item
                  key={`${index}${link.url}`}
                  component="a"
                  href={link.url}
                  {...(link.newTab ? { target: '_blank', rel: 'noopener noreferrer' } : {})}
                >
                  {link.title}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
        <PanelMenu panel={panel} scope={scope} name={name} actions={actions} editing={editing} />
      </header>
      <div className="db-body" style={body}>
        {inView || data.state !== 'waiting' ? (
          <PanelBody panel={panel} scope={scope} data={data} width={body.width} height={body.height} onOptions={onOptions} />
        ) : null}
      </div>
    </section>
  );
});

function PanelMenu({
  panel,
  scope,
  name,
  actions,
  editing,
}: {
  panel: Panel;
  scope: Scope;
  name: string;
  actions: PanelActions;
  editing: boolean;
}) {
  const t = useT(dashboardTexts);
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(false);
  // A menu is made when somebody reaches for it: two dozen of them are a tenth of the time that a page takes to appear.
  if (!wanted)
    return (
      <button
        type="button"
        className="db-menu db-menu-plain"
        aria-haspopup="menu"
        aria-expanded={false}
        aria-label={t('menuOf', { name })}
        data-testid="panel-menu"
        onPointerDown={(event) => event.stopPropagation()}
        onClick={() => {
          setWanted(true);
          setOpen(true);
        }}
      >
        <Icon name="dots" size={14} />
      </button>
    );
  return (
    <Menu position="bottom-end" withinPortal opened={open} onChange={setOpen}>
      <Menu.Target>
        <ActionIcon
          className="db-menu"
          size={22}
          variant="subtle"
          color="gray"
          aria-label={t('menuOf', { name })}
          data-testid="panel-menu"
          onPointerDown={(event) => event.stopPropagation()}
        >
          <Icon name="dots" size={14} />
        </ActionIcon>
      </Menu.Target>
      {open && (
        <Menu.Dropdown>
          <Menu.Item leftSection={<Icon name="eye" size={14} />} onClick={() => actions.view(panel)}>
            {t('view')}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="edit" size={14} />} onClick={() => actions.edit(panel)}>
            {t('edit')}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="table" size={14} />} onClick={() => actions.inspect(panel, scope)}>
            {t('inspect')}
          </Menu.Item>
          <Menu.Item
            leftSection={<Icon name="copy" size={14} />}
            onClick={() => void navigator.clipboard?.writeText(JSON.stringify(panel, null, 2))}
          >
            {t('copyJson')}
          </Menu.Item>
          {editing && (
            <Menu.Item leftSection={<Icon name="copy" size={14} />} onClick={() => actions.duplicate(panel)}>
              {t('duplicate')}
            </Menu.Item>
          )}
          {editing && (
            <Menu.Item color="red" leftSection={<Icon name="trash" size={14} />} onClick={() => actions.remove(panel)}>
              {t('remove')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      )}
    </Menu>
  );
}

function Description({ text, label }: { text: string; label: string }) {
  return (
    <HoverCard width={340} shadow="md" withinPortal openDelay={150}>
      <HoverCard.Target>
        <ActionIcon size={22} variant="subtle" color="gray" aria-label={`${label}: ${text}`}>
          <Icon name="info" size={14} />
        </ActionIcon>
      </HoverCard.Target>
      <HoverCard.Dropdown>
        <SafeMarkdown text={text} />
      </HoverCard.Dropdown>
    </HoverCard>
  );
}

function SafeMarkdown({ text }: { text: string }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => host.current?.replaceChildren(sanitize(markdownToHtml(text))), [text]);
  return <div ref={host} className="px-text" />;
}
