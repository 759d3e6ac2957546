/** CodeMirror as a PromQL editor: highlighting, completion and hints from our server, linting, hover help. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from '@codemirror/commands';
import { HighlightStyle, bracketMatching, indentOnInput, syntaxHighlighting, syntaxTree } from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { type Extension, Prec } from '@codemirror/state';
import { EditorView, hoverTooltip, keymap, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { functionIdentifierTerms } from '@prometheus-io/codemirror-promql/dist/esm/complete/promql.terms';
import { basePath } from '../lib/base';
import { lintTemplated } from './templated';

const colours = HighlightStyle.define([
  { tag: tags.name, color: 'var(--promql-name)' },
  { tag: tags.number, color: 'var(--promql-number)' },
  { tag: tags.string, color: 'var(--promql-string)' },
  { tag: tags.keyword, color: 'var(--promql-keyword)', fontWeight: '600' },
  { tag: tags.function(tags.variableName), color: 'var(--promql-function)' },
  { tag: tags.labelName, color: 'var(--promql-label)' },
  { tag: tags.operator, color: 'var(--promql-operator)' },
  { tag: tags.modifier, color: 'var(--promql-keyword)' },
  { tag: tags.comment, color: 'var(--mantine-color-dimmed)', fontStyle: 'italic' },
  { tag: tags.invalid, color: 'var(--mantine-color-error)' },
]);

export interface EditorOptions {
  label: string;
  hint: string;
  onChange: (text: string) => void;
  onRun: () => void;
  /** Whether variables of a dashboard may stand anywhere. */
  templated: boolean;
  /** Where the API of the server that completes is, below our own base. */
  server: string;
  /** Help for a function or a metric: what the pointer rests on. */
  help: (word: string) => Promise<string | undefined>;
  /** What people stumble over with a function. */
  note: (name: string) => string | undefined;
}

/** All extensions of one editor. */
export function promqlEditor(options: EditorOptions): Extension {
  const promql = new PromQLExtension().setComplete({
    remote: { url: basePath() + options.server, httpMethod: 'POST', httpErrorHandler: () => undefined, cache: { maxAge: 60_000 } },
  });
  if (options.templated) promql.setLinter({ promQL: () => (view) => lintTemplated(view.state.doc.toString()) });
  return [
    history(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    autocompletion({ icons: false }),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': options.label, spellcheck: 'false', autocapitalize: 'off' }),
    placeholder(options.hint),
    syntaxHighlighting(colours),
    promql.asExtension(),
    hover(options),
    Prec.highest(keymap.of([runKey(options.onRun), { key: 'Shift-Enter', run: insertNewlineAndIndent }])),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) options.onChange(update.state.doc.toString());
    }),
  ];
}

/** Enter runs the query, unless it chooses a completion or belongs to an input method. */
function runKey(onRun: () => void) {
  return {
    key: 'Enter',
    run: (view: EditorView) => {
      if (view.composing || completionStatus(view.state) === 'active') return false;
      onRun();
      return true;
    },
  };
}

function hover({ help, note }: EditorOptions): Extension {
  return hoverTooltip(async (view, pos) => {
    const node = syntaxTree(view.state).resolveInner(pos, 1);
    const word = view.state.sliceDoc(node.from, node.to);
    if (!/^[a-zA-Z_:][\w:]*$/.test(word)) return null;
    const known = functionIdentifierTerms.find((term) => term.label === word);
    const text = known ? `${word} — ${known.info ?? known.detail ?? ''}` : await help(word);
    if (!text) return null;
    return {
      pos: node.from,
      end: node.to,
      above: true,
      create: () => {
        const dom = document.createElement('div');
        dom.className = 'promql-help';
        dom.textContent = text;
        const stumble = known && note(word);
        if (stumble) dom.appendChild(document.createElement('p')).textContent = stumble;
        return { dom };
      },
    };
  });
}
