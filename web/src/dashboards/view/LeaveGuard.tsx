/** Asks before unsaved changes are left behind: in the application, and when the tab closes. */
import { Button, Group, Modal, Text } from '@mantine/core';
import { useEffect } from 'react';
import { useBlocker } from 'react-router-dom';

import { messages, useT } from '../../lib/i18n';

const texts = messages({
  title: ['Leave without saving?', '저장하지 않고 나갈까요?'],
  text: ['The changes of this dashboard are not saved.', '이 대시보드의 변경 내용이 저장되지 않았습니다.'],
  leave: ['Leave', '나가기'],
  stay: ['Stay', '머무르기'],
  close: ['Close', '닫기'],
});

/** A navigation with this state follows a save: it is never held up. */
export const AFTER_SAVE = { saved: true };

function followsSave(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'saved' in state;
}

export function LeaveGuard({ dirty }: { dirty: boolean }) {
  const t = useT(texts);
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => dirty && currentLocation.pathname !== nextLocation.pathname && !followsSave(nextLocation.state),
  );
  useEffect(() => {
    if (!dirty) return undefined;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [dirty]);
  if (blocker.state !== 'blocked') return null;
  return (
    <Modal opened onClose={() => blocker.reset()} title={t('title')} closeButtonProps={{ 'aria-label': t('close') }}>
      <Text size="sm">{t('text')}</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => blocker.reset()}>
          {t('stay')}
        </Button>
        <Button color="red" onClick={() => blocker.proceed()}>
          {t('leave')}
        </Button>
      </Group>
    </Modal>
  );
}
