/** What to do about a metric or label with too many series: the lines of configuration that drop it. */
import { quote } from '../../lib/labels';

/** What is dropped: a metric, a label of all metrics, or series with a label's value. */
export type DropTarget = { kind: 'metric'; name: string } | { kind: 'label'; name: string } | { kind: 'pair'; name: string; value: string };

/** A regular expression that matches exactly this text. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** YAML in single quotes: nothing but the quote itself needs care. */
const single = (text: string) => `'${text.replace(/'/g, "''")}'`;

/** A `metric_relabel_configs` section; it takes effect for new samples once the configuration is reloaded. */
export function dropRule(target: DropTarget): string {
  const lines = ['metric_relabel_configs:'];
  if (target.kind === 'label') {
    lines.push('  - action: labeldrop', `    regex: ${single(escapeRegex(target.name))}`);
  } else {
    const [label, value] = target.kind === 'metric' ? ['__name__', target.name] : [target.name, target.value];
    lines.push(`  - source_labels: [${single(label)}]`, `    regex: ${single(escapeRegex(value))}`, '    action: drop');
  }
  return `${lines.join('\n')}\n`;
}

/** `name=value` as the server writes a pair; a value may hold `=`. */
export function parsePair(text: string): { name: string; value: string } {
  const at = text.indexOf('=');
  return at < 0 ? { name: text, value: '' } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** A selector of all series that the rule would drop, where one can be written. */
export function selectorOf(target: DropTarget): string {
  if (target.kind === 'metric') return `{__name__=${quote(target.name)}}`;
  const name = /^[a-zA-Z_]\w*$/.test(target.name) ? target.name : quote(target.name);
  return target.kind === 'label' ? `{${name}!=""}` : `{${name}=${quote(target.value)}}`;
}

/** How fast series of each metric come into being: created since the start of the range, by metric name. */
export function growthQuery(target: DropTarget, by: string): string {
  return `count by (${by}) (${selectorOf(target)})`;
}
