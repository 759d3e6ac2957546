/**
 * When a key press is a shortcut. While an input method composes Hangul (or any other script) the browser still sends key events:
 * none of them may act.
 */

type Key = Pick<KeyboardEvent, 'key' | 'isComposing' | 'keyCode' | 'ctrlKey' | 'metaKey' | 'altKey'>;

/** Whether an input method is composing. Safari and some Linux input methods tell only by key code 229. */
export function isComposing(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Whether typed text goes into the element. */
export function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest('[contenteditable="true"]')) return true;
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit', 'range'].includes(target.type);
}

/** Whether a press is `Ctrl` or `Cmd` with a letter, regardless of the keyboard's language. */
export function isCommand(event: Key & Pick<KeyboardEvent, 'code'>, letter: string): boolean {
  if (isComposing(event) || event.altKey || !(event.ctrlKey || event.metaKey)) return false;
  return event.key.toLowerCase() === letter || event.code === `Key${letter.toUpperCase()}`;
}

/** Whether a press is a letter alone, outside of all fields. By place on the keyboard, so that `g` works with Hangul switched on. */
export function isPlainKey(event: Key & Pick<KeyboardEvent, 'code' | 'target' | 'shiftKey'>, letter: string): boolean {
  if (isComposing(event) || event.ctrlKey || event.metaKey || event.altKey || takesText(event.target)) return false;
  return event.key === letter || (!event.shiftKey && /^[a-z]$/.test(letter) && event.code === `Key${letter.toUpperCase()}`);
}
