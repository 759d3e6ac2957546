/** What people stumble over again and again with a function, in a sentence; shown with its help. */
import { messages } from '../lib/i18n';

const EXTRAPOLATED = [
  'The result is extrapolated to the whole window, so increments need not be whole numbers, and a counter’s first value counts as nothing gained. With the feature flag promql-extended-range-selectors, “anchored” after the window counts from the sample before it, without extrapolation.',
  '결과를 구간 전체로 외삽하므로 증가분이 정수가 아닐 수 있고, 카운터의 첫 값은 증가로 치지 않습니다. 기능 플래그 promql-extended-range-selectors를 켜고 구간 뒤에 “anchored”를 쓰면 구간 직전 표본부터 외삽 없이 셉니다.',
] as const;

export const notes = messages({
  rate: EXTRAPOLATED,
  increase: EXTRAPOLATED,
  delta: EXTRAPOLATED,
  irate: [
    'Looks at the last two samples of the window only: between them a graph with wide steps sees nothing.',
    '구간의 마지막 두 표본만 봅니다. 간격이 넓은 그래프에서는 그 사이의 변화가 보이지 않습니다.',
  ],
  absent: ['Has the labels that are written with “=” in its selector, and no others.', '선택자에 “=”로 적은 레이블만 결과에 남습니다.'],
  histogram_quantile: [
    'For classic histograms, “le” must still be there: sum by (le, …) before it. The answer is interpolated inside of a bucket.',
    '기존 히스토그램은 “le” 레이블이 남아 있어야 합니다: 먼저 sum by (le, …)를 쓰세요. 값은 버킷 안에서 보간됩니다.',
  ],
});

export function noteOf(name: string): keyof typeof notes | undefined {
  return name in notes ? (name as keyof typeof notes) : undefined;
}
