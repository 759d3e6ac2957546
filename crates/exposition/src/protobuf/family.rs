//! The message `MetricFamily`, without its metrics' contents.

use model::MetricType;

use super::wire::Message;
use crate::error::ParseError;

/// What stands in a family besides its metrics.
#[derive(Clone, Debug, Default)]
pub(super) struct Family<'b> {
    pub(super) name: &'b str,
    pub(super) help: &'b str,
    pub(super) unit: &'b str,
    pub(super) kind: Kind,
    /// Each metric's bytes and place.
    pub(super) metrics: Vec<(&'b [u8], usize)>,
}

/// The enum `MetricType`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Counter,
    Gauge,
    Summary,
    Untyped,
    Histogram,
    GaugeHistogram,
}

impl Kind {
    pub(super) fn metric_type(self) -> MetricType {
        match self {
            Kind::Counter => MetricType::Counter,
            Kind::Gauge => MetricType::Gauge,
            Kind::Summary => MetricType::Summary,
            Kind::Untyped => MetricType::Unknown,
            Kind::Histogram => MetricType::Histogram,
            Kind::GaugeHistogram => MetricType::GaugeHistogram,
        }
    }

    pub(super) fn is_histogram(self) -> bool {
        matches!(self, Kind::Histogram | Kind::GaugeHistogram)
    }
}

impl<'b> Family<'b> {
    /// Reads the message into this family, whose buffers are reused.
    pub(super) fn read(&mut self, bytes: &'b [u8], base: usize) -> Result<(), ParseError> {
        *self = Family { metrics: std::mem::take(&mut self.metrics), ..Family::default() };
        self.metrics.clear();
        let mut message = Message::new("MetricFamily", bytes, base);
        while let Some((number, value)) = message.field()? {
            match number {
                1 => self.name = message.text("metric name", value)?,
                2 => self.help = message.text("help text", value)?,
                3 => {
                    self.kind = match message.integer("type", value)? {
                        0 => Kind::Counter,
                        1 => Kind::Gauge,
                        2 => Kind::Summary,
                        3 => Kind::Untyped,
                        4 => Kind::Histogram,
                        5 => Kind::GaugeHistogram,
                        other => return Err(message.error(format!("unknown metric type {other}"))),
                    }
                }
                4 => {
                    let metric = message.message("metric", value)?;
                    self.metrics.push((metric.bytes(), metric.base));
                }
                5 => self.unit = message.text("unit", value)?,
                _unknown => {}
            }
        }
        if self.name.is_empty() && !self.metrics.is_empty() {
            return Err(message.error("invalid metric name: "));
        }
        Ok(())
    }
}
