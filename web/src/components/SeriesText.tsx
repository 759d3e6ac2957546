/** A series' name and labels, coloured so that names stand apart from values. */
import { Text } from '@mantine/core';
import { quote, quoteName } from '../lib/labels';

export function SeriesText({ labels, size = 'sm' }: { labels: Readonly<Record<string, string>>; size?: string }) {
  const entries = Object.entries(labels).filter(([name]) => name !== '__name__').sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    <Text size={size} ff="monospace" style={{ overflowWrap: 'anywhere' }} component="div">
      {labels.__name__ && <b>{labels.__name__}</b>}
      {(entries.length > 0 || !labels.__name__) && '{'}
      {entries.map(([name, value], i) => (
        <span key={name}>
          {i > 0 && ', '}
          <span className="label-name">{quoteName(name)}</span>=<span className="label-value">{quote(value)}</span>
        </span>
      ))}
      {(entries.length > 0 || !labels.__name__) && '}'}
    </Text>
  );
}
