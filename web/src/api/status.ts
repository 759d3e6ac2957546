/** What API v1 tells about the server: targets, rules, alerts, the database, the process. */

export type Labels = Readonly<Record<string, string>>;

export interface ActiveTarget {
  discoveredLabels: Labels;
  labels: Labels;
  scrapePool: string;
  scrapeUrl: string;
  globalUrl: string;
  lastError: string;
  lastScrape: string;
  /** In seconds. */
  lastScrapeDuration: number;
  health: 'up' | 'down' | 'unknown';
  scrapeInterval: string;
  scrapeTimeout: string;
}

export interface DroppedTarget {
  discoveredLabels: Labels;
  scrapePool: string;
}

export interface Targets {
  activeTargets: readonly ActiveTarget[];
  droppedTargets: readonly DroppedTarget[];
  droppedTargetCounts: Readonly<Record<string, number>> | null;
}

export type AlertState = 'firing' | 'pending' | 'inactive' | 'unknown';

export interface RuleAlert {
  labels: Labels;
  annotations: Labels;
  state: AlertState;
  activeAt: string;
  keepFiringSince?: string;
  value: string;
}

interface RuleBase {
  name: string;
  query: string;
  labels?: Labels;
  health: 'ok' | 'err' | 'unknown';
  lastError?: string;
  /** In seconds. */
  evaluationTime: number;
  lastEvaluation: string;
}

export interface AlertingRule extends RuleBase {
  type: 'alerting';
  state: AlertState;
  /** `for` and `keep_firing_for`, in seconds. */
  duration: number;
  keepFiringFor: number;
  annotations: Labels;
  alerts: readonly RuleAlert[];
}

export interface RecordingRule extends RuleBase {
  type: 'recording';
}

export type Rule = AlertingRule | RecordingRule;

export interface RuleGroup {
  name: string;
  file: string;
  /** In seconds. */
  interval: number;
  evaluationTime: number;
  lastEvaluation: string;
  rules: readonly Rule[];
}

export interface NamedCount {
  name: string;
  value: number;
}

export interface TsdbStatus {
  headStats: { numSeries: number; numLabelPairs: number; chunkCount: number; minTime: number; maxTime: number };
  seriesCountByMetricName: readonly NamedCount[];
  labelValueCountByLabelName: readonly NamedCount[];
  memoryInBytesByLabelName: readonly NamedCount[];
  seriesCountByLabelValuePair: readonly NamedCount[];
  bongsu?: {
    memory: { limitBytes: number; heldBytes: number; usedBytes: readonly NamedCount[] };
    refusedSeries: readonly NamedCount[];
    refusedSeriesOrigins: readonly NamedCount[];
    refusedSeriesLabels: readonly NamedCount[];
  };
}

export interface Block {
  ulid: string;
  minTime: number;
  maxTime: number;
  stats?: { numSamples?: number; numSeries?: number; numChunks?: number };
  compaction?: { level?: number };
}

export interface RunningQuery {
  id: string;
  query: string;
  /** In milliseconds; equal for an instant query. */
  start: number;
  end: number;
  step: number;
  state: string;
  user: string;
  remote_addr: string;
  user_agent: string;
  started: string;
  duration: string;
  cancelled: boolean;
  samples: number;
  bytes: number;
}
