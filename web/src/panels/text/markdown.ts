/**
 * Markdown to HTML: headings, lists, tables, quotes, code, links, pictures, emphasis. HTML inside stays as written: the caller sanitises
 * the whole (`sanitize.ts`), so nothing here needs to be trusted.
 */

const BLOCK_HTML =
  /^<(?:\/?(?:div|p|table|thead|tbody|tr|td|th|ul|ol|li|h[1-6]|pre|blockquote|center|details|summary|section|br|hr|img|a|span|style|b|i|font)\b|!--)/i;

/** HTML of a Markdown text. */
export function markdownToHtml(markdown: string): string {
  return blocks(markdown.replaceAll('\r\n', '\n').split('\n')).join('\n');
}

function blocks(lines: string[]): string[] {
  const out: string[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const fence = /^(```+|~~~+)\s*(\S*)/.exec(line);
    const heading = /^(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
    if (line.trim() === '') {
      at += 1;
    } else if (fence !== null) {
      const end = lines.findIndex((other, index) => index > at && other.startsWith(fence[1] ?? '```'));
      const last = end < 0 ? lines.length : end;
      out.push(`<pre><code>${escapeHtml(lines.slice(at + 1, last).join('\n'))}</code></pre>`);
      at = last + 1;
    } else if (heading !== null) {
      const level = (heading[1] ?? '#').length;
      out.push(`<h${level}>${inline(heading[2] ?? '')}</h${level}>`);
      at += 1;
    } else if (/^\s*(?:[-*_]\s*){3,}$/.test(line)) {
      out.push('<hr>');
      at += 1;
    } else if (/^\s*>/.test(line)) {
      const end = endOf(lines, at, (other) => /^\s*>/.test(other));
      out.push(`<blockquote>${blocks(lines.slice(at, end).map((other) => other.replace(/^\s*>\s?/, ''))).join('')}</blockquote>`);
      at = end;
    } else if (/^\s*(?:[-*+]|\d{1,9}[.)])\s+/.test(line)) {
      const end = endOf(lines, at, (other) => other.trim() !== '' || false);
      out.push(list(lines.slice(at, end)));
      at = end;
    } else if (line.includes('|') && /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[at + 1] ?? '')) {
      const end = endOf(lines, at, (other) => other.includes('|'));
      out.push(table(lines.slice(at, end)));
      at = end;
    } else if (BLOCK_HTML.test(line.trim())) {
      const end = endOf(lines, at, (other) => other.trim() !== '');
      out.push(lines.slice(at, end).join('\n'));
      at = end;
    } else {
      const end = Math.max(
        at + 1,
        endOf(lines, at, (other) => other.trim() !== '' && !/^(?:#{1,6}\s|```|~~~|\s*>|\s*[-*+]\s)/.test(other)),
      );
      out.push(`<p>${inline(lines.slice(at, end).join('\n'))}</p>`);
      at = end;
    }
  }
  return out;
}

function endOf(lines: readonly string[], from: number, holds: (line: string) => boolean): number {
  let end = from;
  while (end < lines.length && holds(lines[end] ?? '')) end += 1;
  return end;
}

/** A list; deeper indented items make lists inside. */
function list(lines: string[]): string {
  const indentOf = (line: string): number => /^\s*/.exec(line)?.[0].length ?? 0;
  const base = indentOf(lines[0] ?? '');
  const ordered = /^\s*\d/.test(lines[0] ?? '');
  const items: { text: string; inner: string[] }[] = [];
  for (const line of lines) {
    const item = /^\s*(?:[-*+]|\d{1,9}[.)])\s+(.*)$/.exec(line);
    const last = items.at(-1);
    if (item !== null && indentOf(line) <= base + 1) items.push({ text: item[1] ?? '', inner: [] });
    else if (last !== undefined) last.inner.push(line);
  }
  const body = items
    .map(
      ({ text, inner }) =>
        `<li>${inline(text)}${inner.length === 0 ? '' : /^\s*(?:[-*+]|\d{1,9}[.)])\s/.test(inner[0] ?? '') ? list(inner) : ` ${inline(inner.map((line) => line.trim()).join(' '))}`}</li>`,
    )
    .join('');
  return ordered ? `<ol>${body}</ol>` : `<ul>${body}</ul>`;
}

function table(lines: string[]): string {
  const cells = (line: string): string[] =>
    line
      .trim()
      .replace(/^\||\|$/g, '')
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|'));
  const align = cells(lines[1] ?? '').map((rule) =>
    rule.startsWith(':') && rule.endsWith(':') ? 'center' : rule.endsWith(':') ? 'right' : 'left',
  );
  const row = (line: string, tag: string): string =>
    `<tr>${cells(line)
      .map((cell, index) => `<${tag} align="${align[index] ?? 'left'}">${inline(cell)}</${tag}>`)
      .join('')}</tr>`;
  return `<table><thead>${row(lines[0] ?? '', 'th')}</thead><tbody>${lines
    .slice(2)
    .map((line) => row(line, 'td'))
    .join('')}</tbody></table>`;
}

/** Code and links are taken out first, so that emphasis inside an address or code stays as it is. */
function inline(text: string): string {
  const kept: string[] = [];
  const keep = (html: string): string => `\u0001${kept.push(html) - 1}\u0002`;
  const attribute = (value: string): string => escapeHtml(value).replaceAll('"', '&quot;');
  let out = text
    .replaceAll(/[\u0001\u0002]/g, '')
    .replace(/`+([^`]+)`+/g, (_whole, code: string) => keep(`<code>${escapeHtml(code.trim())}</code>`))
    .replace(/!\[([^\]]*)\]\(\s*<?([^)\s>]+)>?(?:\s+"([^"]*)")?\s*\)/g, (_whole, alt: string, url: string, title?: string) =>
      keep(`<img src="${attribute(url)}" alt="${attribute(alt)}"${title === undefined ? '' : ` title="${attribute(title)}"`}>`),
    )
    .replace(
      /\[([^\]]+)\]\(\s*<?([^)\s>]+)>?(?:\s+"([^"]*)")?\s*\)/g,
      (_whole, label: string, url: string) => `${keep(`<a href="${attribute(url)}">`)}${label}${keep('</a>')}`,
    )
    .replace(/<[a-z/!][^>]*>/gi, (tag) => keep(tag))
    .replace(
      /(^|[\s(])(https?:\/\/[^\s<)\u0001]+)/g,
      (_whole, before: string, url: string) => `${before}${keep(`<a href="${attribute(url)}">${escapeHtml(url)}</a>`)}`,
    )
    .replaceAll('<', '&lt;')
    .replace(/\*\*([^*]+)\*\*|__([^_]+)__/g, (_whole, a?: string, b?: string) => `<strong>${a ?? b ?? ''}</strong>`)
    .replace(/\*([^*\s][^*]*)\*|(?<![\w])_([^_\s][^_]*)_(?![\w])/g, (_whole, a?: string, b?: string) => `<em>${a ?? b ?? ''}</em>`)
    .replace(/~~([^~]+)~~/g, '<del>$1</del>')
    .replace(/ {2,}\n/g, '<br>\n');
  // Kept pieces may hold kept pieces (a picture inside a link's label).
  for (let depth = 0; depth < 4 && out.includes('\u0001'); depth += 1)
    out = out.replace(/\u0001(\d+)\u0002/g, (_whole, index: string) => kept[Number(index)] ?? '');
  return out;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
