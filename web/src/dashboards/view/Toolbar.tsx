/** The bar above a dashboard: title, star, time, refresh, share, editing. */
import { ActionIcon, Badge, Button, Menu, Tooltip } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { Link } from 'react-router-dom';

import { Icon } from '../../components/Icon';
import type { IconName } from '../../components/Icon';
import { TimeControls } from '../../components/TimeControls';
import { messages, useT } from '../../lib/i18n';
import { useUrlParams } from '../../lib/urlParams';
import { panelKind } from '../../panels';
import { asString } from '../../panels/json';
import { setStar } from '../api';
import { addPanel } from '../edit/changes';
import { dashboardTexts } from '../texts';
import { useDashboard } from './state';

const SaveDialog = lazy(async () => ({ default: (await import('../edit/SaveDialog')).SaveDialog }));
const SettingsDialog = lazy(async () => ({ default: (await import('../edit/SettingsDialog')).SettingsDialog }));
const ShareDialog = lazy(async () => ({ default: (await import('../edit/ShareDialog')).ShareDialog }));

const texts = messages({ ...dashboardTexts, newPanel: ['New panel', '새 패널'], newRow: ['New row', '새 행'] });

export function Toolbar({ kiosk, single }: { kiosk: boolean; single: boolean }) {
  const t = useT(texts);
  const { dashboard, meta, text, editing, setEditing, edit, undo, redo, canUndo, canRedo, dirty } = useDashboard();
  const { change } = useUrlParams();
  const [open, setOpen] = useState<'save' | 'settings' | 'share'>();
  const uid = asString(dashboard['uid']);
  const [starred, setStarred] = useState(meta.starred);
  const add = (type: string): void => {
    const [next, panel] = addPanel(dashboard, type, type === 'row' ? t('newRow') : t('newPanel'));
    edit(() => next);
    if (panelKind(type) !== undefined) change({ editPanel: String(panel.id) });
  };
  return (
    <div className="db-tools">
      {!kiosk && (
        <Button component={Link} to="/dashboards" size="compact-sm" variant="subtle" color="gray">
          {meta.folderUid === '' || meta.folderTitle === '' ? t('dashboards') : meta.folderTitle}
        </Button>
      )}
      <h1 title={text(dashboard.title)}>{text(dashboard.title)}</h1>
      {!kiosk && uid !== '' && (
        <Tool
          icon={starred ? 'check' : 'plus'}
          label={starred ? t('unstar') : t('star')}
          star={starred}
          onClick={() => {
            setStarred(!starred);
            setStar(uid, !starred).catch(() => setStarred(starred));
          }}
        />
      )}
      {dirty && (
        <Badge variant="light" color="orange" size="sm">
          {t('unsaved')}
        </Badge>
      )}
      <span className="db-grow" />
      {single && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => change({ viewPanel: undefined, editPanel: undefined })}
          data-testid="back"
        >
          {t('back')}
        </Button>
      )}
      {!kiosk && editing && (
        <>
          <Tool icon="undo" label={t('undo')} disabled={!canUndo} onClick={undo} />
          <Tool icon="redo" label={t('redo')} disabled={!canRedo} onClick={redo} />
          <Menu position="bottom-end">
            <Menu.Target>
              <Button size="xs" variant="default" leftSection={<Icon name="plus" size={14} />} data-testid="add">
                {t('addPanel')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => add('timeseries')}>{t('addPanel')}</Menu.Item>
              <Menu.Item onClick={() => add('row')}>{t('addRow')}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Button size="xs" variant="default" onClick={() => setOpen('settings')} data-testid="settings">
            {t('settings')}
          </Button>
        </>
      )}
      {!kiosk && (editing || dirty) && (
        <Button size="xs" onClick={() => setOpen('save')} data-testid="save">
          {t('save')}
        </Button>
      )}
      {!kiosk && meta.canEdit && (
        <Button
          size="xs"
          variant="default"
          onClick={() => setEditing(!editing)}
          leftSection={<Icon name="edit" size={14} />}
          data-testid="edit"
        >
          {editing ? t('done') : t('edit')}
        </Button>
      )}
      {!kiosk && <Tool icon="link" label={t('share')} onClick={() => setOpen('share')} />}
      <TimeControls range />
      <Tool icon={kiosk ? 'close' : 'expand'} label={t('kiosk')} onClick={() => change({ kiosk: kiosk ? undefined : '1' })} />
      <Suspense fallback={null}>
        {open === 'save' && <SaveDialog close={() => setOpen(undefined)} />}
        {open === 'settings' && <SettingsDialog close={() => setOpen(undefined)} />}
        {open === 'share' && <ShareDialog close={() => setOpen(undefined)} />}
      </Suspense>
    </div>
  );
}

function Tool({
  icon,
  label,
  onClick,
  disabled,
  star,
}: {
  icon: IconName;
  label: string;
  onClick(): void;
  disabled?: boolean;
  star?: boolean;
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        size={30}
        variant="subtle"
        color={star === true ? 'yellow' : 'gray'}
        aria-label={label}
        disabled={disabled ?? false}
        onClick={onClick}
        {...(star === undefined ? {} : { 'aria-pressed': star })}
      >
        {star === undefined ? (
          <Icon name={icon} size={16} />
        ) : (
          <span aria-hidden style={{ fontSize: 18 }}>
            {star ? '★' : '☆'}
          </span>
        )}
      </ActionIcon>
    </Tooltip>
  );
}
