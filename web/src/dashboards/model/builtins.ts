/** Variables that every dashboard has: `$__interval`, `$__rate_interval`, `$__range`, `$__from`, `$__dashboard`, … */
import type { Lookup, VariableValue } from './interpolate';
import { formatDuration, rateInterval } from './interval';
import type { TimeSpan, TimeText } from './time';

/** What the built-ins are computed from. */
export interface BuiltinContext {
  span: TimeSpan;
  /** The dashboard's range as written, for links. */
  text: TimeText;
  /** 0 outside of queries. */
  stepMs: number;
  scrapeMs: number;
  zone: string;
  dashboard: { uid: string; title: string };
  user: { login: string; email: string; id: number } | undefined;
  /** `var-a=1&var-b=2` of all variables. */
  allVariables: () => string;
}

/** Meanings of the built-in names. */
export function builtinLookup(context: BuiltinContext): Lookup {
  const { span } = context;
  const rangeMs = span.to - span.from;
  return (name, path) => {
    switch (name) {
      case '__interval':
      case 'interval':
        return name === 'interval' && context.stepMs === 0 ? undefined : plain(formatDuration(context.stepMs));
      case '__interval_ms':
        return plain(String(context.stepMs));
      case '__rate_interval':
        return plain(formatDuration(rateInterval(context.stepMs, context.scrapeMs)));
      case '__rate_interval_ms':
        return plain(String(rateInterval(context.stepMs, context.scrapeMs)));
      case '__range':
        return plain(`${Math.max(1, Math.round(rangeMs / 1000))}s`);
      case '__range_s':
        return plain(String(Math.max(1, Math.round(rangeMs / 1000))));
      case '__range_ms':
        return plain(String(rangeMs));
      case '__from':
        return plain(String(span.from));
      case '__to':
        return plain(String(span.to));
      case '__timezone':
        return plain(context.zone === '' ? 'browser' : context.zone);
      case '__dashboard':
        return plain(path === 'uid' ? context.dashboard.uid : context.dashboard.title);
      case '__org':
        return plain(path === 'name' ? 'Main Org.' : '1');
      case '__user':
        return plain(
          path === 'email' ? (context.user?.email ?? '') : path === 'id' ? String(context.user?.id ?? 0) : (context.user?.login ?? ''),
        );
      case '__url_time_range':
        return verbatim(`from=${encodeURIComponent(context.text.from)}&to=${encodeURIComponent(context.text.to)}`);
      case '__all_variables':
        return verbatim(context.allVariables());
      case 'timeFilter':
      case '__timeFilter':
        return plain(`time >= ${span.from}ms and time <= ${span.to}ms`);
      default:
        return undefined;
    }
  };
}

function plain(value: string): VariableValue {
  return { value, text: value };
}

function verbatim(value: string): VariableValue {
  return { value, text: value, verbatim: true };
}
