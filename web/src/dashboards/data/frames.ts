/** Tables of values before field config: plain data that the engine and the Prometheus reader share. */
import type { FieldType } from '../../panels/contract';
import type { JsonObject } from '../../panels/json';

/** A column as read from a data source. */
export interface RawField {
  name: string;
  type: FieldType;
  values: unknown[];
  labels?: Record<string, string>;
  /** `displayNameFromDS` carries a legend; other keys as in field config. */
  config: JsonObject;
}

/** A table as read from a data source. */
export interface RawFrame {
  refId: string;
  name?: string;
  fields: RawField[];
  length: number;
  /** `heatmap-rows`, `log-lines` or nothing. */
  kind?: string;
}
