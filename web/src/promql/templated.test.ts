import { describe, expect, it } from 'vitest';

import { covered, lintTemplated } from './templated';

describe('expressions with variables', () => {
  it.each([
    'up',
    'rate(http_requests_total{job="$job"}[$__rate_interval])',
    'rate(http_requests_total{job=~"${job:regex}", x!~"[[x]]"}[${interval}])',
    'sum by ($label) (up) > $threshold',
    'topk($n, up offset $shift)',
    'max_over_time(up[$__range:$__interval])',
    'node_$metric{a="b"}',
    'histogram_quantile($quantile, sum by (le, $group) (rate(x_bucket[5m])))',
  ])('%s is fine', (text) => expect(lintTemplated(text)).toEqual([]));

  it.each([
    ['rate(up{job="$job"})', 'expected type matrix'],
    ['rate(up[$__rate_interval]) +', ''],
  ])('%s is not', (text, message) => {
    const found = lintTemplated(text);
    expect(found.length).toBeGreaterThan(0);
    if (message !== '') expect(found[0]?.message.toLowerCase()).toContain(message.toLowerCase());
    for (const { from, to } of found) expect(from >= 0 && to <= text.length).toBe(true);
  });

  it('keep their length, and strings and comments stay', () => {
    const text = 'a{b="$c"} + ${long.name:csv} # $d';
    const out = covered(text, new Set()).text;
    expect(out).toHaveLength(text.length);
    expect(out).toContain('"$c"');
    expect(out).toContain('# $d');
    expect(covered('up', new Set())).toEqual({ text: 'up', variables: 0 });
  });
});
