/** A native histogram: its count and sum, and a bar for each bucket. */
import { Group, Text } from '@mantine/core';
import { type Histogram, parseValue } from '../../api/query';
import { useT } from '../../lib/i18n';
import { formatShort } from '../../lib/numbers';
import { texts } from './texts';

/** Bars that fit without scrolling for long. */
const BUCKETS_MAX = 160;

export function HistogramView({ histogram }: { histogram: Histogram }) {
  const t = useT(texts);
  const buckets = (histogram.buckets ?? []).slice(0, BUCKETS_MAX);
  const most = Math.max(...buckets.map(([, , , count]) => parseValue(count)), 0);
  return (
    <div style={{ minWidth: 240 }}>
      <Group gap="md">
        <Text size="sm" ff="monospace">
          {t('count')} <b>{histogram.count}</b>
        </Text>
        <Text size="sm" ff="monospace">
          {t('sum')} <b>{histogram.sum}</b>
        </Text>
      </Group>
      <div style={{ maxHeight: 220, overflowY: 'auto' }} role="list" aria-label={t('bucket')}>
        {buckets.map(([rule, lower, upper, count]) => {
          const left = rule === 1 || rule === 3 ? '[' : '(';
          const right = rule === 0 || rule === 3 ? ']' : ')';
          return (
            <div key={`${lower} ${upper}`} role="listitem" className="bucket-row">
              <span className="bucket-name">{`${left}${formatShort(parseValue(lower), 3)}, ${formatShort(parseValue(upper), 3)}${right}`}</span>
              <span className="bucket-bar" style={{ width: `${most > 0 ? (parseValue(count) / most) * 100 : 0}px` }} />
              <span>{formatShort(parseValue(count))}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
