/** Labels as pills. A click, where there is something to do with it, hands the label over. */
import { Badge, Group, UnstyledButton } from '@mantine/core';
import { quote, quoteName } from '../lib/labels';

interface Props {
  labels: Readonly<Record<string, string>>;
  /** Left out. */
  without?: readonly string[];
  onChoose?: (name: string, value: string) => void;
}

export function LabelPills({ labels, without = [], onChoose }: Props) {
  const entries = Object.entries(labels).filter(([name]) => !without.includes(name));
  return (
    <Group gap={4}>
      {entries.map(([name, value]) => {
        const pill = (
          <Badge
            variant="default"
            tt="none"
            radius="sm"
            fw={400}
            maw="100%"
            h="auto"
            mih={20}
            ff="monospace"
            styles={{ label: { whiteSpace: 'normal', overflowWrap: 'anywhere', textAlign: 'left' } }}
          >
            <span className="label-name">{quoteName(name)}</span>={quote(value)}
          </Badge>
        );
        return onChoose ? (
          <UnstyledButton key={name} onClick={() => onChoose(name, value)} style={{ maxWidth: '100%' }}>
            {pill}
          </UnstyledButton>
        ) : (
          <span key={name} style={{ maxWidth: '100%' }}>
            {pill}
          </span>
        );
      })}
    </Group>
  );
}
