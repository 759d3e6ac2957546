//! What evaluation reads, writes and tells.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use model::Labels;
use promql::{Clock, Engine, ParseOptions};
use storage::{Appendable, Cancel, Queryable};

use crate::alert::AlertState;
use crate::metrics::Metrics;

/// An alert on its way to the Alertmanagers. Times are in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// What identifies it.
    pub labels: Labels,
    /// Texts for people.
    pub annotations: Labels,
    /// Since when it fires.
    pub starts_at_ms: i64,
    /// When it ended, or until when it may be taken as firing.
    pub ends_at_ms: i64,
    /// Where it came from.
    pub generator_url: String,
}

/// Takes alerts. An implementation must not block: it queues.
pub trait Notify: Send + Sync {
    /// Takes alerts that are due: all of one rule.
    fn notify(&self, alerts: Vec<Notification>);

    /// Hears of alerts of a rule that came to another state in the evaluation of `t_ms`. Nobody has to.
    fn changed(&self, _rule: &str, _t_ms: i64, _changes: &[Change]) {}
}

/// An alert that came to another state.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What identifies it.
    pub labels: Labels,
    /// What it is now; inactive if it is no more.
    pub state: AlertState,
    /// The value that it was last found with.
    pub value: f64,
}

/// A query that a rule made, for a log of queries.
#[derive(Debug)]
pub struct RuleQuery<'a> {
    /// File of the group.
    pub file: &'a str,
    /// The group.
    pub group: &'a str,
    /// The expression.
    pub expr: &'a str,
    /// For which time, in milliseconds.
    pub t_ms: i64,
    /// How long it took.
    pub took: Duration,
    /// Why it failed.
    pub error: Option<&'a str>,
}

/// Is told of each query that a rule made.
pub type OnQuery = Arc<dyn Fn(&RuleQuery<'_>) + Send + Sync>;

/// What a configuration says about all groups.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Labels of this server, which templates may use.
    pub external_labels: Labels,
    /// How far in the past groups that do not say are evaluated.
    pub query_offset: Duration,
}

/// What evaluation reads, writes and tells. Shared by all groups.
pub struct Environment {
    /// What expressions read.
    pub data: Arc<dyn Queryable>,
    /// Where results go.
    pub out: Arc<dyn Appendable>,
    /// Evaluates expressions.
    pub engine: Arc<Engine>,
    /// Which PromQL templates' queries are written in.
    pub promql: ParseOptions,
    /// Where users reach this server, without a slash at the end.
    pub external_url: String,
    /// What the configuration says; replaced by reloads.
    pub settings: ArcSwap<Settings>,
    /// Who hears of alerts.
    pub notify: Arc<dyn Notify>,
    /// Shortest time between two sendings of an alert.
    pub resend_delay: Duration,
    /// For how long an outage may last so that `for` goes on behind it.
    pub outage_tolerance: Duration,
    /// Shortest time between a restart and the firing of an alert that was pending before.
    pub for_grace_period: Duration,
    /// Whether recording rules are evaluated for the time that the server was down.
    pub catch_up: bool,
    /// Measures durations.
    pub clock: Arc<dyn Clock>,
    /// Ends queries under way.
    pub cancel: Cancel,
    /// Counts.
    pub metrics: Metrics,
    /// Hears of each query.
    pub on_query: Option<OnQuery>,
    /// Rules that may be evaluated beside others of their group.
    pub concurrency: Concurrency,
}

/// A number of rules, over all groups, that may be evaluated beside others of their group.
#[derive(Debug, Default)]
pub struct Concurrency {
    free: AtomicUsize,
    max: usize,
}

impl Concurrency {
    /// So many; 0 for one after the other.
    pub fn new(max: usize) -> Concurrency {
        Concurrency { free: AtomicUsize::new(max), max }
    }

    /// Whether there may be any.
    pub(crate) fn is_on(&self) -> bool {
        self.max > 0
    }

    /// Takes a place, if one is free.
    pub(crate) fn try_acquire(&self) -> bool {
        self.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| free.checked_sub(1)).is_ok()
    }

    /// Gives a place back.
    pub(crate) fn release(&self) {
        self.free.fetch_add(1, Ordering::Relaxed);
    }
}
