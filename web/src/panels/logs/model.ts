/** Log lines from frames: time, text, labels, level. Pure. */
import type { PanelFrame } from '../contract';

/** A line. */
export interface LogLine {
  time: number;
  text: string;
  labels: Readonly<Record<string, string>>;
  level: string;
}

/** Lines shown at most. */
export const LINES_MAX = 2000;

/** Lines, newest first unless `ascending`. The text is the column named `Line`, `body` or `message`, else the first text column. */
export function logLines(frames: readonly PanelFrame[], ascending: boolean): LogLine[] {
  const lines = frames.flatMap((frame) => {
    const time = frame.fields.find((field) => field.type === 'time');
    const text =
      frame.fields.find((field) => field.type === 'string' && /^(?:line|body|message)$/i.test(field.name)) ??
      frame.fields.find((field) => field.type === 'string') ??
      frame.fields.find((field) => field.type === 'number');
    if (text === undefined) return [];
    const others = frame.fields.filter((field) => field !== time && field !== text && field.type === 'string');
    return text.values.map((value, row): LogLine => {
      const labels = { ...text.labels, ...Object.fromEntries(others.map((field) => [field.name, String(field.values[row] ?? '')])) };
      return {
        time: Number(time?.values[row] ?? 0),
        text: text.type === 'number' ? `${text.title} ${text.display(value).text}` : String(value ?? ''),
        labels,
        level: levelOf(labels, String(value ?? '')),
      };
    });
  });
  return lines.sort((a, b) => (ascending ? a.time - b.time : b.time - a.time)).slice(0, LINES_MAX);
}

/** The level that a label or the text tells. */
export function levelOf(labels: Readonly<Record<string, string>>, text: string): string {
  const told =
    labels['level'] ??
    labels['detected_level'] ??
    labels['severity'] ??
    /\b(?:level|severity|lvl)["']?\s*[=:]\s*["']?(\w+)/i.exec(text)?.[1] ??
    /\b(FATAL|CRITICAL|ERROR|WARN(?:ING)?|INFO|DEBUG|TRACE)\b/.exec(text)?.[1] ??
    '';
  const word = told.toLowerCase();
  if (/^(?:fatal|crit|critical|emerg|alert|panic)/.test(word)) return 'critical';
  if (/^err/.test(word)) return 'error';
  if (/^warn/.test(word)) return 'warning';
  return ['info', 'debug', 'trace'].find((level) => word.startsWith(level)) ?? '';
}
