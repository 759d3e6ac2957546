/** Which addresses a document may lead to. Documents come from anywhere, and a click on `javascript:…` would run with the reader's login. */

const SCHEMES = new Set(['http:', 'https:', 'mailto:', 'tel:', 'ftp:', 'ssh:']);

/** The address if it is relative or of a harmless scheme, else `undefined`. Control characters, which browsers skip, do not hide a scheme. */
export function safeUrl(url: string): string | undefined {
  const plain = [...url].filter((char) => char.charCodeAt(0) > 32).join('');
  if (plain === '') return undefined;
  const scheme = /^([a-z][a-z0-9+.-]*:)/i.exec(plain);
  if (scheme === null) return url.trim();
  return SCHEMES.has((scheme[1] ?? '').toLowerCase()) ? url.trim() : undefined;
}

/** The same for pictures, where embedded ones are harmless (not SVG as a document). */
export function safeImageUrl(url: string): string | undefined {
  return /^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/i.test(url.trim()) ? url.trim() : safeUrl(url);
}
