/** Empties `dist` but for its `.gitignore`: the folder stays in the repository, so that cargo can watch it before the first build. */
import { readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
for (const name of readdirSync(dist)) {
  if (name !== '.gitignore') rmSync(dist + name, { recursive: true });
}
