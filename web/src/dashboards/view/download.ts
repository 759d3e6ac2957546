/** Files that the reader takes along. */

/** Offers a text as a file. */
export function download(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.download = name.replace(/[\\/:*?"<>|\n]+/g, '-').slice(0, 120);
  anchor.click();
  URL.revokeObjectURL(address);
}
