/** The choice of a role, with what each may do. */
import { NativeSelect } from '@mantine/core';
import { ROLES, type Role } from '../api/accounts';
import { messages, useT } from '../lib/i18n';

const texts = messages({
  None: ['None: nothing', 'None: 권한 없음'],
  Viewer: ['Viewer: looks', 'Viewer: 보기'],
  Editor: ['Editor: edits dashboards', 'Editor: 대시보드 편집'],
  Admin: ['Admin: everything', 'Admin: 모든 권한'],
});

interface Props {
  value: Role;
  onChange: (role: Role) => void;
  /** Shown above; without it `name` is read out only. */
  label?: string;
  name?: string;
  size?: 'xs' | 'sm';
  disabled?: boolean;
}

export function RoleSelect({ value, onChange, label, name, size, disabled }: Props) {
  const t = useT(texts);
  return (
    <NativeSelect
      label={label}
      aria-label={name}
      size={size}
      disabled={disabled}
      data={ROLES.map((role) => ({ value: role, label: t(role) }))}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as Role)}
    />
  );
}
