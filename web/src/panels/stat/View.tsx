/** Big numbers with a sparkline behind them. */
import { messages, useT } from '../../lib/i18n';
import type { PanelProps } from '../contract';
import { fullText } from '../contract';
import { asNumber, asString, at, oneOf } from '../json';
import { LinkBox } from '../LinkBox';
import { boxGrid, fittingFont, reducedValues, textOn, textWidth } from '../reduced';
import type { Reduced } from '../reduced';
import { panelTexts } from '../texts';
import { withAlpha } from '../timeseries/draw';
import { sparkPath } from './model';

const texts = messages({ ...panelTexts });

export function StatView(props: PanelProps) {
  const t = useT(texts);
  const { frames, options, width, height, language } = props;
  const values = reducedValues(frames, options, language);
  if (values.length === 0) return <div className="p-empty">{t('noData')}</div>;
  const { columns, rows } = boxGrid(values.length, width, height, asString(options['orientation'], 'auto'), 2.2);
  const gap = 4;
  const box = { width: (width - gap * (columns - 1)) / columns, height: Math.max(34, (height - gap * (rows - 1)) / rows) };
  return (
    <div style={{ display: 'grid', gap, width, height, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, overflow: 'auto' }}>
      {values.map((value) => (
        <Stat key={value.key} value={value} options={options} box={box} alone={values.length === 1} panel={props} />
      ))}
    </div>
  );
}

function Stat({
  value,
  options,
  box,
  alone,
  panel,
}: {
  value: Reduced;
  options: PanelProps['options'];
  box: { width: number; height: number };
  alone: boolean;
  panel: PanelProps;
}) {
  const colorMode = oneOf(options['colorMode'], ['value', 'background', 'background_solid', 'none'] as const, 'value');
  const textMode = oneOf(options['textMode'], ['auto', 'value', 'value_and_name', 'name', 'none'] as const, 'auto');
  const showName = textMode === 'name' || textMode === 'value_and_name' || (textMode === 'auto' && !alone);
  const showValue = textMode !== 'name' && textMode !== 'none';
  const graph = options['graphMode'] === 'area' && value.times.length > 1 && value.field.type === 'number';
  const background = colorMode.startsWith('background');
  const text = fullText(value.display);
  const color = colorMode === 'value' ? value.color : background ? textOn(value.color) : panel.theme.text;
  const wide = options['wideLayout'] !== false && showName && box.width / box.height > 2.6;
  const nameSize =
    asNumber(at(options, 'text.titleSize')) ??
    Math.max(11, Math.min(26, box.height * (wide ? 0.34 : 0.18), box.width / (Math.max(4, textWidth(value.title)) * (wide ? 1.3 : 0.6))));
  const valueSize =
    asNumber(at(options, 'text.valueSize')) ??
    fittingFont(
      textWidth(text) * 1.04,
      (wide ? box.width * 0.55 : box.width) - 16,
      (box.height - (showName && !wide ? nameSize * 1.3 : 0)) * (graph ? 0.6 : 0.78),
      96,
    );
  const centered = options['justifyMode'] === 'center' || (alone && !showName && !graph) || textMode === 'name';
  return (
    <LinkBox links={value.links} style={{ display: 'block', minWidth: 0 }}>
      <div
        data-testid="stat"
        title={showName ? undefined : value.title}
        style={{
          position: 'relative',
          overflow: 'hidden',
          width: '100%',
          height: box.height,
          borderRadius: 3,
          color,
          boxSizing: 'border-box',
          padding: '2px 8px',
          display: 'flex',
          flexDirection: wide ? 'row' : 'column',
          gap: wide ? 8 : 0,
          alignItems: wide ? 'center' : centered ? 'center' : 'flex-start',
          justifyContent: wide ? 'space-between' : graph ? 'flex-start' : 'center',
          background: background
            ? colorMode === 'background'
              ? `linear-gradient(120deg, ${withAlpha(value.color, 0.85)}, ${value.color})`
              : value.color
            : undefined,
        }}
      >
        {graph && <Spark value={value} box={box} background={background} />}
        {showName && (
          <div
            style={{
              position: 'relative',
              fontSize: nameSize,
              lineHeight: 1.25,
              fontWeight: 500,
              maxWidth: '100%',
              overflow: 'hidden',
              textOverflow: 'ellipsis',
              whiteSpace: 'nowrap',
              color: background ? color : panel.theme.text,
            }}
          >
            {value.title}
          </div>
        )}
        {showValue && (
          <div
            style={{
              position: 'relative',
              fontSize: Math.min(valueSize, box.height),
              lineHeight: 1.1,
              fontWeight: 600,
              whiteSpace: 'nowrap',
              fontVariantNumeric: 'tabular-nums',
            }}
          >
            {text}
          </div>
        )}
      </div>
    </LinkBox>
  );
}

function Spark({ value, box, background }: { value: Reduced; box: { width: number; height: number }; background: boolean }) {
  const height = box.height * 0.5;
  const { line, area } = sparkPath(value.times, value.field.values, box.width, height);
  const color = background ? 'rgba(255,255,255,0.55)' : value.color;
  return (
    <svg width={box.width} height={height} aria-hidden style={{ position: 'absolute', left: 0, bottom: 0 }}>
      <path d={area} fill={color} opacity={0.18} />
      <path d={line} fill="none" stroke={color} strokeWidth={1.3} />
    </svg>
  );
}
