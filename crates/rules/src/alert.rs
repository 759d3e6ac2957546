//! One alert: a label set that an alerting rule found, and how far it has come.

use model::Labels;

/// How far an alert has come. Ordered: a rule is as bad as its worst alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertState {
    /// The rule was not evaluated yet.
    Unknown,
    /// The condition does not hold (any more).
    Inactive,
    /// The condition holds, but not for long enough.
    Pending,
    /// People are to know.
    Firing,
}

impl AlertState {
    /// The API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            AlertState::Unknown => "unknown",
            AlertState::Inactive => "inactive",
            AlertState::Pending => "pending",
            AlertState::Firing => "firing",
        }
    }
}

/// One alert. Times are in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// How far it has come.
    pub state: AlertState,
    /// What identifies it.
    pub labels: Labels,
    /// Texts for people.
    pub annotations: Labels,
    /// The value when the condition last held; 0 for a histogram.
    pub value: f64,
    /// Since when the condition holds.
    pub active_at_ms: i64,
    /// Since when it fires.
    pub fired_at_ms: Option<i64>,
    /// When it ceased to.
    pub resolved_at_ms: Option<i64>,
    /// When it was last sent.
    pub last_sent_ms: Option<i64>,
    /// Until when receivers may take it as firing, if they hear nothing more.
    pub valid_until_ms: i64,
    /// Since when it only fires because of `keep_firing_for`.
    pub keep_firing_since_ms: Option<i64>,
    /// Since when it only fires because there is no data that would say otherwise.
    pub no_data_since_ms: Option<i64>,
}

impl Alert {
    /// A new alert whose condition holds since `t_ms`.
    pub fn pending(labels: Labels, annotations: Labels, value: f64, t_ms: i64) -> Alert {
        Alert {
            state: AlertState::Pending,
            labels,
            annotations,
            value,
            active_at_ms: t_ms,
            fired_at_ms: None,
            resolved_at_ms: None,
            last_sent_ms: None,
            valid_until_ms: 0,
            keep_firing_since_ms: None,
            no_data_since_ms: None,
        }
    }

    /// Whether it must be sent now: it fires or ceased to, and that is news or long enough ago.
    pub fn needs_sending(&self, t_ms: i64, resend_delay_ms: i64) -> bool {
        if self.state == AlertState::Pending {
            return false;
        }
        let Some(sent) = self.last_sent_ms else { return true };
        self.resolved_at_ms.is_some_and(|resolved| resolved > sent) || sent + resend_delay_ms < t_ms
    }
}
