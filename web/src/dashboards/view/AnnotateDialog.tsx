/** A form for an annotation at a moment of a graph. */
import { Button, Group, Modal, Stack, TextInput, Textarea } from '@mantine/core';
import { useState } from 'react';

import { ErrorBox } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { formatTime } from '../../panels/zone';
import { createAnnotation } from '../api';

const texts = messages({
  title: ['Annotation at {time}', '{time} 주석'],
  text: ['What happened', '내용'],
  tags: ['Tags, separated by commas', '태그 (쉼표로 구분)'],
  save: ['Save', '저장'],
  close: ['Close', '닫기'],
});

interface Props {
  time: number;
  dashboardUid: string;
  zone: string;
  close(): void;
  /** After the server has kept it. */
  kept(): void;
}

export function AnnotateDialog({ time, dashboardUid, zone, close, kept }: Props) {
  const t = useT(texts);
  const [text, setText] = useState('');
  const [tags, setTags] = useState('');
  const [error, setError] = useState<unknown>();
  const save = (): void => {
    const list = tags
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== '');
    createAnnotation({ dashboardUID: dashboardUid, time, text, tags: list }).then(() => {
      kept();
      close();
    }, setError);
  };
  return (
    <Modal
      opened
      onClose={close}
      title={t('title', { time: formatTime(time, 'YYYY-MM-DD HH:mm:ss', zone) })}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Stack gap="sm">
          <Textarea
            label={t('text')}
            required
            autosize
            minRows={2}
            data-autofocus
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <TextInput label={t('tags')} value={tags} onChange={(event) => setTags(event.currentTarget.value)} />
          {error !== undefined && <ErrorBox error={error} />}
          <Group justify="flex-end">
            <Button type="submit">{t('save')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
