/** Value mappings: the numeric form of versions before 8 becomes `value`, `range` and `special`. */
import { asNumber, asObjects, asString } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';

/** The mappings in today's form; those in it already pass through. */
export function migrateMappings(written: Json | undefined): JsonObject[] {
  return asObjects(written).flatMap((mapping, index) => migrateMapping(mapping, index));
}

function migrateMapping(mapping: JsonObject, index: number): JsonObject[] {
  if (typeof mapping['type'] === 'string') return [mapping];
  const text = asString(mapping['text'], String(mapping['text'] ?? ''));
  const result: JsonObject = { text, index };
  if (mapping['color'] !== undefined) result['color'] = mapping['color'];
  const isRange = mapping['type'] === 2 || (mapping['type'] === undefined && mapping['from'] !== undefined);
  if (isRange) {
    if (mapping['from'] === 'null' || mapping['to'] === 'null') return [{ type: 'special', options: { match: 'null', result } }];
    return [{ type: 'range', options: { from: asNumber(mapping['from']) ?? null, to: asNumber(mapping['to']) ?? null, result } }];
  }
  const value = mapping['value'];
  if (value === null || value === undefined) return [];
  if (String(value) === 'null') return [{ type: 'special', options: { match: 'null', result } }];
  return [{ type: 'value', options: { [String(value)]: result } }];
}
