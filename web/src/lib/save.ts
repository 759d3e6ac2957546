/** Hands a file to the user. */

export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The download reads the address a moment later.
  window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** With a byte order mark for CSV: without it spreadsheets take Hangul for something else. */
export function saveText(name: string, type: string, text: string): void {
  const mark = type === 'text/csv' ? '\uFEFF' : '';
  saveBlob(name, new Blob([mark + text], { type: `${type};charset=utf-8` }));
}
