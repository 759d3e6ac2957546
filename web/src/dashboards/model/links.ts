/** Links of dashboards, panels and values: variables filled in, values encoded, harmful addresses refused. Pure. */
import { basePath } from '../../lib/base';
import type { PanelField, PanelFrame, PanelLink } from '../../panels/contract';
import { fullText } from '../../panels/contract';
import { asBoolean, asString } from '../../panels/json';
import type { JsonObject } from '../../panels/json';
import { belowBase, safeUrl } from '../../panels/url';
import { interpolate, plainText } from './interpolate';
import type { Lookup, VariableValue } from './interpolate';

/** A written link with its variables filled in; `undefined` if it leads nowhere or is harmful. */
export function resolveLink(link: JsonObject, lookup: Lookup): PanelLink | undefined {
  const written = asString(link['url'])
    .replaceAll(/[\r\n]/g, '')
    .trim();
  const cut = written.search(/[?#]/);
  const path = cut < 0 ? written : written.slice(0, cut);
  const query = cut < 0 ? '' : written.slice(cut);
  // A value in the query part must not end its parameter; in the path it must not begin a query.
  const url = safeUrl(interpolate(path, lookup, pathValue) + interpolate(query, lookup, queryValue));
  if (url === undefined) return undefined;
  return { url: belowBase(url, basePath()), title: interpolate(asString(link['title']) || url, lookup, plainText), newTab: asBoolean(link['targetBlank']) };
}

function queryValue(value: string | string[]): string {
  return (Array.isArray(value) ? value : [value]).map((one) => encodeURIComponent(one)).join(',');
}

function pathValue(value: string | string[]): string {
  return (Array.isArray(value) ? value.join(',') : value).replace(/[?#\s]/g, (char) => encodeURIComponent(char));
}

/** Names inside links of values: `__value`, `__field`, `__series` and `__data.fields` of the row; others are asked of `outer`. */
export function valueLookup(frame: PanelFrame, field: PanelField, row: number, outer: Lookup): Lookup {
  const value = field.values[row];
  return (name, path = '') => {
    switch (name) {
      case '__value': {
        const display = field.display(value);
        if (path === 'text') return plain(fullText(display));
        if (path === 'numeric') return plain(String(display.numeric));
        if (path === 'time') return plain(String(frame.fields.find((candidate) => candidate.type === 'time')?.values[row] ?? ''));
        return plain(String(value ?? ''));
      }
      case '__field': {
        const label = labelPath(path);
        if (label !== undefined) return plain(field.labels[label] ?? '');
        return plain(path === 'name' ? field.name : path === 'labels' ? labelText(field.labels) : field.title);
      }
      case '__series':
        return plain(frame.name === '' ? field.title : frame.name);
      case '__data': {
        const found = dataField(frame, path);
        return found === undefined
          ? plain('')
          : plain(
              found.type === 'number' || found.type === 'time'
                ? String(found.values[row] ?? '')
                : fullText(found.display(found.values[row])),
            );
      }
      default:
        return outer(name, path === '' ? undefined : path);
    }
  };
}

/** `labels.pod`, `labels["a.b"]`. */
function labelPath(path: string): string | undefined {
  const found = /^labels(?:\.(.+)|\[["'](.+)["']\])$/.exec(path);
  return found === null ? undefined : (found[1] ?? found[2]);
}

/** `fields.Name`, `fields["Name"]`, `fields[2]`, each with an optional `.text` or `.numeric`. */
function dataField(frame: PanelFrame, path: string): PanelField | undefined {
  const indexed = /^fields\[(\d+)\]/.exec(path);
  if (indexed !== null) return frame.fields[Number(indexed[1])];
  const quoted = /^fields\[["'](.+)["']\]/.exec(path);
  const dotted = /^fields\.(.+?)(?:\.(?:text|numeric|title))?$/.exec(path);
  const name = quoted?.[1] ?? dotted?.[1];
  return frame.fields.find((field) => field.title === name || field.name === name);
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ');
}

function plain(value: string): VariableValue {
  return { value, text: value };
}
