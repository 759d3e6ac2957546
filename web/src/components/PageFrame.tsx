/** The head of a page: its one `h1`, a sentence on what it is for, and its actions. Also names the browser's tab. */
import { Box, Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { pageOptions } from '../lib/base';

interface Props {
  title: string;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function PageFrame({ title, about, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · ${pageOptions().title}`;
  }, [title]);
  return (
    <Box p={{ base: 'sm', sm: 'md' }}>
      <Group justify="space-between" align="flex-start" mb="md" gap="sm">
        <Stack gap={2} style={{ flex: '1 1 280px' }}>
          <Title order={1} size="h3">
            {title}
          </Title>
          {about && (
            <Text c="dimmed" size="sm" component="div">
              {about}
            </Text>
          )}
        </Stack>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Box>
  );
}
