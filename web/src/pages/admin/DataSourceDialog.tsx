/** The form of a data source: the fields of its kind, saved and tried at once. */
import { Button, Group, Modal, NativeSelect, PasswordInput, Stack, Switch, Text, TextInput, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { getDataSource, saveDataSource, testDataSource } from '../../api/dataSources';
import { StateBadge } from '../../components/StateBadge';
import { Asked, ErrorBox } from '../../components/states';
import { messages, translate, useLanguage, useT } from '../../lib/i18n';
import { type SourceForm, formOfSource, missingFields, newForm, put, shownFields, toWritten, valueAt } from './dataSourceForm';
import { type Field, KINDS } from './dataSourceKinds';

const texts = messages({
  newTitle: ['New data source', '데이터 소스 추가'],
  editTitle: ['Data source', '데이터 소스'],
  close: ['Close', '닫기'],
  kind: ['Kind', '종류'],
  name: ['Name', '이름'],
  standard: ['The default of new panels', '새 패널의 기본값'],
  held: ['set; leave empty to keep it', '설정됨. 그대로 두려면 비워 두세요'],
  missing: ['This is needed', '꼭 필요합니다'],
  save: ['Save and test', '저장하고 시험'],
  saved: ['Saved.', '저장했습니다.'],
});

/** `uid` is empty for a new one. */
export function DataSourceDialog({ uid, onClose }: { uid: string; onClose: () => void }) {
  const t = useT(texts);
  const result = useQuery({
    queryKey: ['data source', uid],
    enabled: uid !== '',
    queryFn: ({ signal }) => getDataSource(uid, signal),
    // What is being edited must not change under the hands.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  return (
    <Modal opened onClose={onClose} size="lg" title={uid ? t('editTitle') : t('newTitle')} closeButtonProps={{ 'aria-label': t('close') }}>
      {uid ? <Asked result={result}>{(source) => <Editor start={formOfSource(source)} />}</Asked> : <Editor start={newForm('prometheus')} />}
    </Modal>
  );
}

function Editor({ start }: { start: SourceForm }) {
  const t = useT(texts);
  const queries = useQueryClient();
  const [form, setForm] = useState(start);
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: async () => {
      const uid = await saveDataSource(toWritten(form));
      return { uid, health: await testDataSource(uid) };
    },
    onSuccess: ({ uid }) => {
      // Typed secrets are the server's now; the next save is of the version after this one.
      setForm({ ...form, uid, version: undefined, secure: {}, set: new Set([...form.set, ...Object.keys(toWritten(form).secureJsonData)]) });
      return queries.invalidateQueries({ queryKey: ['data source list'] });
    },
  });
  const missing = new Set(tried ? missingFields(form).map((field) => field.at) : []);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (missingFields(form).length === 0) save.mutate();
      }}
    >
      <Stack gap="sm">
        {form.uid === undefined && (
          <NativeSelect
            label={t('kind')}
            data={KINDS.map((kind) => ({ value: kind.type, label: kind.name }))}
            value={form.type}
            onChange={(event) => setForm(newForm(event.currentTarget.value, form.name))}
          />
        )}
        <TextInput data-autofocus label={t('name')} required value={form.name} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} />
        {shownFields(form).map((field) => (
          <Input key={field.at} field={field} form={form} error={missing.has(field.at) ? t('missing') : undefined} onChange={setForm} />
        ))}
        <Switch label={t('standard')} checked={form.isDefault} onChange={(event) => setForm({ ...form, isDefault: event.currentTarget.checked })} />
        {save.error && <ErrorBox error={save.error} />}
        {save.data && (
          <Group gap="xs" role="status" wrap="nowrap" data-testid="saved">
            <StateBadge state={save.data.health.ok ? 'ok' : 'err'} />
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {t('saved')} {save.data.health.message}
            </Text>
          </Group>
        )}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            {t('save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface InputProps {
  field: Field;
  form: SourceForm;
  error?: string;
  onChange: (form: SourceForm) => void;
}

function Input({ field, form, error, onChange }: InputProps) {
  const t = useT(texts);
  const { language } = useLanguage();
  const label = translate(field.label, language);
  const value = valueAt(form, field.at);
  const text = value === undefined || value === null ? '' : String(value);
  const set = (next: unknown) => onChange(put(form, field.at, next));
  const isHeld = form.set.has(field.at.replace(/^secure\./, ''));
  const common = { label, error, placeholder: isHeld ? t('held') : field.hint, value: text };
  switch (field.as) {
    case 'switch':
      return <Switch label={label} checked={value === true} onChange={(event) => set(event.currentTarget.checked)} />;
    case 'choice':
      return <NativeSelect label={label} data={[...(field.choices ?? [])]} value={text} onChange={(event) => set(event.currentTarget.value)} />;
    case 'secret':
      return <PasswordInput {...common} autoComplete="new-password" onChange={(event) => set(event.currentTarget.value)} />;
    case 'lines':
      return <Textarea {...common} autosize minRows={2} maxRows={8} ff="monospace" onChange={(event) => set(event.currentTarget.value)} />;
    case 'number':
      return <TextInput {...common} inputMode="numeric" onChange={(event) => set(toNumber(event.currentTarget.value))} />;
    case 'text':
    case undefined:
      return <TextInput {...common} withAsterisk={field.required} onChange={(event) => set(event.currentTarget.value)} />;
  }
}

/** A count as it is typed: digits alone are kept, none is nothing. */
function toNumber(text: string): number | undefined {
  const digits = text.replace(/\D/g, '');
  return digits === '' ? undefined : Number(digits);
}
