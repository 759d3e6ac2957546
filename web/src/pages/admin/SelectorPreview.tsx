/** What a team's selector shows right now: how many series, and the first of them. */
import { Alert, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getV1 } from '../../api/client';
import { SeriesText } from '../../components/SeriesText';
import { ErrorBox, Loading } from '../../components/states';
import { messages, useT } from '../../lib/i18n';
import { formatCount } from '../../lib/numbers';

const texts = messages({
  all: ['Without a selector the members see every series.', '선택자가 없으면 모든 시계열을 볼 수 있습니다.'],
  none: ['No series of the last five minutes matches: the members would see nothing.', '최근 5분 동안 일치하는 시계열이 없습니다. 구성원이 아무것도 볼 수 없습니다.'],
  shows: ['Shows {n} {n|series|series} now, such as:', '지금 시계열 {n}개가 보입니다. 예:'],
});

/** Examples shown. */
const EXAMPLES = 5;
/** Typing pauses this long before the server is asked. */
const PAUSE_MS = 400;

interface Counted {
  result: readonly { value: readonly [number, string] }[];
}

export function SelectorPreview({ selector }: { selector: string }) {
  const t = useT(texts);
  const [wanted] = useDebouncedValue(selector.trim(), PAUSE_MS);
  const result = useQuery({
    queryKey: ['selector preview', wanted],
    enabled: wanted !== '',
    retry: false,
    queryFn: async ({ signal }) => {
      const nowMs = Date.now();
      const counted = await getV1<Counted>('/query', { query: `count(${wanted})` }, signal);
      const range = { start: (nowMs - 300_000) / 1000, end: nowMs / 1000 };
      const series = await getV1<Record<string, string>[]>('/series', { 'match[]': wanted, limit: EXAMPLES, ...range }, signal);
      return { count: Number(counted.result[0]?.value[1] ?? 0), series: series.slice(0, EXAMPLES) };
    },
  });
  if (wanted === '') return <Text size="sm">{t('all')}</Text>;
  if (result.error) return <ErrorBox error={result.error} />;
  if (!result.data) return <Loading height={40} />;
  const { count, series } = result.data;
  if (count === 0) return <Alert color="yellow">{t('none')}</Alert>;
  return (
    <Stack gap={4} data-testid="selector-preview" role="status">
      <Text size="sm">{t('shows', { n: formatCount(count) })}</Text>
      {series.map((metric) => (
        <SeriesText key={JSON.stringify(metric)} labels={metric} size="xs" />
      ))}
    </Stack>
  );
}
