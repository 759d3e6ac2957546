/** `/query`: several queries over one time range, everything in the address. */
import { Button, Stack } from '@mantine/core';
import { useEffect, useMemo } from 'react';
import { useNavigate } from 'react-router-dom';
import { Icon } from '../../components/Icon';
import { PageFrame } from '../../components/PageFrame';
import { useTime } from '../../components/time';
import { useT } from '../../lib/i18n';
import { useUrlParams } from '../../lib/urlParams';
import { QueryPanel } from './QueryPanel';
import { NEW_PANEL, PANELS_MAX, type PanelState, readOldRange, readPanels, writePanels } from './model';
import { texts } from './texts';

export default function ExplorePage() {
  const t = useT(texts);
  const { params } = useUrlParams();
  const navigate = useNavigate();
  const { setRange } = useTime();
  const panels = useMemo(() => readPanels(params), [params]);

  // The range that an old link tells becomes the page's.
  useEffect(() => {
    const old = readOldRange(params);
    if (old) setRange(old);
  }, [params, setRange]);

  const write = (next: readonly PanelState[], how: 'push' | 'replace' = 'push') => {
    const search = writePanels(new URLSearchParams(window.location.search), next).toString();
    void navigate({ search: `?${search}` }, { replace: how === 'replace' });
  };
  const put = (i: number, panel: PanelState) => {
    const newQuery = panel.expr !== panels[i]?.expr;
    write(panels.with(i, panel), newQuery ? 'push' : 'replace');
  };
  return (
    <PageFrame title={t('title')} about={t('about')}>
      <Stack gap="md">
        {panels.map((panel, i) => (
          <QueryPanel
            // Panels have no identity of their own: the place is it.
            key={i}
            number={i + 1}
            state={panel}
            onChange={(next) => put(i, next)}
            onDuplicate={() => write(panels.toSpliced(i + 1, 0, panel))}
            onRemove={panels.length > 1 ? () => write(panels.toSpliced(i, 1)) : undefined}
          />
        ))}
        <div>
          <Button
            variant="default"
            leftSection={<Icon name="plus" />}
            disabled={panels.length >= PANELS_MAX}
            onClick={() => write([...panels, NEW_PANEL])}
          >
            {t('add')}
          </Button>
        </div>
      </Stack>
    </PageFrame>
  );
}
