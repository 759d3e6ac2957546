/** Finding by typing: what holds all words comes first where a word begins, then anywhere, then letters in order. */

/** How well a text answers to what was typed; `undefined` if it does not. Greater is better. */
export function score(text: string, wanted: string): number | undefined {
  const have = text.toLowerCase().normalize('NFC');
  const words = wanted.toLowerCase().normalize('NFC').split(/\s+/).filter(Boolean);
  let total = 0;
  for (const word of words) {
    const at = have.indexOf(word);
    if (at >= 0) {
      const begins = at === 0 || !/[\p{L}\p{N}]/u.test(have[at - 1] ?? ' ');
      total += (begins ? 100 : 50) - Math.min(at, 40);
    } else if (inOrder(have, word)) {
      total += 1;
    } else {
      return undefined;
    }
  }
  return total;
}

function inOrder(text: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    const found = text.indexOf(letter, at);
    if (found < 0) return false;
    at = found + 1;
  }
  return true;
}

/** Those that answer, best first; equals stay in their order. */
export function rank<T>(items: readonly T[], wanted: string, text: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, points: score(text(item), wanted) }))
    .filter((row): row is { item: T; points: number } => row.points !== undefined)
    .sort((a, b) => b.points - a.points)
    .map(({ item }) => item);
}
