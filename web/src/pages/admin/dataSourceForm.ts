/** A data source's form: what is in it at first, what a field holds, and the document that is sent. Pure, so it is tested without a browser. */
import type { DataSource, WrittenDataSource } from '../../api/dataSources';
import { type Field, kindOf } from './dataSourceKinds';

export interface SourceForm {
  uid?: string;
  version?: number;
  type: string;
  name: string;
  isDefault: boolean;
  /** Fields of the document itself: `url`, `user`, `basicAuth`… */
  own: Readonly<Record<string, unknown>>;
  /** With everything that the form does not know, so that it is sent back as it came. */
  jsonData: Readonly<Record<string, unknown>>;
  /** Secrets that were typed now. */
  secure: Readonly<Record<string, string>>;
  /** Secrets that the server holds. */
  set: ReadonlySet<string>;
}

/** An empty form. The first choice of each choice is made. */
export function newForm(type: string, name = ''): SourceForm {
  const empty: SourceForm = { type, name, isDefault: false, own: {}, jsonData: {}, secure: {}, set: new Set() };
  const chosen = kindOf(type).fields.filter((field) => field.choices);
  return chosen.reduce((form, field) => put(form, field.at, field.choices?.[0]?.value), empty);
}

/** The form of a data source that exists. */
export function formOfSource(source: DataSource): SourceForm {
  const { uid, version, type, name, isDefault, url, user, database, basicAuth, basicAuthUser = '', jsonData } = source;
  const set = Object.entries(source.secureJsonFields ?? {}).filter(([, held]) => held).map(([key]) => key);
  return { uid, version, type, name, isDefault, own: { url, user, database, basicAuth, basicAuthUser }, jsonData, secure: {}, set: new Set(set) };
}

const split = (at: string): [part: string, key: string] => {
  const dot = at.indexOf('.');
  return dot < 0 ? ['own', at] : [at.slice(0, dot), at.slice(dot + 1)];
};

/** What a place of the document holds. */
export function valueAt(form: SourceForm, at: string): unknown {
  const [part, key] = split(at);
  if (part === 'jsonData') return form.jsonData[key];
  return part === 'secure' ? form.secure[key] : form.own[key];
}

/** Puts a value into a place; `undefined` and empty text are left out of the options. */
export function put(form: SourceForm, at: string, value: unknown): SourceForm {
  const [part, key] = split(at);
  if (part === 'secure') return { ...form, secure: { ...form.secure, [key]: String(value) } };
  if (part === 'own') return { ...form, own: { ...form.own, [key]: value } };
  const { [key]: _, ...others } = form.jsonData;
  return { ...form, jsonData: value === undefined || value === '' ? others : { ...others, [key]: value } };
}

/** The fields that a form asks for as it is filled in now. */
export function shownFields(form: SourceForm): Field[] {
  return kindOf(form.type).fields.filter(({ when }) => !when || (valueAt(form, when.at) ?? false) === when.is);
}

/** The labels of required fields that are empty. A secret that the server holds is not. */
export function missingFields(form: SourceForm): Field[] {
  return shownFields(form).filter((field) => {
    const value = valueAt(form, field.at);
    return field.required && (value === undefined || String(value).trim() === '');
  });
}

/** The document to send. */
export function toWritten(form: SourceForm): WrittenDataSource {
  const text = (key: string) => (typeof form.own[key] === 'string' ? (form.own[key] as string).trim() : '');
  return {
    uid: form.uid,
    version: form.version,
    name: form.name.trim(),
    type: form.type,
    access: 'proxy',
    url: text('url'),
    user: text('user'),
    database: text('database'),
    basicAuth: form.own.basicAuth === true,
    basicAuthUser: text('basicAuthUser'),
    isDefault: form.isDefault,
    jsonData: form.jsonData,
    secureJsonData: Object.fromEntries(Object.entries(form.secure).filter(([, value]) => value !== '')),
  };
}
