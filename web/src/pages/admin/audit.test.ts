import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../api/accounts';
import { findEntries } from './audit';

const entry = (id: number, actor: string, target: string): AuditEntry => ({ id, time: '', actor, client: '', action: 'POST', target, status: '200' });
const LOG = [entry(3, 'admin', '/api/folders'), entry(2, '김하늘', '/api/teams/1'), entry(1, '-', '/login')];

describe('the audit log', () => {
  it.each([
    ['', '', [3, 2, 1]],
    ['ADMIN', '', [3]],
    ['하늘', 'teams', [2]],
    ['', ' /login ', [1]],
    ['admin', 'teams', []],
  ])('by %j and %j shows %j', (actor, target, ids) => {
    expect(findEntries(LOG, actor, target).map((one) => one.id)).toEqual(ids);
  });
});
