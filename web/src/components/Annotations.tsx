/** Annotations of an alert: text as text, addresses as links. */
import { Anchor, Table } from '@mantine/core';
import { safeLink } from '../lib/links';

export function Annotations({ annotations }: { annotations: Readonly<Record<string, string>> }) {
  const entries = Object.entries(annotations);
  if (entries.length === 0) return null;
  return (
    <Table verticalSpacing={2} withRowBorders={false} fz="sm">
      <Table.Tbody>
        {entries.map(([name, value]) => {
          const link = safeLink(value);
          return (
            <Table.Tr key={name}>
              <Table.Th scope="row" w={1} pr="md" style={{ verticalAlign: 'top', whiteSpace: 'nowrap' }}>
                {name}
              </Table.Th>
              <Table.Td style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
                {link ? (
                  <Anchor href={link} target="_blank" rel="noreferrer noopener" size="sm">
                    {value}
                  </Anchor>
                ) : (
                  value
                )}
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
