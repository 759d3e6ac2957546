/** What API v2 tells about alerting: alerts, groups, silences, and our additions below `/api/v2/bongsu`. */
import type { Matcher } from '../lib/labels';

export type Labels = Readonly<Record<string, string>>;

export interface Acknowledgement {
  id: string;
  owner: string;
  note: string;
  at: string;
  until?: string | null;
}

/** An acknowledgement with the alerts that it is of: those that answer to all matchers of any of the sets. */
export interface ListedAck extends Acknowledgement {
  matcherSets: readonly (readonly Matcher[])[];
}

export interface Alert {
  fingerprint: string;
  labels: Labels;
  annotations: Labels;
  startsAt: string;
  endsAt: string;
  updatedAt: string;
  generatorURL?: string;
  receivers: readonly { name: string }[];
  status: {
    state: 'active' | 'suppressed' | 'unprocessed';
    silencedBy: readonly string[];
    inhibitedBy: readonly string[];
    mutedBy?: readonly string[];
  };
  acknowledged?: Acknowledgement;
}

export interface AlertGroup {
  labels: Labels;
  receiver: { name: string };
  routeLabels?: Labels;
  alerts: readonly Alert[];
}

export interface Silence {
  id: string;
  matchers: readonly Matcher[];
  startsAt: string;
  endsAt: string;
  createdBy: string;
  comment: string;
  updatedAt: string;
  annotations?: Labels;
  status: { state: 'active' | 'pending' | 'expired' };
  bongsu?: { silencesNow?: boolean; untilResolved?: boolean; windows?: readonly { from: string; to: string }[] };
}

/** A silence as it is posted: with an id it replaces that one. */
export interface PostedSilence {
  id?: string;
  matchers: readonly Matcher[];
  startsAt: string;
  endsAt: string;
  createdBy: string;
  comment: string;
  annotations?: Labels;
}

export interface Preview {
  alerts: readonly Alert[];
  matching: number;
  total: number;
  tooBroad: boolean;
  reason?: string | null;
  windows?: readonly { from: string; to: string }[];
}

export interface Route {
  receiver: string;
  matchers: readonly string[];
  continue: boolean;
  groupBy: readonly string[];
  groupWaitSeconds: number;
  groupIntervalSeconds: number;
  repeatIntervalSeconds: number;
  muteTimeIntervals: readonly string[];
  activeTimeIntervals: readonly string[];
  escalation: readonly { afterSeconds: number; receiver: string }[];
  children: readonly number[];
}

export interface LedgerEntry {
  at: string;
  kind: string;
  text: string;
  receiver?: string;
  integration?: string;
  groupKey?: string;
  reason?: string;
  note?: string;
  alerts?: readonly { fingerprint: string; labels: Labels }[];
  alertCount?: number;
}

export interface Why {
  text: string;
  alerts: readonly {
    fingerprint: string;
    labels: Labels;
    verdict: string;
    text: string;
    next?: string | null;
    receivers?: readonly { receiver: string; integration: string; verdict: string; at?: string; text: string }[];
  }[];
}
