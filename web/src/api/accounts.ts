/**
 * People, teams, tokens, data sources and what was changed, as Grafana's HTTP API tells them.
 *
 * Passwords, tokens and secrets travel to the server only; the one exception is a new token's key, which is told once.
 */
import { send } from './client';

/** What somebody may do in the organisation. */
export type Role = 'None' | 'Viewer' | 'Editor' | 'Admin';
export const ROLES: readonly Role[] = ['None', 'Viewer', 'Editor', 'Admin'];

/** A person as the organisation lists one. */
export interface Member {
  userId: number;
  login: string;
  name: string;
  email: string;
  role: Role;
  isDisabled: boolean;
  lastSeenAt: string;
  /** Who says who this is, where it is not us. */
  authLabels: readonly string[];
}

/** A person as those who run the server see one. */
export interface ServerUser {
  id: number;
  login: string;
  isAdmin: boolean;
}

export interface NewUser {
  login: string;
  name: string;
  email: string;
  password: string;
  role: Role;
}

export interface Team {
  id: number;
  name: string;
  email: string;
  memberCount: number;
  /** The series that its members see; empty for all. */
  selector: string;
}

export interface TeamMember {
  userId: number;
  login: string;
  name: string;
  email: string;
  /** 4 for those who run the team. */
  permission: number;
}

export interface ServiceAccount {
  id: number;
  name: string;
  login: string;
  role: Role;
  isDisabled: boolean;
  tokens: number;
}

export interface Token {
  id: number;
  name: string;
  created: string;
  lastUsedAt: string | null;
  expiration: string | null;
  hasExpired: boolean;
}

export interface Session {
  id: number;
  isActive: boolean;
  clientIp: string;
  device: string;
  createdAt: string;
  seenAt: string;
}

/** Empty words mean "as the organisation has it", and there "as the program has it". */
export interface Preferences {
  theme?: string;
  language?: string;
  timezone?: string;
  weekStart?: string;
  homeDashboardUID?: string;
}

export interface AuditEntry {
  id: number;
  time: string;
  actor: string;
  client: string;
  action: string;
  target: string;
  status: string;
}

const at = (...parts: readonly (string | number)[]) => `/api/${parts.map((part) => encodeURIComponent(part)).join('/')}`;

async function ask<T>(path: string, query: Record<string, string | number | undefined> = {}, signal?: AbortSignal): Promise<T> {
  return (await send(path, { query, signal })) as T;
}

async function act<T = void>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
  return (await send(path, { method, body })) as T;
}

/** Everybody, for administrators of the organisation. */
export const listMembers = (signal?: AbortSignal) => ask<Member[]>('/api/org/users', {}, signal);
/** Everybody with what only those who run the server may know. */
export const listServerUsers = (signal?: AbortSignal) => ask<ServerUser[]>('/api/users', { perpage: 1000 }, signal);
export const createUser = (user: NewUser) => act<{ id: number }>('POST', '/api/admin/users', user);
export const renameUser = (id: number, names: { login: string; name: string; email: string }) => act('PUT', at('users', id), names);
export const setRole = (id: number, role: Role) => act('PATCH', at('org', 'users', id), { role });
export const setPassword = (id: number, password: string) => act('PUT', at('admin', 'users', id, 'password'), { password });
export const setServerAdmin = (id: number, isGrafanaAdmin: boolean) => act('PUT', at('admin', 'users', id, 'permissions'), { isGrafanaAdmin });
export const setDisabled = (id: number, disabled: boolean) => act('POST', at('admin', 'users', id, disabled ? 'disable' : 'enable'));
export const endSessions = (id: number) => act('POST', at('admin', 'users', id, 'logout'));
export const deleteUser = (id: number) => act('DELETE', at('admin', 'users', id));

export const listTeams = async (signal?: AbortSignal) => (await ask<{ teams: Team[] }>('/api/teams/search', { perpage: 1000 }, signal)).teams;
export const createTeam = (team: Pick<Team, 'name' | 'email' | 'selector'>) => act<{ teamId: number }>('POST', '/api/teams', team);
export const changeTeam = (id: number, team: Pick<Team, 'name' | 'email' | 'selector'>) => act('PUT', at('teams', id), team);
export const deleteTeam = (id: number) => act('DELETE', at('teams', id));
export const listTeamMembers = (id: number, signal?: AbortSignal) => ask<TeamMember[]>(at('teams', id, 'members'), {}, signal);
export const addTeamMember = (id: number, userId: number) => act('POST', at('teams', id, 'members'), { userId });
export const setTeamAdmin = (id: number, userId: number, runs: boolean) => act('PUT', at('teams', id, 'members', userId), { permission: runs ? 4 : 0 });
export const removeTeamMember = (id: number, userId: number) => act('DELETE', at('teams', id, 'members', userId));

export const listServiceAccounts = async (signal?: AbortSignal) =>
  (await ask<{ serviceAccounts: ServiceAccount[] }>('/api/serviceaccounts/search', { perpage: 1000 }, signal)).serviceAccounts;
export const createServiceAccount = (name: string, role: Role) => act<ServiceAccount>('POST', '/api/serviceaccounts', { name, role });
export const changeServiceAccount = (id: number, change: { role?: Role; isDisabled?: boolean }) => act('PATCH', at('serviceaccounts', id), change);
export const deleteServiceAccount = (id: number) => act('DELETE', at('serviceaccounts', id));
export const listTokens = (id: number, signal?: AbortSignal) => ask<Token[]>(at('serviceaccounts', id, 'tokens'), {}, signal);
/** Makes a token. `secondsToLive` 0: it does not expire. The key is told now and never again. */
export const createToken = (id: number, name: string, secondsToLive: number) => act<{ key: string }>('POST', at('serviceaccounts', id, 'tokens'), { name, secondsToLive });
export const deleteToken = (id: number, token: number) => act('DELETE', at('serviceaccounts', id, 'tokens', token));

export const changeOwnNames = (names: { login: string; name: string; email: string }) => act('PUT', '/api/user', names);
export const changeOwnPassword = (oldPassword: string, newPassword: string) => act('PUT', '/api/user/password', { oldPassword, newPassword, confirmNew: newPassword });
export const listOwnSessions = (signal?: AbortSignal) => ask<Session[]>('/api/user/auth-tokens', {}, signal);
export const endOwnSession = (authTokenId: number) => act('POST', '/api/user/revoke-auth-token', { authTokenId });
export const listOwnTeams = (signal?: AbortSignal) => ask<{ id: number; name: string }[]>('/api/user/teams', {}, signal);

/** Whose preferences: one's own, or those of everybody who has none. */
export type Whose = 'user' | 'org';
export const getPreferences = (whose: Whose, signal?: AbortSignal) => ask<Preferences>(at(whose, 'preferences'), {}, signal);
export const changePreferences = (whose: Whose, preferences: Preferences) => act('PATCH', at(whose, 'preferences'), preferences);

/** What was changed, newest first; `before` is the id below which entries are wanted. */
export const listAudit = (before: number, limit: number, filter: { actor?: string; target?: string }, signal?: AbortSignal) =>
  ask<AuditEntry[]>('/api/bongsu/audit', { before: before || undefined, limit, ...filter }, signal);
