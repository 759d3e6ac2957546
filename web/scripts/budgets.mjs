/** Sizes that the built files must keep, gzipped as they are embedded. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const size = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
const all = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(dist.length + 1).replaceAll('\\', '/'));

/** What is fetched before the first page: named by index.html, and what those import at once. */
function first() {
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  const wanted = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map((match) => match[1]);
  return wanted.reduce((closed, file) => closure(file, closed), new Set());
}

/** A file and what it imports statically. */
function closure(file, closed = new Set()) {
  if (closed.has(file)) return closed;
  closed.add(file);
  if (!file.endsWith('.js')) return closed;
  const text = readFileSync(join(dist, file), 'utf8');
  for (const [, imported] of text.matchAll(/(?:import|from)\s*"\.\/([^"]+\.js)"/g)) closure(`assets/${imported}`, closed);
  return closed;
}

const shell = first();
const sum = (files) => [...files].reduce((total, file) => total + size(file), 0);
const routes = all.find((file) => /^assets\/routes-.*\.js$/.test(file));
const dashboards = routes ? [...closure(routes)].filter((file) => !shell.has(file)) : [];
const checks = [
  ['shell', sum(shell), 250],
  ['dashboards', sum(dashboards), 280],
  // But for the notice of licences, which no page loads.
  ['everything', sum(all.filter((file) => !file.endsWith('.md'))), 750],
];
for (const [name, bytes, limit] of checks) {
  const kb = bytes / 1024;
  const over = kb > limit;
  console.log(`${over ? 'OVER' : 'ok  '} ${name}: ${kb.toFixed(1)} KB gzip of ${limit}`);
  if (over) process.exitCode = 1;
}
