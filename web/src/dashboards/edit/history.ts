/** Undo and redo. Pure. */

/** A value with what it was, and what it was going to be. */
export interface History<T> {
  past: readonly T[];
  present: T;
  future: readonly T[];
  /** Changes of one group within a moment (typing in a field) are one step. */
  group: string;
}

/** Steps kept. */
const STEPS_MAX = 100;

/** A history that begins here. */
export function beginHistory<T>(present: T): History<T> {
  return { past: [], present, future: [], group: '' };
}

/** The history after a change; with the same non-empty `group` as the last one it joins that step. */
export function changed<T>(history: History<T>, next: T, group = ''): History<T> {
  if (next === history.present) return history;
  const joins = group !== '' && group === history.group;
  return { past: joins ? history.past : [...history.past, history.present].slice(-STEPS_MAX), present: next, future: [], group };
}

/** One step back. */
export function undone<T>(history: History<T>): History<T> {
  const last = history.past.at(-1);
  return last === undefined
    ? history
    : { past: history.past.slice(0, -1), present: last, future: [history.present, ...history.future], group: '' };
}

/** One step forward again. */
export function redone<T>(history: History<T>): History<T> {
  const [next, ...rest] = history.future;
  return next === undefined ? history : { past: [...history.past, history.present], present: next, future: rest, group: '' };
}
