/**
 * Untrusted HTML becomes harmless nodes.
 *
 * The text is parsed into an inert document (nothing in it loads or runs) and rebuilt from lists of what is allowed: unknown elements give way to
 * their content, scripts and frames vanish with it, attributes outside the list are dropped, addresses go through `safeUrl`, styles
 * through a list of properties.
 */
import { safeImageUrl, safeUrl } from '../url';

const ALLOWED = new Set(
  'a abbr b blockquote br caption center code col colgroup dd del details div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr tt u ul var'.split(
    ' ',
  ),
);
/** These vanish with all they hold. */
const FORBIDDEN = new Set(
  'script style iframe object embed applet frame frameset link meta base form input button textarea select option template noscript svg math audio video canvas title head'.split(
    ' ',
  ),
);
const ATTRIBUTES = new Set(
  'align alt border cellpadding cellspacing color colspan height lang open rowspan size start title valign width class id'.split(' '),
);
const STYLES =
  /^(?:align-(?:items|self|content)|background|background-color|border(?:-[a-z-]+)?|box-shadow|color|display|flex(?:-[a-z]+)?|float|clear|font(?:-[a-z]+)?|gap|height|justify-content|letter-spacing|line-height|list-style(?:-type)?|margin(?:-[a-z]+)?|max-(?:width|height)|min-(?:width|height)|opacity|overflow|padding(?:-[a-z]+)?|text-(?:align|decoration|transform|overflow)|vertical-align|white-space|width|word-break)$/;

/** Nesting kept: deeper documents are no text. */
const DEPTH_MAX = 60;

/** Nodes for the page. */
export function sanitize(html: string, into: Document = document): DocumentFragment {
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  const out = into.createDocumentFragment();
  for (const node of parsed.body.childNodes) append(node, out, into, 0);
  return out;
}

function append(node: Node, parent: Node, into: Document, depth: number): void {
  if (node.nodeType === Node.TEXT_NODE) {
    parent.appendChild(into.createTextNode(node.textContent ?? ''));
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE || depth > DEPTH_MAX) return;
  const element = node as Element;
  const tag = element.localName.toLowerCase();
  if (FORBIDDEN.has(tag)) return;
  let target: Node = parent;
  if (ALLOWED.has(tag)) {
    const made = into.createElement(tag);
    for (const { name, value } of element.attributes) copyAttribute(made, tag, name.toLowerCase(), value);
    parent.appendChild(made);
    target = made;
  }
  for (const child of element.childNodes) append(child, target, into, depth + 1);
}

function copyAttribute(made: HTMLElement, tag: string, name: string, value: string): void {
  if (name === 'href' && tag === 'a') {
    const url = safeUrl(value);
    if (url !== undefined) made.setAttribute('href', url);
  } else if (name === 'target' && tag === 'a' && value === '_blank') {
    made.setAttribute('target', '_blank');
    made.setAttribute('rel', 'noopener noreferrer');
  } else if (name === 'src' && tag === 'img') {
    const url = safeImageUrl(value);
    if (url !== undefined) made.setAttribute('src', url);
  } else if (name === 'style') {
    const kept = value.split(';').filter((rule) => {
      const [property = '', ...rest] = rule.split(':');
      const text = rest.join(':');
      return STYLES.test(property.trim().toLowerCase()) && !/url\s*\(|expression\s*\(|javascript|@import|\\/i.test(text);
    });
    if (kept.length > 0) made.setAttribute('style', kept.join(';'));
  } else if (name === 'id' || name === 'class') {
    // Names of the application's own elements stay out of reach.
    made.setAttribute(
      name,
      value
        .split(/\s+/)
        .filter((word) => /^[\w-]+$/.test(word))
        .map((word) => `doc-${word}`)
        .join(' '),
    );
  } else if (ATTRIBUTES.has(name)) {
    made.setAttribute(name, value);
  }
}
