/** Queries that were run here, newest first, each once. */
import { readStored, writeStored } from '../../lib/stored';

const KEPT_MAX = 100;

export function readHistory(): string[] {
  const stored = readStored<unknown>('history', []);
  return Array.isArray(stored) ? stored.filter((entry): entry is string => typeof entry === 'string') : [];
}

export function remember(expr: string, history: readonly string[] = readHistory()): string[] {
  const trimmed = expr.trim();
  if (trimmed === '') return [...history];
  const next = [trimmed, ...history.filter((entry) => entry !== trimmed)].slice(0, KEPT_MAX);
  writeStored('history', next);
  return next;
}

export function forgetAll(): void {
  writeStored('history', []);
}
