/** The form of a silence: from an address or an existing one, to what is posted. */
import type { PostedSilence, Silence } from '../../api/alerting';
import { parseDuration } from '../../lib/durations';
import { type Matcher, matcherText } from '../../lib/labels';
import { resolveTime } from '../../lib/timeRange';
import { formatTime } from '../../lib/times';

export interface SilenceForm {
  /** Of the silence that is edited. */
  id?: string;
  matchers: Matcher[];
  /** A moment as the page shows it; `''` for now. */
  start: string;
  /** A duration (`2h`) or a moment. */
  end: string;
  createdBy: string;
  comment: string;
  /** Ends when everything that it silences is resolved. */
  untilResolved: boolean;
  /** When it recurs, such as `mon-fri 22:00-06:00 Asia/Seoul`; `''` for always. */
  during: string;
}

const UNTIL_RESOLVED = 'bongsu_until_resolved';
const DURING = 'bongsu_during';

export function emptyForm(matchers: Matcher[], createdBy: string): SilenceForm {
  return { matchers, start: '', end: '2h', createdBy, comment: '', untilResolved: false, during: '' };
}

/** The form of an existing silence. `again`: a new one like it, from now on. */
export function formOf(silence: Silence, again: boolean): SilenceForm {
  const length = Date.parse(silence.endsAt) - Date.parse(silence.startsAt);
  return {
    id: again ? undefined : silence.id,
    matchers: silence.matchers.map((matcher) => ({ ...matcher, isEqual: matcher.isEqual ?? true })),
    start: again ? '' : formatTime(Date.parse(silence.startsAt)),
    end: again ? `${Math.max(Math.round(length / 60_000), 1)}m` : formatTime(Date.parse(silence.endsAt)),
    createdBy: silence.createdBy,
    comment: silence.comment,
    untilResolved: silence.annotations?.[UNTIL_RESOLVED] === 'true',
    during: silence.annotations?.[DURING] ?? '',
  };
}

export type Problem = 'matchers' | 'emptyMatcher' | 'start' | 'end' | 'order' | 'createdBy' | 'comment';

/** What is posted, or what is missing. */
export function toPosted(form: SilenceForm, nowMs: number): { silence?: PostedSilence; problems: Problem[] } {
  const matchers = form.matchers.filter((matcher) => matcher.name.trim() !== '');
  const startMs = form.start.trim() === '' ? nowMs : resolveTime(form.start, nowMs);
  const length = parseDuration(form.end);
  const endMs = length !== undefined && startMs !== undefined ? startMs + length : resolveTime(form.end, nowMs);
  const problems: Problem[] = [];
  if (matchers.length === 0) problems.push('matchers');
  else if (!matchers.some((matcher) => matchesSomething(matcher))) problems.push('emptyMatcher');
  if (startMs === undefined) problems.push('start');
  if (endMs === undefined) problems.push('end');
  if (startMs !== undefined && endMs !== undefined && (endMs <= startMs || endMs <= nowMs)) problems.push('order');
  if (form.createdBy.trim() === '') problems.push('createdBy');
  if (form.comment.trim() === '') problems.push('comment');
  if (problems.length > 0 || startMs === undefined || endMs === undefined) return { problems };
  const annotations: Record<string, string> = {};
  if (form.untilResolved) annotations[UNTIL_RESOLVED] = 'true';
  if (form.during.trim() !== '') annotations[DURING] = form.during.trim();
  const silence: PostedSilence = {
    ...(form.id ? { id: form.id } : {}),
    matchers,
    startsAt: new Date(startMs).toISOString(),
    endsAt: new Date(endMs).toISOString(),
    createdBy: form.createdBy.trim(),
    comment: form.comment.trim(),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
  return { silence, problems };
}

/** A silence needs one matcher that an absent label does not answer: otherwise it would silence everything. */
function matchesSomething({ value, isRegex, isEqual }: Matcher): boolean {
  if (!isRegex) return (value !== '') === isEqual;
  try {
    return new RegExp(`^(?:${value})$`).test('') !== isEqual;
  } catch {
    return true;
  }
}

/** Silences in a state whose text answers to a search. */
export function filterSilences(silences: readonly Silence[], state: string, search: string): Silence[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return silences.filter((silence) => {
    const text = [silence.id, silence.createdBy, silence.comment, ...silence.matchers.map(matcherText)].join(' ').toLowerCase();
    return silence.status.state === state && words.every((word) => text.includes(word));
  });
}
