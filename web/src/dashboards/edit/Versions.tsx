/** Versions of a dashboard: what changed since, and going back. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { Asked, ErrorBox } from '../../components/states';
import { useT } from '../../lib/i18n';
import { asString } from '../../panels/json';
import type { Json } from '../../panels/json';
import { getDashboard, getVersion, getVersions, restoreVersion } from '../api';
import type { Version } from '../api';
import { importDashboard } from '../model/import';
import { useDashboard } from '../view/state';
import { differences, documentOf } from './changes';
import type { Difference } from './changes';
import { editTexts } from './texts';

export function Versions({ close }: { close(): void }) {
  const t = useT(editTexts);
  const { dashboard, saved } = useDashboard();
  const client = useQueryClient();
  const uid = asString(dashboard['uid']);
  const versions = useQuery({
    queryKey: ['dashboards', 'versions', uid, dashboard['version']],
    enabled: uid !== '',
    queryFn: ({ signal }) => getVersions(uid, signal),
  });
  const [shown, setShown] = useState<{ version: number; changes: Difference[] }>();
  const [error, setError] = useState<unknown>();
  if (uid === '') return <Text c="dimmed">{t('noChanges')}</Text>;
  const compare = (version: Version): void => {
    getVersion(uid, version.version).then(
      (document) =>
        setShown({
          version: version.version,
          changes: differences(documentOf(importDashboard(document)), documentOf(dashboard)).filter(
            (change) => change.path !== 'version' && change.path !== 'id',
          ),
        }),
      setError,
    );
  };
  const restore = (version: Version): void => {
    restoreVersion(uid, version.version)
      .then(async () => {
        const stored = await getDashboard(uid);
        saved(importDashboard(stored.document), stored.meta);
        await client.invalidateQueries({ queryKey: ['dashboards', 'versions', uid] });
        close();
      })
      .catch(setError);
  };
  return (
    <Stack gap="xs">
      {error !== undefined && <ErrorBox error={error} />}
      <Asked result={versions}>
        {(rows) =>
          rows.map((version) => (
            <div key={version.version}>
              <Group gap="sm" data-testid="version">
                <Text fw={600} size="sm">
                  {t('version', { n: version.version })}
                </Text>
                <Text size="sm" c="dimmed">
                  {version.created} {version.by}
                </Text>
                <Text size="sm" style={{ flex: 1 }}>
                  {version.message}
                </Text>
                <Button size="compact-xs" variant="default" onClick={() => compare(version)}>
                  {t('compare')}
                </Button>
                <Button size="compact-xs" variant="default" onClick={() => restore(version)}>
                  {t('restore')}
                </Button>
              </Group>
              {shown?.version === version.version && <Changes changes={shown.changes} />}
            </div>
          ))
        }
      </Asked>
    </Stack>
  );
}

function Changes({ changes }: { changes: readonly Difference[] }) {
  const t = useT(editTexts);
  const text = (value: Json | undefined): string => (value === undefined ? '' : JSON.stringify(value));
  if (changes.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t('noChanges')}
      </Text>
    );
  return (
    <>
      <Text size="sm">{t('changes', { n: changes.length })}</Text>
      <ul className="db-diff">
        {changes.map((change) => (
          <li key={change.path}>
            {change.path}
            <br />
            {change.before !== undefined && (
              <>
                <del>− {text(change.before)}</del>
                <br />
              </>
            )}
            {change.after !== undefined && <ins>+ {text(change.after)}</ins>}
          </li>
        ))}
      </ul>
    </>
  );
}
