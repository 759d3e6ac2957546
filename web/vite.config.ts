import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` sends API requests: a Bongsu that runs beside it. */
const server = process.env.BONGSU ?? 'http://127.0.0.1:9090';

/** What the binary answers itself. Everything else is the application's. */
const ownPaths = ['/api/', '/metrics', '/federate', '/version', '/-/', '/login', '/logout', '/public/'];

/** A stand-in for a part of @grafana/data that is not needed. */
const data = (name: string) => fileURLToPath(new URL(`./src/dashboards/data/${name}.ts`, import.meta.url));

export default defineConfig({
  // Relative, so that the page works under any prefix of a reverse proxy: the server writes `<base>`.
  base: './',
  plugins: [react()],
  resolve: {
    alias: [
      { find: '@grafana/i18n', replacement: data('i18n') },
      // Checks the themes inside @grafana/data and nothing else: 25 KB gzip saved.
      { find: 'zod', replacement: data('zod') },
      // Whole lodash for two dozen functions, and two cleaners of texts that nothing here uses.
      { find: /^lodash$/, replacement: data('lodash') },
      { find: /^(dompurify|xss)$/, replacement: data('sanitizers') },
      // The full zone data is 743 KB; ten years of it are enough for a range that people look at.
      { find: /^moment-timezone$/, replacement: 'moment-timezone/builds/moment-timezone-with-data-10-year-range.js' },
    ],
  },
  build: {
    target: 'es2022',
    // scripts/clean.mjs does it, and spares the .gitignore.
    emptyOutDir: false,
    sourcemap: false,
    // What the licences of the packages in it ask to be told along with it.
    license: { fileName: 'licenses.md' },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        entryFileNames: 'assets/app-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(
      ownPaths.map((path) => [
        path,
        {
          target: server,
          // Pages of the application share a path with a form's target (`/login`).
          bypass: (request: { method?: string; headers: Record<string, string | string[] | undefined> }) =>
            request.method === 'GET' && String(request.headers.accept ?? '').includes('text/html') ? '/index.html' : undefined,
        },
      ]),
    ),
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    server: { deps: { inline: [/@grafana/] } },
    testTimeout: 20_000,
  },
});
