/** Reports by mail, as our own endpoint tells them. */
import { ApiError, send } from './client';

export interface Report {
  name: string;
  dashboardUid: string;
  dashboardTitle: string;
  /** Five fields, as cron has them. */
  schedule: string;
  timeZone: string;
  recipients: readonly string[];
  formats: readonly string[];
  nextRun: string | null;
  lastRun: string | null;
  /** What went wrong the last time; empty if nothing did. */
  lastError: string;
}

/** All reports; `undefined` where the server sends none. */
export async function listReports(signal?: AbortSignal): Promise<Report[] | undefined> {
  try {
    return (await send('/api/bongsu/reports', { signal })) as Report[];
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Sends a report now, beside its schedule. */
export async function sendReport(name: string): Promise<void> {
  await send(`/api/bongsu/reports/${encodeURIComponent(name)}/send`, { method: 'POST' });
}
