/** House rules that the compiler cannot know: layers, one importer of @grafana/data, no text that is in one language only. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../src', import.meta.url));
/** A layer may import those before it, and itself. */
const LAYERS = ['lib', 'api', 'promql', 'components', 'panels', 'dashboards', 'pages', 'app'];
/** The folders that may import @grafana/data, so that it can be replaced piece by piece. */
const GRAFANA = /^dashboards\/data\//;

const problems = [];
const files = readdirSync(root, { recursive: true }).filter((file) => /\.tsx?$/.test(file));
for (const file of files.map((f) => f.replaceAll('\\', '/'))) {
  const text = readFileSync(join(root, file), 'utf8');
  const layer = LAYERS.indexOf(file.split('/')[0]);
  for (const [, imported] of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    if (imported.startsWith('@grafana/') && !GRAFANA.test(file)) problems.push(`${file}: imports ${imported} outside of dashboards/data`);
    if (!imported.startsWith('.')) continue;
    const target = relative(root, join(root, file, '..', imported)).replaceAll('\\', '/');
    const below = LAYERS.indexOf(target.split('/')[0]);
    // The table of pages is where the application reaches lazily into everything.
    if (layer >= 0 && below > layer) problems.push(`${file}: imports ${target}, which is a layer above`);
  }
  // React runs an updater later, when the event has no target any more: the page would fall while somebody types.
  if (/\((?:old|before)\) =>[^;]{0,400}?\bevent\.(?:currentTarget|target)/.test(text)) problems.push(`${file}: reads an event inside of an updater`);
  if (/:\s*any\b|<any>|as any\b/.test(text)) problems.push(`${file}: uses any`);
  const lines = text.split('\n').length;
  if (lines > 500) problems.push(`${file}: ${lines} lines; name its second idea`);
}
/** Every component that has styles must be in app/mantine.css: a missing one is only seen by eye. */
const styles = readFileSync(join(root, 'app/mantine.css'), 'utf8');
const known = new Set(readdirSync(join(root, '../node_modules/@mantine/core/styles')));
for (const file of files) {
  for (const [, names] of readFileSync(join(root, file), 'utf8').matchAll(/import\s*\{([^}]*)\}\s*from '@mantine\/core'/g)) {
    for (const name of names.split(',').map((one) => one.trim().split(' ')[0])) {
      if (known.has(`${name}.css`) && !styles.includes(`/${name}.css`)) problems.push(`${file}: uses ${name}, whose styles app/mantine.css leaves out`);
    }
  }
}

for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
