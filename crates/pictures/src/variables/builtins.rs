//! Variables that every dashboard has: `$__interval`, `$__rate_interval`, `$__range`, `$__from`, `$__dashboard`, …

use super::interpolate::Meaning;
use super::interval;

/// What the built-ins are computed from.
#[derive(Clone, Debug)]
pub struct Builtins {
    /// The panel's range in Unix milliseconds.
    pub span: (f64, f64),
    /// The range as written, for links.
    pub written: (String, String),
    /// The step; 0 outside of queries.
    pub step_ms: f64,
    /// How often the data source is scraped.
    pub scrape_ms: f64,
    /// The zone's name.
    pub zone: String,
    /// The dashboard's identifier and title.
    pub dashboard: (String, String),
    /// Who asks.
    pub login: String,
}

impl Builtins {
    /// The same for a query with a step.
    pub fn stepped(&self, step_ms: f64, scrape_ms: f64) -> Builtins {
        Builtins { step_ms, scrape_ms, ..self.clone() }
    }

    /// What a name means.
    pub fn lookup(&self, name: &str, path: Option<&str>) -> Option<Meaning> {
        let (from, to) = self.span;
        let range_ms = to - from;
        let seconds = (range_ms / 1000.0).round().max(1.0);
        let rate = interval::rate(self.step_ms, self.scrape_ms);
        let value = match name {
            "__interval" => interval::format(self.step_ms),
            "interval" if self.step_ms > 0.0 => interval::format(self.step_ms),
            "__interval_ms" => self.step_ms.to_string(),
            "__rate_interval" => interval::format(rate),
            "__rate_interval_ms" => rate.to_string(),
            "__range" => format!("{seconds}s"),
            "__range_s" => seconds.to_string(),
            "__range_ms" => range_ms.to_string(),
            "__from" => from.to_string(),
            "__to" => to.to_string(),
            "__timezone" => self.zone.clone(),
            "__dashboard" if path == Some("uid") => self.dashboard.0.clone(),
            "__dashboard" => self.dashboard.1.clone(),
            "__org" => if path == Some("name") { "Main Org." } else { "1" }.to_owned(),
            "__user" => self.login.clone(),
            "timeFilter" | "__timeFilter" => format!("time >= {from}ms and time <= {to}ms"),
            "__url_time_range" => {
                let meaning = Meaning::one(format!("from={}&to={}", self.written.0, self.written.1));
                return Some(Meaning { verbatim: true, ..meaning });
            }
            _other => return None,
        };
        Some(Meaning::one(value))
    }
}
