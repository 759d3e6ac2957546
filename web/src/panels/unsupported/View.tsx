/** A panel of a type that we do not draw: says so, and keeps its JSON for those who do. */
import { messages, useT } from '../../lib/i18n';

const texts = messages({
  title: ['Panels of type “{type}” are not drawn here', '“{type}” 유형의 패널은 표시할 수 없습니다'],
  kept: [
    'Its settings are kept and go out again with an export. Another visualization can be chosen in the panel’s editor.',
    '설정은 그대로 보존되고 내보낼 때 포함됩니다. 패널 편집에서 다른 시각화를 고를 수 있습니다.',
  ],
});

export function UnsupportedView({ type }: { type: string }) {
  const t = useT(texts);
  return (
    <div
      className="p-empty"
      data-testid="unsupported"
      style={{
        flexDirection: 'column',
        gap: 6,
        padding: 12,
        border: '1px dashed var(--mantine-color-default-border)',
        borderRadius: 4,
        boxSizing: 'border-box',
      }}
    >
      <strong>{t('title', { type })}</strong>
      <span>{t('kept')}</span>
    </div>
  );
}
