/**
 * Stands in for `zod`, which `@grafana/data` uses only to check its own theme files: 25 KB gzip for a check that cannot fail here.
 *
 * `vite.config.ts` puts this file in zod's place. Every schema accepts every value.
 */
interface Schema {
  optional(): Schema;
  required(options?: unknown): Schema;
  partial(): Schema;
  positive(): Schema;
  nonnegative(): Schema;
  safeParse(value: unknown): { success: true; data: unknown };
}

const schema: Schema = {
  optional: () => schema,
  required: () => schema,
  partial: () => schema,
  positive: () => schema,
  nonnegative: () => schema,
  safeParse: (data) => ({ success: true, data }),
};

const make = (): Schema => schema;

export {
  make as array,
  make as boolean,
  make as enum,
  make as int,
  make as literal,
  make as number,
  make as object,
  make as string,
  make as union,
};
