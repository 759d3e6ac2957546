import { expect, it } from 'vitest';
import { readTestResults } from './model';

it.each([
  [[{ integration: 'webhook[0]', ok: true }], [{ integration: 'webhook[0]', ok: true, text: '' }]],
  [{ results: [{ integration: 'slack[0]', ok: false, error: 'no such host' }] }, [{ integration: 'slack[0]', ok: false, text: 'no such host' }]],
  [[{ integration: 'x', error: 'e' }], [{ integration: 'x', ok: false, text: 'e' }]],
  [[1, null, { other: 1 }], []],
  [undefined, []],
])('%o', (answer, want) => expect(readTestResults(answer)).toEqual(want));
