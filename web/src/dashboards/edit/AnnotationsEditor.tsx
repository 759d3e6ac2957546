/** The annotation queries of a dashboard. */
import { ActionIcon, Button, Checkbox, Group, Paper, Stack, TextInput } from '@mantine/core';

import { Icon } from '../../components/Icon';
import { useT } from '../../lib/i18n';
import { asBoolean, asString, at } from '../../panels/json';
import type { JsonObject } from '../../panels/json';
import { useDashboard } from '../view/state';
import { editTexts } from './texts';

export function AnnotationsEditor() {
  const t = useT(editTexts);
  const { dashboard, edit } = useDashboard();
  const docs = dashboard.annotations.list;
  const put = (list: JsonObject[]): void => edit((old) => ({ ...old, annotations: { ...old.annotations, list } }), 'annotations');
  const change = (index: number, more: JsonObject): void => put(docs.map((doc, at_) => (at_ === index ? { ...doc, ...more } : doc)));
  return (
    <Stack gap="sm">
      {docs.map((doc, index) => (
        <Paper key={index} withBorder p="xs">
          <Group gap="xs" align="flex-end">
            <Checkbox
              label={t('enabled')}
              checked={asBoolean(doc['enable'], true)}
              onChange={(event) => change(index, { enable: event.currentTarget.checked })}
            />
            <TextInput
              size="xs"
              label={t('name')}
              value={asString(doc['name'])}
              onChange={(event) => change(index, { name: event.currentTarget.value })}
            />
            {doc['builtIn'] !== 1 && (
              <TextInput
                size="xs"
                style={{ flex: 1 }}
                label={t('expr')}
                value={asString(doc['expr'], asString(at(doc, 'target.expr')))}
                onChange={(event) => change(index, { expr: event.currentTarget.value })}
              />
            )}
            <TextInput
              size="xs"
              w={120}
              label={t('color')}
              value={asString(doc['iconColor'])}
              onChange={(event) => change(index, { iconColor: event.currentTarget.value })}
            />
            {doc['builtIn'] !== 1 && (
              <ActionIcon
                variant="subtle"
                color="red"
                aria-label={`${t('remove')}: ${asString(doc['name'])}`}
                onClick={() => put(docs.filter((_doc, at_) => at_ !== index))}
              >
                <Icon name="trash" size={14} />
              </ActionIcon>
            )}
          </Group>
        </Paper>
      ))}
      <Button
        size="xs"
        variant="default"
        style={{ alignSelf: 'flex-start' }}
        onClick={() => put([...docs, { name: 'annotation', enable: true, expr: '', iconColor: 'orange', titleFormat: '', textFormat: '' }])}
      >
        {t('addAnnotation')}
      </Button>
    </Stack>
  );
}
