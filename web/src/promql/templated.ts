/**
 * Linting of expressions with dashboard variables (`$job`, `${job:regex}`, `[[job]]`), which are no PromQL until they are filled in.
 *
 * Each variable is covered by a text of the same length that is PromQL, so that what the linter finds stands where the reader sees it. What a variable
 * stands for is guessed from what is before it; where that leaves a choice, the reading with the fewest complaints is taken.
 */
import type { Diagnostic } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { promQLLanguage, LanguageType } from '@prometheus-io/codemirror-promql/dist/esm/promql';
import { Parser } from '@prometheus-io/codemirror-promql/dist/esm/parser';

const STRING_OR_VARIABLE = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|#.*|\$\{[^}]*\}|\$\w+|\[\[\w+(?::\w+)?\]\]/g;

/** Variables that are read in more than one way; an expression of more is taken as it comes. */
const VARIABLES_MAX = 12;

function name(length: number): string {
  return 'x'.repeat(length);
}

function number(length: number): string {
  return '1'.padStart(length, '0');
}

function duration(length: number): string {
  return '1s'.padStart(length, '0');
}

/** The text with its variables covered: the one at `index` as a number where `numbers` holds it, else as a name. */
export function covered(text: string, numbers: ReadonlySet<number>): { text: string; variables: number } {
  let variables = 0;
  const out = text.replace(STRING_OR_VARIABLE, (token, at: number) => {
    if (!/^(?:\$|\[\[)/.test(token)) return token;
    const index = variables;
    variables += 1;
    if (/(?:\[|:|\boffset(?:\s*-)?)\s*$/.test(text.slice(0, at))) return duration(token.length);
    return numbers.has(index) ? number(token.length) : name(token.length);
  });
  return { text: out, variables };
}

function lint(text: string): Diagnostic[] {
  const state = EditorState.create({ doc: text, extensions: promQLLanguage(LanguageType.PromQL) });
  const parser = new Parser(state);
  parser.analyze();
  return parser.getDiagnostics();
}

/** What is wrong with an expression, whatever its variables will be. */
export function lintTemplated(text: string): Diagnostic[] {
  let numbers: ReadonlySet<number> = new Set();
  const first = covered(text, numbers);
  let best = lint(first.text);
  for (let index = 0; index < Math.min(first.variables, VARIABLES_MAX) && best.length > 0; index += 1) {
    const tried = new Set([...numbers, index]);
    const found = lint(covered(text, tried).text);
    if (found.length >= best.length) continue;
    best = found;
    numbers = tried;
  }
  return best;
}
