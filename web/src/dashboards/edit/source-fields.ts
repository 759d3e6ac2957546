/** What of a query its editor shows, by kind of data source. Keys that are not listed stay as they are. */
import type { Text } from '../../lib/i18n';
import type { JsonObject } from '../../panels/json';

/** A field of a query. */
export interface QueryField {
  key: string;
  label: Text;
  /** `lines`: a list of texts, one a line. `json`: anything else. */
  kind: 'code' | 'text' | 'lines' | 'select' | 'json';
  choices?: readonly { value: string; text: Text }[];
  /** What an absent value means. */
  fallback?: string;
}

/** Fields and what a query of this kind always carries. */
export interface QueryForm {
  fields: readonly QueryField[];
  always: JsonObject;
}

const AS_TABLE = { value: 'table', text: ['Table', '표'] as const };
const AS_SERIES = { value: 'time_series', text: ['Time series', '시계열'] as const };
const SQL_TEXT: QueryField = { key: 'rawSql', label: ['SQL', 'SQL'], kind: 'code' };
const FORMAT: Text = ['Format', '형식'];
const SQL: QueryForm = {
  fields: [SQL_TEXT, { key: 'format', label: FORMAT, kind: 'select', choices: [AS_TABLE, AS_SERIES], fallback: 'table' }],
  always: { rawQuery: true, editorMode: 'code' },
};

const SEARCH: QueryForm = {
  fields: [
    { key: 'query', label: ['Lucene query', 'Lucene 쿼리'], kind: 'code' },
    { key: 'alias', label: ['Alias, such as {{term host}}', '별칭, 예: {{term host}}'], kind: 'text' },
    { key: 'timeField', label: ['Time field', '시간 필드'], kind: 'text' },
    { key: 'metrics', label: ['Metrics', '지표'], kind: 'json' },
    { key: 'bucketAggs', label: ['Buckets', '버킷'], kind: 'json' },
  ],
  always: {},
};

const FORMS: Readonly<Record<string, QueryForm>> = {
  loki: {
    fields: [
      { key: 'expr', label: ['LogQL', 'LogQL'], kind: 'code' },
      { key: 'legendFormat', label: ['Legend, such as {{instance}}', '범례, 예: {{instance}}'], kind: 'text' },
      {
        key: 'queryType',
        label: ['Kind', '종류'],
        kind: 'select',
        choices: [
          { value: 'range', text: ['Range', '범위'] },
          { value: 'instant', text: ['Instant', '현재 값'] },
        ],
        fallback: 'range',
      },
    ],
    always: {},
  },
  postgres: SQL,
  'grafana-postgresql-datasource': SQL,
  mysql: SQL,
  influxdb: {
    fields: [
      { key: 'query', label: ['InfluxQL, Flux or SQL', 'InfluxQL, Flux 또는 SQL'], kind: 'code' },
      { key: 'alias', label: ['Alias, such as $tag_host', '별칭, 예: $tag_host'], kind: 'text' },
      {
        key: 'resultFormat',
        label: FORMAT,
        kind: 'select',
        choices: [AS_SERIES, AS_TABLE, { value: 'logs', text: ['Logs', '로그'] }],
        fallback: 'time_series',
      },
    ],
    always: { rawQuery: true },
  },
  elasticsearch: SEARCH,
  'grafana-opensearch-datasource': SEARCH,
  alertmanager: {
    fields: [
      { key: 'filter', label: ['Matchers, one a line', '매처, 한 줄에 하나'], kind: 'lines' },
      { key: 'receiver', label: ['Receiver', '수신자'], kind: 'text' },
    ],
    always: {},
  },
  __expr__: {
    fields: [
      {
        key: 'type',
        label: ['Operation', '연산'],
        kind: 'select',
        choices: [
          { value: 'math', text: ['Math', '수식'] },
          { value: 'reduce', text: ['Reduce', '축약'] },
          { value: 'resample', text: ['Resample', '재표본'] },
          { value: 'threshold', text: ['Threshold', '임계값'] },
        ],
        fallback: 'math',
      },
      { key: 'expression', label: ['Expression, such as $A * 2', '식, 예: $A * 2'], kind: 'text' },
      { key: 'reducer', label: ['Reducer, such as mean', '축약 방법, 예: mean'], kind: 'text' },
      { key: 'conditions', label: ['Conditions', '조건'], kind: 'json' },
    ],
    always: {},
  },
};

/** The form of a kind of data source; `undefined` where only its JSON can be edited. */
export function queryForm(type: string): QueryForm | undefined {
  return FORMS[type];
}
