/** The time range picker and the refresh picker of the top bar. */
import { ActionIcon, Button, Divider, Group, Menu, Popover, SegmentedControl, SimpleGrid, Stack, Text, TextInput, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { messages, useT } from '../lib/i18n';
import { type TimeRange, moveRange, relativeLength, resolveRange, zoomOut } from '../lib/timeRange';
import { formatTime } from '../lib/times';
import { Icon } from './Icon';
import { useTime } from './time';

const texts = messages({
  range: ['Time range', '시간 범위'],
  last: ['Last {length}', '최근 {length}'],
  from: ['From', '시작'],
  to: ['To', '끝'],
  apply: ['Apply', '적용'],
  hint: ['now-6h, now/d, 2026-11-21 10:00 or milliseconds', 'now-6h, now/d, 2026-11-21 10:00 또는 밀리초'],
  wrong: ['Not a range: the start must be before the end', '올바른 범위가 아닙니다. 시작이 끝보다 앞서야 합니다'],
  earlier: ['Earlier', '이전 구간'],
  later: ['Later', '다음 구간'],
  zoomOut: ['Zoom out', '범위 넓히기'],
  refresh: ['Refresh now', '지금 새로 고침'],
  every: ['Refresh every', '자동 새로 고침'],
  off: ['Off', '끄기'],
  local: ['Browser time', '브라우저 시간'],
  utc: ['UTC', 'UTC'],
  zone: ['Time zone', '시간대'],
  today: ['Today', '오늘'],
  yesterday: ['Yesterday', '어제'],
});

const LENGTHS = ['5m', '15m', '30m', '1h', '3h', '6h', '12h', '24h', '2d', '7d', '30d', '90d'];
const REFRESHES = ['5s', '10s', '30s', '1m', '5m', '15m', '30m', '1h'];

/** `range`: with a time range; pages about the present only refresh. */
export function TimeControls({ range }: { range: boolean }) {
  return (
    <Group gap={6} wrap="nowrap">
      {range && <RangePicker />}
      <RefreshPicker />
    </Group>
  );
}

function RangePicker() {
  const t = useT(texts);
  const { range, resolved, setRange, zone } = useTime();
  const [open, setOpen] = useState(false);
  const length = relativeLength(range);
  const label = length ? t('last', { length }) : `${shown(range.from, resolved.fromMs, zone)} – ${shown(range.to, resolved.toMs, zone)}`;
  const close = (next: TimeRange) => {
    setRange(next);
    setOpen(false);
  };
  return (
    <Group gap={0} wrap="nowrap">
      <Tooltip label={t('earlier')}>
        <ActionIcon visibleFrom="sm" variant="default" size={32} aria-label={t('earlier')} onClick={() => setRange(moveRange(resolved, -1))}>
          <Icon name="left" />
        </ActionIcon>
      </Tooltip>
      <Popover opened={open} onChange={setOpen} position="bottom-end" withArrow shadow="md" trapFocus>
        <Popover.Target>
          <Button
            variant="default"
            size="xs"
            h={32}
            aria-label={`${t('range')}: ${label}`}
            leftSection={<Icon name="clock" />}
            onClick={() => setOpen(!open)}
            data-testid="time-range"
          >
            <Text size="sm" truncate maw={{ base: 110, sm: 330 }}>
              {label}
            </Text>
          </Button>
        </Popover.Target>
        <Popover.Dropdown>{open && <RangeForm close={close} />}</Popover.Dropdown>
      </Popover>
      <Tooltip label={t('later')}>
        <ActionIcon visibleFrom="sm" variant="default" size={32} aria-label={t('later')} onClick={() => setRange(moveRange(resolved, 1))}>
          <Icon name="right" />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t('zoomOut')}>
        <ActionIcon
          visibleFrom="sm"
          variant="default"
          size={32}
          aria-label={t('zoomOut')}
          onClick={() => setRange(zoomOut(resolved, Date.now()))}
        >
          <Icon name="zoomOut" />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}

function RangeForm({ close }: { close: (range: TimeRange) => void }) {
  const t = useT(texts);
  const { range, resolved, zone, setZone } = useTime();
  const words = (text: string, ms: number) => (/^-?\d+$/.test(text) ? formatTime(ms, zone) : text);
  const [from, setFrom] = useState(words(range.from, resolved.fromMs));
  const [to, setTo] = useState(words(range.to, resolved.toMs));
  const valid = resolveRange({ from, to }, Date.now(), zone) !== undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) close({ from, to });
      }}
    >
      <Stack gap="xs" w={290}>
        <SimpleGrid cols={4} spacing={4}>
          {LENGTHS.map((length) => (
            <Button
              key={length}
              size="compact-sm"
              variant={relativeLength(range) === length ? 'filled' : 'default'}
              onClick={() => close({ from: `now-${length}`, to: 'now' })}
              aria-label={t('last', { length })}
            >
              {length}
            </Button>
          ))}
        </SimpleGrid>
        <Group gap={4} grow>
          <Button size="compact-sm" variant="default" onClick={() => close({ from: 'now/d', to: 'now/d' })}>
            {t('today')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => close({ from: 'now-1d/d', to: 'now-1d/d' })}>
            {t('yesterday')}
          </Button>
        </Group>
        <Divider />
        <TextInput size="xs" label={t('from')} value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
        <TextInput
          size="xs"
          label={t('to')}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
          error={valid ? undefined : t('wrong')}
        />
        <Text size="xs" c="dimmed">
          {t('hint')}
        </Text>
        <Group justify="space-between">
          <SegmentedControl
            size="xs"
            aria-label={t('zone')}
            value={zone}
            onChange={(value) => setZone(value === 'utc' ? 'utc' : 'local')}
            data={[
              { value: 'local', label: t('local') },
              { value: 'utc', label: t('utc') },
            ]}
          />
          <Button size="xs" type="submit" disabled={!valid}>
            {t('apply')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function RefreshPicker() {
  const t = useT(texts);
  const { refresh, setRefresh, refreshNow } = useTime();
  return (
    <Group gap={0} wrap="nowrap">
      <Tooltip label={t('refresh')}>
        <ActionIcon variant="default" size={32} aria-label={t('refresh')} onClick={refreshNow} data-testid="refresh">
          <Icon name="refresh" />
        </ActionIcon>
      </Tooltip>
      <Menu position="bottom-end" withArrow>
        <Menu.Target>
          <Button variant="default" size="xs" h={32} px={8} aria-label={`${t('every')}: ${refresh || t('off')}`}>
            {refresh || <Icon name="down" size={14} />}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t('every')}</Menu.Label>
          {['', ...REFRESHES].map((every) => (
            <Menu.Item key={every} onClick={() => setRefresh(every)} fw={every === refresh ? 700 : undefined}>
              {every || t('off')}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

function shown(words: string, ms: number, zone: 'local' | 'utc'): string {
  return words.startsWith('now') ? words : formatTime(ms, zone);
}
