/** `/config`: the configuration in force, secrets masked, and reloading it. */
import { ActionIcon, Box, Button, CopyButton, Group, Tabs, Text, TextInput, Tooltip } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { getV1, getV2, send } from '../../api/client';
import { Icon } from '../../components/Icon';
import { PageFrame } from '../../components/PageFrame';
import { Asked, ErrorBox } from '../../components/states';
import { pageOptions } from '../../lib/base';
import { messages, useT } from '../../lib/i18n';

const texts = messages({
  title: ['Configuration', '설정'],
  about: ['In force now, with defaults filled in and secrets masked.', '지금 적용된 설정입니다. 기본값이 채워져 있고 비밀은 가려져 있습니다.'],
  server: ['Server', '서버'],
  alertmanager: ['Alertmanager', 'Alertmanager'],
  copy: ['Copy', '복사'],
  copied: ['Copied', '복사했습니다'],
  reload: ['Reload', '다시 읽기'],
  reloaded: ['The configuration was read again', '설정을 다시 읽었습니다'],
  find: ['Find in the text', '본문에서 찾기'],
  lines: ['{n} {n|line|lines}', '{n}줄'],
});

export default function ConfigPage() {
  const t = useT(texts);
  const { role, alertmanager } = pageOptions();
  return (
    <PageFrame title={t('title')} about={t('about')} actions={<Reload />}>
      <Tabs defaultValue={role === 'server' ? 'server' : 'alertmanager'} keepMounted={false}>
        <Tabs.List mb="sm">
          {role === 'server' && <Tabs.Tab value="server">{t('server')}</Tabs.Tab>}
          {alertmanager && <Tabs.Tab value="alertmanager">{t('alertmanager')}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="server">
          <ServerConfig />
        </Tabs.Panel>
        <Tabs.Panel value="alertmanager">
          <AlertmanagerConfig />
        </Tabs.Panel>
      </Tabs>
    </PageFrame>
  );
}

function ServerConfig() {
  const result = useQuery({ queryKey: ['config'], queryFn: ({ signal }) => getV1<{ yaml: string }>('/status/config', {}, signal) });
  return <Asked result={result}>{({ yaml }) => <Yaml text={yaml} />}</Asked>;
}

function AlertmanagerConfig() {
  const result = useQuery({
    queryKey: ['alertmanager status'],
    queryFn: ({ signal }) => getV2<{ config: { original: string } }>('/status', {}, signal),
  });
  return <Asked result={result}>{({ config }) => <Yaml text={config.original} />}</Asked>;
}

function Yaml({ text }: { text: string }) {
  const t = useT(texts);
  const [wanted, setWanted] = useState('');
  const lines = useMemo(() => text.replace(/\n$/, '').split('\n'), [text]);
  const found = wanted.trim() === '' ? undefined : lines.filter((line) => line.toLowerCase().includes(wanted.trim().toLowerCase())).length;
  return (
    <>
      <Group mb="xs">
        <TextInput
          size="xs"
          w={260}
          aria-label={t('find')}
          placeholder={t('find')}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        {found !== undefined && <Text size="sm">{t('lines', { n: found })}</Text>}
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Tooltip label={copied ? t('copied') : t('copy')}>
              <ActionIcon variant="default" onClick={copy} aria-label={t('copy')}>
                <Icon name={copied ? 'check' : 'copy'} />
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      </Group>
      <Box component="pre" className="yaml" tabIndex={0} aria-label={t('title')}>
        {lines.map((line, i) => (
          <Line key={i} line={line} marked={found !== undefined && line.toLowerCase().includes(wanted.trim().toLowerCase())} />
        ))}
      </Box>
    </>
  );
}

function Line({ line, marked }: { line: string; marked: boolean }) {
  const match = /^(\s*(?:- )*)([^\s:#'"][^:]*)(:)(\s.*|)$/.exec(line);
  return (
    <span className="yaml-line" data-marked={marked || undefined}>
      {match ? (
        <>
          {match[1]}
          <span className="label-name">{match[2]}</span>
          {match[3]}
          {match[4]}
        </>
      ) : (
        line
      )}
      {'\n'}
    </span>
  );
}

function Reload() {
  const t = useT(texts);
  const queries = useQueryClient();
  const reload = useMutation({
    mutationFn: () => send('/-/reload', { method: 'POST' }),
    onSettled: () => queries.invalidateQueries(),
  });
  if (!pageOptions().lifecycle) return null;
  return (
    <Group>
      {reload.isSuccess && (
        <Text size="sm" role="status">
          {t('reloaded')}
        </Text>
      )}
      {reload.error && <ErrorBox error={reload.error} />}
      <Button size="xs" variant="default" leftSection={<Icon name="refresh" />} loading={reload.isPending} onClick={() => reload.mutate()}>
        {t('reload')}
      </Button>
    </Group>
  );
}
