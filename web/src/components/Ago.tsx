/** A moment relative to the last refresh; the exact time on hover. */
import { Text, Tooltip } from '@mantine/core';
import { useLanguage } from '../lib/i18n';
import { formatAgo, formatTime } from '../lib/times';
import { useTime } from './time';

export function Ago({ at }: { at: string | number }) {
  const { language } = useLanguage();
  const { zone } = useTime();
  const ms = typeof at === 'number' ? at : Date.parse(at);
  return (
    <Tooltip label={formatTime(ms, zone, true)} openDelay={300}>
      <Text component="span" size="sm" style={{ whiteSpace: 'nowrap' }}>
        {formatAgo(ms, Date.now(), language)}
      </Text>
    </Tooltip>
  );
}
