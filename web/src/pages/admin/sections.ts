/** The parts of administration: their addresses, names, and who may use them. */
import { type Text, messages } from '../../lib/i18n';

export interface Section {
  /** Below `/admin/`. */
  path: string;
  title: Text;
  about: Text;
}

const titles = messages({
  users: ['Users', '사용자'],
  teams: ['Teams', '팀'],
  serviceAccounts: ['Service accounts', '서비스 계정'],
  dataSources: ['Data sources', '데이터 소스'],
  organisation: ['Organisation', '조직'],
  reports: ['Reports', '보고서'],
  audit: ['Audit log', '감사 기록'],
});

const abouts = messages({
  users: ['Who can log in, and what they may do.', '로그인할 수 있는 사람과 권한입니다.'],
  teams: ['Who belongs together, and which series each team sees.', '팀 구성원과 팀마다 볼 수 있는 시계열입니다.'],
  serviceAccounts: ['Accounts of programs, and the tokens they log in with.', '프로그램이 쓰는 계정과 로그인용 토큰입니다.'],
  dataSources: ['Where dashboards get their data.', '대시보드가 데이터를 가져오는 곳입니다.'],
  organisation: ['What applies to everybody who has not chosen otherwise.', '따로 고르지 않은 모든 사람에게 적용됩니다.'],
  reports: ['Dashboards that are mailed on a schedule.', '정해진 시각에 메일로 보내는 대시보드입니다.'],
  audit: ['Who changed what, newest first, kept for half a year.', '누가 무엇을 바꾸었는지 최신순으로 보여 주며 반년간 보관합니다.'],
});

export const SECTIONS = [
  { path: 'users', title: titles.users, about: abouts.users },
  { path: 'teams', title: titles.teams, about: abouts.teams },
  { path: 'service-accounts', title: titles.serviceAccounts, about: abouts.serviceAccounts },
  { path: 'data-sources', title: titles.dataSources, about: abouts.dataSources },
  { path: 'organisation', title: titles.organisation, about: abouts.organisation },
  { path: 'reports', title: titles.reports, about: abouts.reports },
  { path: 'audit', title: titles.audit, about: abouts.audit },
] as const satisfies readonly Section[];

export type SectionPath = (typeof SECTIONS)[number]['path'];

/** The section at an address; the first for `/admin` and for what is not known. */
export function sectionAt(pathname: string): (typeof SECTIONS)[number] {
  const word = pathname.split('/')[2] ?? '';
  return SECTIONS.find((section) => section.path === word) ?? SECTIONS[0];
}
