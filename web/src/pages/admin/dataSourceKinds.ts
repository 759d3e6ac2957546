/**
 * Kinds of data sources, and the fields that each asks for.
 *
 * A field names the place in the document that it fills, as Grafana's API has it: `url`, `jsonData.httpMethod`, `secure.password`.
 * A new kind is one entry of `KINDS`.
 */
import { type Text, messages } from '../../lib/i18n';

export interface Field {
  at: string;
  label: Text;
  /** How it is asked for; text if left out. A secret is never shown. */
  as?: 'text' | 'secret' | 'switch' | 'choice' | 'number' | 'lines';
  choices?: readonly { value: string; label: string }[];
  hint?: string;
  /** Shown only where another field holds a value. */
  when?: { at: string; is: unknown };
  required?: boolean;
}

export interface Kind {
  type: string;
  name: string;
  fields: readonly Field[];
}

const labels = messages({
  url: ['Address', '주소'],
  host: ['Host and port', '호스트와 포트'],
  basicAuth: ['HTTP basic authentication', 'HTTP 기본 인증'],
  user: ['User', '사용자'],
  password: ['Password', '비밀번호'],
  database: ['Database', '데이터베이스'],
  header: ['Additional header', '추가 헤더'],
  headerValue: ['Its value', '헤더 값'],
  skipVerify: ['Trust any certificate (unsafe)', '인증서 검증 안 함 (안전하지 않음)'],
  withCa: ['Trust an own certificate authority', '자체 인증 기관 신뢰'],
  ca: ['Certificates of the authority (PEM)', '인증 기관 인증서 (PEM)'],
  method: ['HTTP method', 'HTTP 메서드'],
  interval: ['Scrape interval', '수집 간격'],
  timeout: ['Query timeout', '쿼리 제한 시간'],
  parameters: ['Additional query parameters', '추가 쿼리 매개변수'],
  implementation: ['Implementation', '구현'],
  maxLines: ['Lines of one answer', '최대 행 수'],
  tls: ['Encryption', '암호화'],
  connections: ['Most open connections', '최대 연결 수'],
  influx: ['Query language', '쿼리 언어'],
  organization: ['Organisation', '조직'],
  bucket: ['Bucket', '버킷'],
  token: ['Token', '토큰'],
  index: ['Index', '인덱스'],
  timeField: ['Time field', '시각 필드'],
});

const HTTP: readonly Field[] = [
  { at: 'basicAuth', label: labels.basicAuth, as: 'switch' },
  { at: 'basicAuthUser', label: labels.user, when: { at: 'basicAuth', is: true } },
  { at: 'secure.basicAuthPassword', label: labels.password, as: 'secret', when: { at: 'basicAuth', is: true } },
  { at: 'jsonData.httpHeaderName1', label: labels.header, hint: 'X-Scope-OrgID' },
  { at: 'secure.httpHeaderValue1', label: labels.headerValue, as: 'secret' },
  { at: 'jsonData.tlsAuthWithCACert', label: labels.withCa, as: 'switch' },
  { at: 'secure.tlsCACert', label: labels.ca, as: 'lines', when: { at: 'jsonData.tlsAuthWithCACert', is: true } },
  { at: 'jsonData.tlsSkipVerify', label: labels.skipVerify, as: 'switch' },
];

const url = (hint: string): Field => ({ at: 'url', label: labels.url, hint, required: true });
const choose = (at: string, label: Text, ...choices: readonly string[]): Field => ({
  at, label, as: 'choice', choices: choices.map((value) => ({ value, label: value })),
});

const SQL: readonly Field[] = [
  { at: 'user', label: labels.user, required: true },
  { at: 'secure.password', label: labels.password, as: 'secret' },
  { at: 'jsonData.maxOpenConns', label: labels.connections, as: 'number' },
];

export const KINDS: readonly Kind[] = [
  {
    type: 'prometheus',
    name: 'Prometheus',
    fields: [
      url('http://prometheus:9090'),
      choose('jsonData.httpMethod', labels.method, 'POST', 'GET'),
      { at: 'jsonData.timeInterval', label: labels.interval, hint: '15s' },
      { at: 'jsonData.queryTimeout', label: labels.timeout, hint: '60s' },
      { at: 'jsonData.customQueryParameters', label: labels.parameters, hint: 'max_source_resolution=5m' },
      ...HTTP,
    ],
  },
  {
    type: 'alertmanager',
    name: 'Alertmanager',
    fields: [url('http://alertmanager:9093'), choose('jsonData.implementation', labels.implementation, 'prometheus', 'mimir', 'cortex'), ...HTTP],
  },
  { type: 'loki', name: 'Loki', fields: [url('http://loki:3100'), { at: 'jsonData.maxLines', label: labels.maxLines, as: 'number', hint: '1000' }, ...HTTP] },
  {
    type: 'grafana-postgresql-datasource',
    name: 'PostgreSQL',
    fields: [
      { at: 'url', label: labels.host, hint: 'postgres:5432', required: true },
      { at: 'jsonData.database', label: labels.database, required: true },
      ...SQL,
      choose('jsonData.sslmode', labels.tls, 'require', 'verify-ca', 'verify-full', 'disable'),
      { at: 'secure.tlsCACert', label: labels.ca, as: 'lines', when: { at: 'jsonData.sslmode', is: 'verify-ca' } },
    ],
  },
  {
    type: 'mysql',
    name: 'MySQL / MariaDB',
    fields: [
      { at: 'url', label: labels.host, hint: 'mysql:3306', required: true },
      { at: 'jsonData.database', label: labels.database, required: true },
      ...SQL,
      { at: 'jsonData.tlsSkipVerify', label: labels.skipVerify, as: 'switch' },
    ],
  },
  {
    type: 'influxdb',
    name: 'InfluxDB',
    fields: [
      url('http://influxdb:8086'),
      choose('jsonData.version', labels.influx, 'InfluxQL', 'Flux', 'SQL'),
      { at: 'jsonData.dbName', label: labels.database },
      { at: 'user', label: labels.user, when: { at: 'jsonData.version', is: 'InfluxQL' } },
      { at: 'secure.password', label: labels.password, as: 'secret', when: { at: 'jsonData.version', is: 'InfluxQL' } },
      { at: 'jsonData.organization', label: labels.organization, when: { at: 'jsonData.version', is: 'Flux' } },
      { at: 'jsonData.defaultBucket', label: labels.bucket, when: { at: 'jsonData.version', is: 'Flux' } },
      { at: 'secure.token', label: labels.token, as: 'secret' },
      ...HTTP,
    ],
  },
  {
    type: 'elasticsearch',
    name: 'Elasticsearch / OpenSearch',
    fields: [
      url('http://elasticsearch:9200'),
      { at: 'jsonData.index', label: labels.index, hint: 'logs-*' },
      { at: 'jsonData.timeField', label: labels.timeField, hint: '@timestamp', required: true },
      ...HTTP,
    ],
  },
];

/** The kind of a type; one with an address alone for a type that has no form. */
export function kindOf(type: string): Kind {
  // Grafana's own name for PostgreSQL was shorter once, and files still have it.
  const known = type === 'postgres' ? 'grafana-postgresql-datasource' : type;
  return KINDS.find((kind) => kind.type === known) ?? { type, name: type, fields: [{ at: 'url', label: labels.url }, ...HTTP] };
}
