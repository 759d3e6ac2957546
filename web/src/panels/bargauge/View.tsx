/** Bars with their values: one per series, coloured by thresholds, plain, gradient or in lit cells. */
import { messages, useT } from '../../lib/i18n';
import type { PanelProps } from '../contract';
import { fullText } from '../contract';
import { asNumber, asString, at, oneOf } from '../json';
import { LinkBox } from '../LinkBox';
import { reducedValues, textWidth } from '../reduced';
import type { Reduced } from '../reduced';
import { panelTexts } from '../texts';
import { withAlpha } from '../timeseries/draw';
import { cells, gradientStops, share } from './model';

const texts = messages({ ...panelTexts });

export function BarGaugeView(props: PanelProps) {
  const t = useT(texts);
  const { frames, options, width, height, language } = props;
  const values = reducedValues(frames, options, language);
  if (values.length === 0) return <div className="p-empty">{t('noData')}</div>;
  const wanted = asString(options['orientation'], 'auto');
  const vertical = wanted === 'vertical' || (wanted === 'auto' && width > height * 1.5 && values.length <= width / 60);
  const all = values.flatMap((value) => (Number.isFinite(value.display.numeric) ? [value.display.numeric] : []));
  const scale = (value: Reduced): { min: number; max: number } => {
    const min = value.field.min ?? Math.min(0, ...all);
    return { min, max: value.field.max ?? Math.max(...all, min + 1e-9) };
  };
  const named = oneOf(options['namePlacement'], ['auto', 'top', 'left', 'hidden'] as const, 'auto');
  const valueWidth = Math.min(width * 0.4, Math.max(...values.map((value) => textWidth(fullText(value.display)))) * 8.6 + 10);
  if (vertical) {
    const barHeight = Math.max(20, height - 44);
    return (
      <div style={{ display: 'flex', gap: 8, width, height, overflow: 'auto' }}>
        {values.map((value) => (
          <LinkBox key={value.key} links={value.links} style={{ flex: '1 1 0', minWidth: 34 }}>
            <div
              data-testid="bar"
              style={{ flex: '1 1 0', minWidth: 34, height: '100%', display: 'flex', flexDirection: 'column', alignItems: 'stretch' }}
            >
              <div
                style={{
                  height: 22,
                  textAlign: 'center',
                  color: value.color,
                  fontWeight: 600,
                  fontSize: 13,
                  whiteSpace: 'nowrap',
                  overflow: 'hidden',
                }}
              >
                {fullText(value.display)}
              </div>
              <Bar value={value} vertical length={barHeight} {...scale(value)} props={props} />
              <div
                style={{
                  height: 20,
                  fontSize: 12,
                  textAlign: 'center',
                  overflow: 'hidden',
                  textOverflow: 'ellipsis',
                  whiteSpace: 'nowrap',
                }}
                title={value.title}
              >
                {value.title}
              </div>
            </div>
          </LinkBox>
        ))}
      </div>
    );
  }
  const rowHeight = Math.max(
    asNumber(options['minVizHeight'], 16) + 4,
    Math.min(asNumber(options['maxVizHeight'], 300), height / values.length - 4),
  );
  const onTop = named === 'top' || (named === 'auto' && rowHeight > 42);
  const nameWidth =
    named === 'hidden' || onTop ? 0 : Math.min(width * 0.4, Math.max(...values.map((value) => textWidth(value.title))) * 7.2 + 10);
  return (
    <div style={{ width, height, overflow: 'auto', display: 'flex', flexDirection: 'column', gap: 4, justifyContent: 'space-around' }}>
      {values.map((value) => (
        <LinkBox key={value.key} links={value.links}>
          <div data-testid="bar">
            {onTop && <div style={{ fontSize: 12, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}>{value.title}</div>}
            <div style={{ display: 'flex', alignItems: 'center', height: onTop ? rowHeight - 20 : rowHeight }}>
              {nameWidth > 0 && (
                <div
                  style={{
                    width: nameWidth,
                    fontSize: 12,
                    paddingRight: 8,
                    boxSizing: 'border-box',
                    overflow: 'hidden',
                    textOverflow: 'ellipsis',
                    whiteSpace: 'nowrap',
                    flex: 'none',
                  }}
                  title={value.title}
                >
                  {value.title}
                </div>
              )}
              <Bar value={value} vertical={false} length={width - nameWidth - valueWidth} {...scale(value)} props={props} />
              <div
                style={{
                  width: valueWidth,
                  textAlign: 'right',
                  color: at(options, 'valueMode') === 'text' ? props.theme.text : value.color,
                  fontWeight: 600,
                  fontSize: 14,
                  flex: 'none',
                  whiteSpace: 'nowrap',
                }}
              >
                {at(options, 'valueMode') === 'hidden' ? '' : fullText(value.display)}
              </div>
            </div>
          </div>
        </LinkBox>
      ))}
    </div>
  );
}

function Bar({
  value,
  vertical,
  length,
  min,
  max,
  props,
}: {
  value: Reduced;
  vertical: boolean;
  length: number;
  min: number;
  max: number;
  props: PanelProps;
}) {
  const mode = oneOf(props.options['displayMode'], ['basic', 'gradient', 'lcd'] as const, 'gradient');
  const filled = share(value.display.numeric, min, max);
  const size = vertical ? { width: '100%', height: length } : { width: Math.max(10, length), height: '100%' };
  const track = props.options['showUnfilled'] === false ? 'transparent' : props.theme.grid;
  if (mode === 'lcd') {
    return (
      <div style={{ ...size, display: 'flex', flexDirection: vertical ? 'column-reverse' : 'row', gap: 2 }} aria-hidden>
        {cells(length, filled, min, max).map((cell) => (
          <div
            key={cell.at}
            style={{ flex: 1, borderRadius: 1, background: cell.lit ? (value.field.display(cell.value).color ?? value.color) : track }}
          />
        ))}
      </div>
    );
  }
  const percent = `${(filled * 100).toFixed(2)}%`;
  const fill =
    mode === 'gradient'
      ? `linear-gradient(${vertical ? 'to top' : 'to right'}, ${gradientStops(value.field, min, max, filled, value.color).join(', ')})`
      : withAlpha(value.color, 0.35);
  return (
    <div style={{ ...size, background: track, borderRadius: 2, position: 'relative', overflow: 'hidden' }} aria-hidden>
      <div
        style={{
          position: 'absolute',
          left: 0,
          bottom: 0,
          background: fill,
          ...(vertical
            ? { width: '100%', height: percent, borderTop: `2px solid ${value.color}` }
            : { height: '100%', width: percent, borderRight: `2px solid ${value.color}` }),
        }}
      />
    </div>
  );
}
