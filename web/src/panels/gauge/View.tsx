/** Gauges: an arc filled to the value, a thin ring of thresholds around it. */
import { messages, useT } from '../../lib/i18n';
import type { PanelProps } from '../contract';
import { fullText } from '../contract';
import { asBoolean, asString } from '../json';
import { LinkBox } from '../LinkBox';
import { boxGrid, fittingFont, reducedValues, textWidth } from '../reduced';
import type { Reduced } from '../reduced';
import { panelTexts } from '../texts';
import { GAUGE_FROM, GAUGE_TO, arcPath, gaugeAngle, onCircle, thresholdArcs } from './model';

const texts = messages({ ...panelTexts });

export function GaugeView(props: PanelProps) {
  const t = useT(texts);
  const { frames, options, width, height, language } = props;
  const values = reducedValues(frames, options, language);
  if (values.length === 0) return <div className="p-empty">{t('noData')}</div>;
  const { columns, rows } = boxGrid(values.length, width, height, asString(options['orientation'], 'auto'), 1.15);
  const box = { width: width / columns, height: Math.max(60, height / rows) };
  return (
    <div style={{ display: 'grid', width, height, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, overflow: 'auto' }}>
      {values.map((value) => (
        <LinkBox key={value.key} links={value.links}>
          <Gauge value={value} box={box} named={values.length > 1 || value.field.titled} props={props} />
        </LinkBox>
      ))}
    </div>
  );
}

function Gauge({
  value,
  box,
  named,
  props,
}: {
  value: Reduced;
  box: { width: number; height: number };
  named: boolean;
  props: PanelProps;
}) {
  const { options, theme } = props;
  const { field } = value;
  const min = field.min ?? Math.min(0, field.scale.min);
  const max = field.max ?? (field.scale.max > min ? field.scale.max : min + 100);
  const markers = options['showThresholdMarkers'] !== false && field.thresholds.length > 1;
  const labels = asBoolean(options['showThresholdLabels']);
  const nameHeight = named ? 18 : 0;
  const radius = Math.max(20, Math.min(box.width / 2 - (labels ? 22 : 8), (box.height - nameHeight) / 1.55 - (labels ? 14 : 6)));
  const cx = box.width / 2;
  const cy = (box.height - nameHeight) / 2 + radius * 0.22;
  const ring = markers ? Math.max(3, radius * 0.045) : 0;
  const outer = radius - ring - (markers ? 2 : 0);
  const inner = outer * 0.74;
  const text = fullText(value.display);
  const angle = gaugeAngle(value.display.numeric, min, max);
  return (
    <div data-testid="gauge" style={{ textAlign: 'center', minWidth: 0 }}>
      <svg width={box.width} height={box.height - nameHeight} role="img" aria-label={`${value.title}: ${text}`}>
        <path d={arcPath(cx, cy, inner, outer, GAUGE_FROM, GAUGE_TO)} fill={theme.grid} />
        <path d={arcPath(cx, cy, inner, outer, GAUGE_FROM, angle)} fill={value.color} />
        {markers &&
          thresholdArcs(field.thresholds, min, max).map((arc) => (
            <path key={arc.from} d={arcPath(cx, cy, radius - ring, radius, arc.from, arc.to)} fill={arc.color} />
          ))}
        {labels &&
          field.thresholds
            .filter((step) => Number.isFinite(step.value))
            .map((step) => {
              const [x, y] = onCircle(cx, cy, radius + 10, gaugeAngle(step.value, min, max));
              return (
                <text key={`${step.value}${step.color}`} x={x} y={y} fontSize={10} textAnchor="middle" fill={theme.textWeak}>
                  {fullText(field.display(step.value))}
                </text>
              );
            })}
        <text
          x={cx}
          y={cy + radius * 0.12}
          textAnchor="middle"
          fontWeight={600}
          fontSize={fittingFont(textWidth(text), inner * 1.7, radius * 0.5, 64)}
          fill={value.color}
        >
          {text}
        </text>
      </svg>
      {named && (
        <div
          style={{ fontSize: 12, lineHeight: `${nameHeight}px`, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}
          title={value.title}
        >
          {value.title}
        </div>
      )}
    </div>
  );
}
