/** What came of a test, per integration. */

export interface TestResult {
  integration: string;
  ok: boolean;
  text: string;
}

/** Reads the answer of `POST /api/v2/bongsu/receivers/test`: a list, or an object that holds one. Foreign shapes give nothing. */
export function readTestResults(answer: unknown): TestResult[] {
  const list = Array.isArray(answer) ? answer : lists(answer);
  return list.flatMap((one: unknown): TestResult[] => {
    if (typeof one !== 'object' || one === null) return [];
    const { integration, ok, error, text } = one as Record<string, unknown>;
    if (typeof integration !== 'string') return [];
    const words = [error, text].find((w): w is string => typeof w === 'string') ?? '';
    return [{ integration, ok: typeof ok === 'boolean' ? ok : words === '', text: words }];
  });
}

function lists(answer: unknown): unknown[] {
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.values(answer).find((value): value is unknown[] => Array.isArray(value)) ?? [];
}
