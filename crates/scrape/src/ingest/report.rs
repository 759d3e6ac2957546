//! The series that a scrape adds about itself: `up` and `scrape_*`.

use std::time::Duration;

use model::value::STALE_NAN;
use model::{Metadata, MetricType};
use storage::{Append, AppendError, SeriesRef};

use super::{Outcome, Rules};
use crate::sample_labels;

/// Name, unit, help; the last three only with `extra_scrape_metrics`.
const SERIES: [(&str, &str, &str); 8] = [
    ("up", "targets", "Health of the scrape target. 1 means the target is healthy, 0 if the scrape failed."),
    ("scrape_duration_seconds", "seconds", "Duration of the last scrape in seconds."),
    ("scrape_samples_scraped", "samples", "Number of samples last scraped."),
    (
        "scrape_samples_post_metric_relabeling",
        "samples",
        "Number of samples remaining after metric relabeling was applied.",
    ),
    ("scrape_series_added", "series", "Number of series in the last scrape."),
    ("scrape_timeout_seconds", "seconds", "The configured scrape timeout for a target."),
    (
        "scrape_sample_limit",
        "samples",
        "The configured sample limit for a target. Returns zero if there is no limit configured.",
    ),
    (
        "scrape_body_size_bytes",
        "bytes",
        "The uncompressed size of the last scrape response, if successful. Scrapes failing because body_size_limit is exceeded report -1, other scrape failures report 0.",
    ),
];
const ALWAYS: usize = 5;

/// Values of [`SERIES`], in order.
pub(super) struct Values([f64; 8]);

impl Values {
    pub(super) fn of(outcome: &Outcome, rules: Rules<'_>, elapsed: Duration, body_bytes: i64) -> Values {
        Values([
            f64::from(u8::from(outcome.error.is_none())),
            elapsed.as_secs_f64(),
            outcome.scraped as f64,
            outcome.kept as f64,
            outcome.series_added as f64,
            rules.target.timeout.as_secs_f64(),
            rules.config.limits.sample_limit as f64,
            body_bytes as f64,
        ])
    }

    pub(super) fn stale() -> Values {
        Values([STALE_NAN; 8])
    }
}

/// Where the storage keeps them.
#[derive(Debug, Default)]
pub(super) struct ReportSeries([Option<SeriesRef>; 8]);

impl ReportSeries {
    /// Adds one sample to each. Refusals are expected where a target comes back under another loop: then the
    /// sample that is stored already stands.
    pub(super) fn store(&mut self, app: &mut dyn Append, rules: Rules<'_>, t: i64, values: &Values) {
        let count = if rules.config.extra_scrape_metrics { SERIES.len() } else { ALWAYS };
        for (i, value) in values.0.iter().take(count).enumerate() {
            let known = self.0[i].map(|series| app.sample(series, t, *value));
            if !matches!(known, None | Some(Err(AppendError::UnknownSeries))) {
                continue;
            }
            let (name, unit, help) = SERIES[i];
            // A bound on new series may forbid it; the scrape itself is none the worse.
            let Ok(series) = app.resolve(&sample_labels::report(name, &rules.target.labels)) else {
                continue;
            };
            self.0[i] = Some(series);
            app.sample(series, t, *value).ok();
            if rules.features.metadata_records {
                let metadata =
                    Metadata { kind: MetricType::Gauge, unit: unit.to_owned(), help: help.to_owned() };
                app.metadata(series, &metadata).ok();
            }
        }
    }
}
