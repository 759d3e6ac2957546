import { describe, expect, it } from 'vitest';
import { dropRule, parsePair, selectorOf } from './model';

describe('dropRule', () => {
  it.each([
    [{ kind: 'metric', name: 'a.b' }, "metric_relabel_configs:\n  - source_labels: ['__name__']\n    regex: 'a\\.b'\n    action: drop\n"],
    [{ kind: 'label', name: "it's" }, "metric_relabel_configs:\n  - action: labeldrop\n    regex: 'it''s'\n"],
    [{ kind: 'pair', name: '지역', value: 'a|b' }, "metric_relabel_configs:\n  - source_labels: ['지역']\n    regex: 'a\\|b'\n    action: drop\n"],
  ])('%o', (target, want) => expect(dropRule(target as never)).toBe(want));
});

it.each([
  ['job=x', { name: 'job', value: 'x' }],
  ['q=a=b', { name: 'q', value: 'a=b' }],
  ['q', { name: 'q', value: '' }],
])('%s', (text, want) => expect(parsePair(text)).toEqual(want));

it.each([
  [{ kind: 'metric', name: 'up' }, '{__name__="up"}'],
  [{ kind: 'label', name: 'pod' }, '{pod!=""}'],
  [{ kind: 'pair', name: '지역', value: 'x' }, '{"지역"="x"}'],
])('%o', (target, want) => expect(selectorOf(target as never)).toBe(want));
