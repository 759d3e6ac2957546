/** The PromQL editor as a component. Loaded lazily: CodeMirror is the largest part of Explore. */
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { getV1 } from '../api/client';
import { useT } from '../lib/i18n';
import './editor.css';
import { noteOf, notes } from './notes';
import { promqlEditor } from './setup';

interface Props {
  value: string;
  label: string;
  hint: string;
  onChange: (text: string) => void;
  onRun: () => void;
  /** Holds variables of a dashboard, which are no PromQL. */
  templated?: boolean;
  /** Where the API of the server that completes is, below our own base; ours if it is left out. */
  server?: string;
}

interface MetricMetadata {
  type: string;
  help: string;
}

async function metricHelp(metric: string): Promise<string | undefined> {
  const found = await getV1<Record<string, MetricMetadata[]>>('/metadata', { metric, limit: 1 });
  const first = found[metric]?.[0];
  return first && `${metric} (${first.type}) — ${first.help}`;
}

export default function PromqlEditor({ value, label, hint, onChange, onRun, templated = false, server = '' }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const t = useT(notes);
  const note = (name: string) => {
    const known = noteOf(name);
    return known && t(known);
  };
  const latest = useRef({ onChange, onRun, note });
  latest.current = { onChange, onRun, note };
  const start = useRef(value);

  useEffect(() => {
    if (!host.current) return undefined;
    const extensions = promqlEditor({
      label,
      hint,
      onChange: (text) => latest.current.onChange(text),
      onRun: () => latest.current.onRun(),
      templated,
      server,
      help: (word) => metricHelp(word).catch(() => undefined),
      note: (name) => latest.current.note(name),
    });
    const state = EditorState.create({ doc: start.current, extensions });
    view.current = new EditorView({ state, parent: host.current });
    return () => {
      start.current = view.current?.state.doc.toString() ?? '';
      view.current?.destroy();
      view.current = undefined;
    };
  }, [label, hint, templated, server]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value || editor.composing) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value }, selection: { anchor: value.length } });
  }, [value]);

  return <div ref={host} className="promql-editor" data-testid="promql-editor" />;
}
