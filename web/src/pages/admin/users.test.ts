import { describe, expect, it } from 'vitest';
import type { Member } from '../../api/accounts';
import { findUsers, joinUsers } from './users';

const member = (userId: number, login: string, name = '', email = ''): Member => ({
  userId, login, name, email, role: 'Viewer', isDisabled: false, lastSeenAt: '', authLabels: [],
});

const PEOPLE = [member(1, 'admin', 'Admin', 'admin@localhost'), member(2, 'kim', '김하늘', 'sky@example.com'), member(3, 'lee', '이바다', 'SEA@example.com')];

describe('people', () => {
  it.each([
    ['', ['admin', 'kim', 'lee']],
    ['하늘', ['kim']],
    ['sea', ['lee']],
    ['example kim', ['kim']],
    ['kim lee', []],
    ['  ADMIN ', ['admin']],
  ])('are found by %j', (search, logins) => {
    expect(findUsers(PEOPLE, search).map((one) => one.login)).toEqual(logins);
  });

  it('know who runs the server, if the asker may know', () => {
    const server = [{ id: 1, login: 'admin', isAdmin: true }, { id: 2, login: 'kim', isAdmin: false }];
    expect(joinUsers(PEOPLE, server).map((one) => one.runsServer)).toEqual([true, false, false]);
    expect(joinUsers(PEOPLE, []).some((one) => one.runsServer)).toBe(false);
  });
});
