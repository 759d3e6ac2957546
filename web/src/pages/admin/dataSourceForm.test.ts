import { describe, expect, it } from 'vitest';
import type { DataSource } from '../../api/dataSources';
import { formOfSource, missingFields, newForm, put, shownFields, toWritten, valueAt } from './dataSourceForm';
import { KINDS, kindOf } from './dataSourceKinds';

const STORED: DataSource = {
  uid: 'p1', name: 'Prod', type: 'prometheus', access: 'proxy', url: 'http://prometheus:9090', user: '', database: '', basicAuth: true,
  basicAuthUser: 'reader', isDefault: true, readOnly: false, version: 4,
  jsonData: { httpMethod: 'GET', exemplarTraceIdDestinations: [{ name: 'trace_id' }] }, secureJsonFields: { basicAuthPassword: true, tlsCACert: false },
};

describe('the form of a data source', () => {
  it('sends back what it does not know, and no secret that was not typed', () => {
    const written = toWritten(formOfSource(STORED));
    expect(written.jsonData).toEqual(STORED.jsonData);
    expect(written.secureJsonData).toEqual({});
    expect([written.uid, written.version, written.basicAuthUser, written.isDefault]).toEqual(['p1', 4, 'reader', true]);
  });

  it('knows which secrets the server holds, and never their values', () => {
    const form = formOfSource(STORED);
    expect([...form.set]).toEqual(['basicAuthPassword']);
    expect(valueAt(form, 'secure.basicAuthPassword')).toBeUndefined();
  });

  it('sends a typed secret, and takes an empty option out', () => {
    let form = put(formOfSource(STORED), 'secure.basicAuthPassword', 'new');
    form = put(form, 'jsonData.httpMethod', '');
    const written = toWritten(form);
    expect(written.secureJsonData).toEqual({ basicAuthPassword: 'new' });
    expect(written.jsonData).not.toHaveProperty('httpMethod');
  });

  it.each([
    ['prometheus', {}, ['url']],
    ['prometheus', { url: 'http://p:9090' }, []],
    ['grafana-postgresql-datasource', { url: 'db:5432', 'jsonData.database': 'x' }, ['user']],
    ['mysql', { url: ' ', user: 'u', 'jsonData.database': 'x' }, ['url']],
    ['elasticsearch', { url: 'http://e:9200' }, ['jsonData.timeField']],
  ])('of %s with %j misses %j', (type, values, missing) => {
    const form = Object.entries(values).reduce((all, [at, value]) => put(all, at, value), newForm(type));
    expect(missingFields(form).map((field) => field.at)).toEqual(missing);
  });

  it('asks for a user and password only where authentication is on', () => {
    const at = (form: ReturnType<typeof newForm>) => shownFields(form).map((field) => field.at);
    expect(at(newForm('loki'))).not.toContain('basicAuthUser');
    expect(at(put(newForm('loki'), 'basicAuth', true))).toContain('secure.basicAuthPassword');
  });

  it('begins with the first choice of each choice', () => {
    expect(newForm('influxdb').jsonData).toEqual({ version: 'InfluxQL' });
  });

  it('knows old names and kinds without a form', () => {
    expect(kindOf('postgres').name).toBe('PostgreSQL');
    expect(kindOf('tempo').fields.some((field) => field.at === 'url')).toBe(true);
    expect(new Set(KINDS.map((kind) => kind.type)).size).toBe(KINDS.length);
  });
});
