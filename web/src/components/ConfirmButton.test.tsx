import { MantineProvider } from '@mantine/core';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, expect, it, vi } from 'vitest';
import { ConfirmButton } from './ConfirmButton';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let clean = () => undefined as void;
afterEach(() => clean());

async function open() {
  const host = document.createElement('div');
  document.body.append(host);
  const root = createRoot(host);
  const done = vi.fn();
  await act(async () =>
    root.render(
      <MantineProvider>
        <ConfirmButton label="Delete" about="kim" onConfirm={done} />
      </MantineProvider>,
    ),
  );
  clean = () => {
    act(() => root.unmount());
    host.remove();
  };
  const button = host.querySelector('button') as HTMLButtonElement;
  return { button, done, press: () => act(() => button.click()) };
}

it('asks once, and does it when it is pressed again', async () => {
  const { button, done, press } = await open();
  press();
  expect(done).not.toHaveBeenCalled();
  expect([button.textContent, button.getAttribute('aria-label')]).toEqual(['Really? Delete', 'Really? Delete: kim']);
  press();
  expect(done).toHaveBeenCalledOnce();
  expect(button.textContent).toBe('Delete');
});

it.each([
  ['focus goes elsewhere', (button: HTMLButtonElement) => button.dispatchEvent(new FocusEvent('focusout', { bubbles: true }))],
  ['Escape is pressed', (button: HTMLButtonElement) => button.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))],
])('asks again after %s', async (_, leave) => {
  const { button, done, press } = await open();
  press();
  act(() => void leave(button));
  expect(button.textContent).toBe('Delete');
  press();
  expect(done).not.toHaveBeenCalled();
});
