import { describe, expect, it } from 'vitest';
import { isCommand, isComposing, isPlainKey } from './keyboard';

const press = (init: KeyboardEventInit & { keyCode?: number; target?: EventTarget }) => ({
  key: '', code: '', keyCode: 0, isComposing: false, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false,
  target: document.body as EventTarget, ...init,
});

describe('composition', () => {
  it.each([
    [{ isComposing: true, key: 'k', ctrlKey: true }, false],
    [{ keyCode: 229, key: 'Process', code: 'KeyK', ctrlKey: true }, false],
    [{ key: 'k', ctrlKey: true }, true],
    [{ key: 'ㅏ', code: 'KeyK', metaKey: true }, true],
    [{ key: 'k' }, false],
    [{ key: 'k', ctrlKey: true, altKey: true }, false],
  ])('%o opens the palette: %s', (init, want) => {
    expect(isCommand(press(init), 'k')).toBe(want);
  });

  it('never takes a letter that is being composed', () => {
    expect(isComposing(press({ keyCode: 229 }))).toBe(true);
    expect(isPlainKey(press({ key: 'ㅎ', code: 'KeyG', isComposing: true }), 'g')).toBe(false);
    expect(isPlainKey(press({ key: 'ㅎ', code: 'KeyG' }), 'g')).toBe(true);
    expect(isPlainKey(press({ key: 'G', code: 'KeyG', shiftKey: true }), 'g')).toBe(false);
  });

  it('never takes a letter from a field', () => {
    for (const target of [document.createElement('input'), document.createElement('textarea')]) {
      expect(isPlainKey(press({ key: 'g', code: 'KeyG', target }), 'g')).toBe(false);
    }
    const box = Object.assign(document.createElement('input'), { type: 'checkbox' });
    expect(isPlainKey(press({ key: 'g', code: 'KeyG', target: box }), 'g')).toBe(true);
  });
});
