import { MantineProvider } from '@mantine/core';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Target } from '../model/types';
import { SourceQuery } from './SourceQuery';

let host: HTMLDivElement;
let root: ReturnType<typeof createRoot>;
let changed: Target | undefined;

beforeEach(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  Object.defineProperty(document, 'fonts', { configurable: true, value: new EventTarget() });
  changed = undefined;
  host = document.createElement('div');
  document.body.append(host);
  root = createRoot(host);
});
afterEach(() => {
  act(() => root.unmount());
  host.remove();
});

function show(type: string, target: Target): void {
  act(() =>
    root.render(
      <MantineProvider>
        <SourceQuery type={type} target={target} onChange={(next) => (changed = next)} />
      </MantineProvider>,
    ),
  );
}

function type(element: HTMLTextAreaElement | HTMLInputElement | null, text: string): void {
  if (element === null) throw new Error('there is no such field');
  const prototype = element instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
  act(() => {
    Object.getOwnPropertyDescriptor(prototype, 'value')?.set?.call(element, text);
    element.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

describe('queries of other data sources', () => {
  it.each([
    ['mysql', 'rawSql', { rawQuery: true, editorMode: 'code' }],
    ['grafana-postgresql-datasource', 'rawSql', { rawQuery: true, editorMode: 'code' }],
    ['loki', 'expr', {}],
    ['influxdb', 'query', { rawQuery: true }],
    ['elasticsearch', 'query', {}],
  ])('of %s keep what the editor does not know', (kind, key, always) => {
    const target = { refId: 'A', [key]: 'old', odd: { kept: [1] } };
    show(kind, target);
    const field = host.querySelector('textarea');
    expect(field?.value).toBe('old');
    type(field, '새 쿼리');
    expect(changed).toEqual({ ...target, ...always, [key]: '새 쿼리' });
  });

  it('have lists one a line, and JSON where nothing else fits', () => {
    show('alertmanager', { refId: 'A', filter: ['a="b"'] });
    type(host.querySelector('textarea'), 'a="b"\nc="d"');
    expect(changed?.['filter']).toEqual(['a="b"', 'c="d"']);
    show('somebody-datasource', { refId: 'B', what: 1 });
    type(host.querySelector('textarea'), '{"what": 2}');
    expect(changed).toEqual({ refId: 'B', what: 2 });
  });
});
