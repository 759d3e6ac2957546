/** A card that folds: a head that is a button, and what it opens. Its state is kept by its owner, or by itself. */
import { Card, Collapse, Group, UnstyledButton } from '@mantine/core';
import { type ReactNode, useId, useState } from 'react';
import { Icon } from './Icon';

interface Props {
  head: ReactNode;
  /** Open at first. */
  open?: boolean;
  children: ReactNode;
  testId?: string;
}

export function Fold({ head, open = true, children, testId }: Props) {
  const [opened, setOpened] = useState(open);
  const id = useId();
  return (
    <Card withBorder p={0} mb="sm" data-testid={testId}>
      <UnstyledButton p="xs" px="sm" onClick={() => setOpened(!opened)} aria-expanded={opened} aria-controls={id} className="fold-head">
        <Group gap="xs" wrap="nowrap" align="center">
          <Icon name={opened ? 'down' : 'right'} size={14} />
          <Group gap="xs" style={{ flex: 1, minWidth: 0 }}>
            {head}
          </Group>
        </Group>
      </UnstyledButton>
      <Collapse expanded={opened} id={id}>
        {opened && <div style={{ padding: '0 12px 12px' }}>{children}</div>}
      </Collapse>
    </Card>
  );
}
