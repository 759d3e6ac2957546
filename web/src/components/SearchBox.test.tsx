import { MantineProvider } from '@mantine/core';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter, useLocation } from 'react-router-dom';
import { afterEach, expect, it } from 'vitest';
import { SearchBox } from './SearchBox';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let search = '';
let clean = () => undefined as void;

function Address() {
  search = useLocation().search;
  return null;
}

async function open() {
  const host = document.createElement('div');
  document.body.append(host);
  const root = createRoot(host);
  await act(async () =>
    root.render(
      <MantineProvider>
        <BrowserRouter>
          <SearchBox label="search" />
          <Address />
        </BrowserRouter>
      </MantineProvider>,
    ),
  );
  clean = () => {
    act(() => root.unmount());
    host.remove();
  };
  const input = host.querySelector('input');
  if (!input) throw new Error('no field');
  return input;
}

afterEach(() => {
  clean();
  window.history.replaceState(null, '', '/');
});

/** Sets a value as a browser does, so that React notices. */
async function type(input: HTMLInputElement, value: string) {
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, value);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

it('hands on what is typed', async () => {
  const input = await open();
  await type(input, 'up');
  expect(search).toBe('?search=up');
  await type(input, '');
  expect(search).toBe('');
});

it('keeps half syllables to itself', async () => {
  const input = await open();
  await act(async () => void input.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true })));
  for (const half of ['ㅎ', '하', '한']) {
    await type(input, half);
    expect(input.value).toBe(half);
    expect(search).toBe('');
  }
  await act(async () => void input.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true })));
  expect(new URLSearchParams(search).get('search')).toBe('한');
});
