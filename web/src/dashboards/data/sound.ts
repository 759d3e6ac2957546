/** Field config as documents have it becomes field config that the engine can take. Pure, and free of the engine. */
import { asNumber, asObject, asObjects, asString, cloneJson, isObject } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';

/**
 * A copy of field config (or of an override) that `@grafana/data` takes without throwing: known properties of a wrong type are left out, and a
 * threshold base of `null` is minus infinity.
 */
export function sound(config: JsonObject): JsonObject {
  const copy: JsonObject = {};
  for (const [key, value] of Object.entries(config)) {
    const mended = key === 'properties' ? asObjects(value).flatMap(soundProperty) : soundValue(key, value);
    if (mended !== undefined) copy[key] = mended;
  }
  if (config['matcher'] !== undefined && copy['properties'] === undefined) copy['properties'] = [];
  return copy;
}

function soundProperty(item: JsonObject): JsonObject[] {
  const value = soundValue(asString(item['id']), item['value']);
  return value === undefined && item['value'] !== undefined && item['value'] !== null ? [] : [{ ...item, value: value ?? null }];
}

function soundValue(key: string, value: Json | undefined): Json | undefined {
  switch (key) {
    case 'unit':
    case 'displayName':
    case 'noValue':
      return typeof value === 'string' ? value : typeof value === 'number' && key === 'noValue' ? String(value) : undefined;
    case 'min':
    case 'max':
    case 'decimals':
      return asNumber(value) ?? undefined;
    case 'mappings':
      return asObjects(value).filter(
        (mapping) => typeof mapping['type'] === 'string' && isObject(mapping['options']) && isPattern(mapping),
      ) as Json[];
    case 'links':
      return asObjects(value) as Json[];
    case 'color':
      return isObject(value) ? cloneJson(value) : undefined;
    case 'thresholds': {
      const steps = asObjects(asObject(value)['steps']).map((step, index) => ({
        color: asString(step['color'], 'green'),
        value: index === 0 ? -Infinity : (asNumber(step['value']) ?? -Infinity),
      }));
      return steps.length === 0 ? undefined : { mode: asObject(value)['mode'] === 'percentage' ? 'percentage' : 'absolute', steps };
    }
    default:
      return cloneJson(value);
  }
}

/** A mapping by pattern must hold one that compiles. */
function isPattern(mapping: JsonObject): boolean {
  if (mapping['type'] !== 'regex') return true;
  const pattern = asString(asObject(mapping['options'])['pattern']);
  try {
    new RegExp(/^\/([\s\S]*)\/[a-z]*$/.exec(pattern)?.[1] ?? pattern);
    return true;
  } catch {
    return false;
  }
}
