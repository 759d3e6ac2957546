/** Lists of people: joined, searched. */
import type { Member, ServerUser } from '../../api/accounts';

export interface UserRow extends Member {
  runsServer: boolean;
}

/** Members with what only those who run the server know about them. */
export function joinUsers(members: readonly Member[], server: readonly ServerUser[]): UserRow[] {
  const admins = new Set(server.filter((user) => user.isAdmin).map((user) => user.id));
  return members.map((member) => ({ ...member, authLabels: member.authLabels ?? [], runsServer: admins.has(member.userId) }));
}

/** Those whose login, name or address holds all words of a search. */
export function findUsers<T extends Pick<Member, 'login' | 'name' | 'email'>>(users: readonly T[], search: string): T[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return users.filter((user) => {
    const text = `${user.login} ${user.name} ${user.email}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
