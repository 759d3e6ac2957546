/**
 * Stands in for `@grafana/i18n`, which would bring i18next (40 KB gzip) for the English names of units that are `t`'s second argument.
 *
 * `vite.config.ts` puts this file in its place. Our own texts are in `lib/i18n`.
 */

/** The English text with its parameters put in. */
export function t(_key: string, text: string, values: Readonly<Record<string, unknown>> = {}): string {
  return text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}
