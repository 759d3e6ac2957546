/** `/admin/…`: people, teams, tokens, data sources, and what was changed. */
import { Button, Group } from '@mantine/core';
import type { ComponentType, ReactNode } from 'react';
import { Link, useLocation } from 'react-router-dom';
import { PageFrame } from '../../components/PageFrame';
import { isAdmin, usePerson } from '../../components/person';
import { Empty, Loading } from '../../components/states';
import { messages, translate, useLanguage, useT } from '../../lib/i18n';
import { AuditView } from './AuditView';
import { DataSourcesView } from './DataSourcesView';
import { OrganisationView } from './OrganisationView';
import { ReportsView } from './ReportsView';
import { ServiceAccountsView } from './ServiceAccountsView';
import { TeamsView } from './TeamsView';
import { UsersView } from './UsersView';
import { SECTIONS, type SectionPath, sectionAt } from './sections';

const texts = messages({
  sections: ['Sections of administration', '관리 항목'],
  login: ['Log in first', '먼저 로그인하세요'],
  loginText: ['These pages are for administrators.', '관리자용 화면입니다.'],
  loginNow: ['Log in', '로그인'],
  denied: ['This needs the role Admin', '관리자(Admin) 역할이 필요합니다'],
  deniedText: ['You are logged in as {login} with the role {role}. An administrator can change it under Users.', '{role} 역할의 {login} 계정으로 로그인했습니다. 관리자가 사용자 화면에서 바꿀 수 있습니다.'],
});

const VIEWS: Readonly<Record<SectionPath, ComponentType>> = {
  users: UsersView,
  teams: TeamsView,
  'service-accounts': ServiceAccountsView,
  'data-sources': DataSourcesView,
  organisation: OrganisationView,
  reports: ReportsView,
  audit: AuditView,
};

export default function AdminPage() {
  const t = useT(texts);
  const { language } = useLanguage();
  const { pathname } = useLocation();
  const section = sectionAt(pathname);
  const View = VIEWS[section.path];
  return (
    <PageFrame title={translate(section.title, language)} about={translate(section.about, language)}>
      <Group component="nav" gap={4} mb="md" aria-label={t('sections')}>
        {SECTIONS.map((one) => (
          <Button
            key={one.path}
            size="compact-sm"
            variant={one === section ? 'light' : 'subtle'}
            color={one === section ? undefined : 'gray'}
            component={Link}
            to={`/admin/${one.path}`}
            aria-current={one === section ? 'page' : undefined}
          >
            {translate(one.title, language)}
          </Button>
        ))}
      </Group>
      <Admitted>
        <View key={section.path} />
      </Admitted>
    </PageFrame>
  );
}

/** What is inside is for administrators: others are told what they lack instead of being shown errors. */
function Admitted({ children }: { children: ReactNode }) {
  const t = useT(texts);
  const person = usePerson();
  const { pathname, search } = useLocation();
  if (person === undefined) return <Loading />;
  if (person === null) {
    const login = (
      <Button component={Link} to={`/login?redirectTo=${encodeURIComponent(pathname + search)}`}>
        {t('loginNow')}
      </Button>
    );
    return (
      <Empty title={t('login')} action={login}>
        {t('loginText')}
      </Empty>
    );
  }
  if (!isAdmin(person)) {
    return <Empty title={t('denied')}>{t('deniedText', { login: person.login, role: person.orgRole ?? '' })}</Empty>;
  }
  return children;
}
