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

/** Pages of ours that documents write from the root, as if there were no prefix. */
const OWN_PAGE = /^\/(?:d|dashboards?|explore|graph|alerts|playlists)(?=[/?#]|$)/;

/** An address of ours as it is below `base` (`/prefix`, or empty): documents know no prefix, and a new tab asks the server for what is written. */
export function belowBase(url: string, base: string): string {
  return base !== '' && !url.startsWith(`${base}/`) && OWN_PAGE.test(url) ? `${base}${url}` : url;
}

/** `safeUrl` for pictures, where embedded ones are harmless (not SVG as a document). */
export function safeImageUrl(url: string): string | undefined {
  return /^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/i.test(url.trim()) ? url.trim() : safeUrl(url);
}
