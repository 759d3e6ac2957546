/** Rules as text for the backtest, and its answer as bands and rows. */
import type { AlertingRule, RuleGroup } from '../../api/status';
import { formatDuration } from '../../lib/durations';

type Labels = Readonly<Record<string, string>>;

export interface Span {
  state: string;
  from: string;
  to: string;
}

export interface BacktestResult {
  rules: readonly { group: string; name: string; firings?: number; alerts: readonly { labels: Labels; spans: readonly Span[] }[] }[];
  notifications?: readonly {
    at: string;
    receiver: string;
    integration: string;
    reason?: string;
    firing: readonly Labels[];
    resolved: readonly Labels[];
  }[];
  quiet?: { inhibited: number; muted: number };
  truncated?: boolean;
}

const json = (text: string) => JSON.stringify(text);

/** A rule file with one rule. JSON's strings are YAML's too, so no text can break out of its place. */
export function ruleFile(rule: Pick<AlertingRule, 'name' | 'query' | 'duration' | 'keepFiringFor' | 'labels' | 'annotations'>, interval: number): string {
  const lines = ['groups:', '  - name: backtest', `    interval: ${formatDuration(Math.max(interval, 1) * 1000)}`, '    rules:'];
  lines.push(`      - alert: ${json(rule.name)}`, `        expr: ${json(rule.query)}`);
  if (rule.duration > 0) lines.push(`        for: ${formatDuration(rule.duration * 1000)}`);
  if (rule.keepFiringFor > 0) lines.push(`        keep_firing_for: ${formatDuration(rule.keepFiringFor * 1000)}`);
  for (const [key, map] of [['labels', rule.labels], ['annotations', rule.annotations]] as const) {
    const entries = Object.entries(map ?? {});
    if (entries.length === 0) continue;
    lines.push(`        ${key}:`, ...entries.map(([name, value]) => `          ${json(name)}: ${json(value)}`));
  }
  return `${lines.join('\n')}\n`;
}

export const EXAMPLE = ruleFile(
  { name: 'TargetDown', query: 'up == 0', duration: 60, keepFiringFor: 0, labels: { severity: 'critical' }, annotations: {} },
  15,
);

/** Finds an alerting rule by name. */
export function findRule(groups: readonly RuleGroup[], name: string): { rule: AlertingRule; interval: number } | undefined {
  for (const group of groups) {
    const rule = group.rules.find((one): one is AlertingRule => one.type === 'alerting' && one.name === name);
    if (rule) return { rule, interval: group.interval };
  }
  return undefined;
}

/** Every expression of a rule file, in order: of quoted and of plain one-line form. */
export function expressionsOf(text: string): string[] {
  return [...text.matchAll(/^\s*(?:- )?expr:\s*(.+)$/gm)].flatMap(([, raw = '']) => {
    const trimmed = raw.trim();
    if (/^[|>]/.test(trimmed)) return [];
    if (!trimmed.startsWith('"')) return [trimmed.replace(/^'(.*)'$/, (_, inner: string) => inner.replace(/''/g, "'"))];
    try {
      return [String(JSON.parse(trimmed))];
    } catch {
      return [];
    }
  });
}

/** The left side of a comparison: what is worth drawing, for an alert's expression is empty while all is well. */
export function drawnExpr(expr: string): string {
  const match = /^(.*?[^<>=!~\s])\s*(?:==|!=|>=|<=|>|<)\s*(?:bool\s+)?[-+]?(?:0x[\da-f]+|[\d._]+(?:e[-+]?\d+)?)\s*$/is.exec(expr.trim());
  const left = match?.[1]?.trim();
  const balanced = (text: string) => [...text].reduce((depth, c) => depth + ('({['.includes(c) ? 1 : ')}]'.includes(c) ? -1 : 0), 0) === 0;
  return left && balanced(left) && !/\b(and|or|unless)\b/.test(expr) ? left : expr;
}

export interface Band {
  fromMs: number;
  toMs: number;
  color: string;
}

/** Spans behind the graph: pending pale, firing strong. */
export function bandsOf(result: BacktestResult): Band[] {
  const spans = result.rules.flatMap((rule) => rule.alerts.flatMap((alert) => alert.spans));
  return spans.flatMap((span) => {
    const color = span.state === 'firing' ? 'rgba(224, 49, 49, 0.22)' : span.state === 'pending' ? 'rgba(240, 140, 0, 0.16)' : undefined;
    return color ? [{ fromMs: Date.parse(span.from), toMs: Date.parse(span.to), color }] : [];
  });
}
