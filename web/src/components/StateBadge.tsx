/** The states of targets, rules and alerts in their colours, always with the word: colour alone tells nothing to many. */
import { Badge } from '@mantine/core';
import { messages, useT } from '../lib/i18n';

const texts = messages({
  up: ['up', '정상'],
  down: ['down', '중단'],
  unknown: ['unknown', '미확인'],
  ok: ['ok', '정상'],
  err: ['error', '오류'],
  firing: ['firing', '발생'],
  pending: ['pending', '대기'],
  inactive: ['inactive', '비활성'],
  active: ['active', '활성'],
  suppressed: ['suppressed', '억제됨'],
  unprocessed: ['unprocessed', '처리 전'],
  expired: ['expired', '만료'],
  silenced: ['silenced', '무음'],
  inhibited: ['inhibited', '억제'],
  muted: ['muted', '시간 외'],
  acknowledged: ['acknowledged', '확인됨'],
});

export type BadgeState = keyof typeof texts;

const COLOURS: Readonly<Record<BadgeState, string>> = {
  up: 'green',
  ok: 'green',
  inactive: 'green',
  down: 'red',
  err: 'red',
  firing: 'red',
  active: 'red',
  pending: 'yellow',
  unknown: 'gray',
  suppressed: 'gray',
  unprocessed: 'gray',
  expired: 'gray',
  silenced: 'blue',
  inhibited: 'grape',
  muted: 'gray',
  acknowledged: 'teal',
};

export function isBadgeState(state: string): state is BadgeState {
  return state in texts;
}

export function StateBadge({ state, text }: { state: BadgeState; text?: string }) {
  const t = useT(texts);
  return (
    <Badge color={COLOURS[state]} variant="light" radius="sm" tt="none" className="state-badge" data-state-name={state} style={{ flexShrink: 0 }}>
      {text ?? t(state)}
    </Badge>
  );
}
