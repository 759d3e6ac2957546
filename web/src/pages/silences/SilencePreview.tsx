/** Which alerts a silence would keep quiet right now, and when it applies next. */
import { Alert as Box, Card, Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
import type { Alert, PostedSilence, Preview } from '../../api/alerting';
import { ApiError, getV2, postV2 } from '../../api/client';
import { LabelPills } from '../../components/LabelPills';
import { Asked } from '../../components/states';
import { useTime } from '../../components/time';
import { useT } from '../../lib/i18n';
import { type Matcher, matcherText } from '../../lib/labels';
import { formatTime } from '../../lib/times';
import { texts } from './texts';

const ROWS_MAX = 30;

/** An Alertmanager of upstream has no preview: its list of alerts answers as well, but for recurring times. */
async function preview(silence: PostedSilence | undefined, matchers: readonly Matcher[], signal: AbortSignal): Promise<Preview> {
  if (silence) {
    try {
      return await postV2<Preview>('/bongsu/silences/preview', silence, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }
  const all = await getV2<Alert[]>('/alerts', {}, signal);
  const alerts = await getV2<Alert[]>('/alerts', { filter: matchers.map(matcherText) }, signal);
  return { alerts, matching: alerts.length, total: all.length, tooBroad: false };
}

export function SilencePreview({ silence, matchers }: { silence: PostedSilence | undefined; matchers: readonly Matcher[] }) {
  const t = useT(texts);
  const { zone } = useTime();
  const named = useDeferredValue(matchers.filter((matcher) => matcher.name.trim() !== ''));
  const result = useQuery({
    queryKey: ['silence preview', named.map(matcherText), silence?.annotations, silence !== undefined],
    queryFn: ({ signal }) => preview(silence, named, signal),
    enabled: named.length > 0,
    placeholderData: keepPreviousData,
  });
  return (
    <Card withBorder p="sm" data-testid="preview">
      <Text fw={600} size="sm" mb="xs">
        {t('preview')}
      </Text>
      {named.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('p_matchers')}
        </Text>
      ) : (
        <Asked result={result}>
          {({ alerts, matching, total, tooBroad, reason, windows }) => (
            <Stack gap="sm">
              <Text size="sm">{matching === 0 ? t('previewNone') : t('previewCount', { n: matching, total })}</Text>
              {tooBroad && (
                <Box color="yellow" title={t('broad')}>
                  {reason}
                </Box>
              )}
              {(windows ?? []).length > 0 && (
                <Text size="sm" component="div">
                  {t('windows')}
                  {(windows ?? []).map((one) => (
                    <div key={one.from}>
                      {formatTime(Date.parse(one.from), zone)} – {formatTime(Date.parse(one.to), zone)}
                    </div>
                  ))}
                </Text>
              )}
              {alerts.slice(0, ROWS_MAX).map((alert) => (
                <LabelPills key={alert.fingerprint} labels={alert.labels} />
              ))}
            </Stack>
          )}
        </Asked>
      )}
    </Card>
  );
}
