//! What a configuration file asks for, as the state machine needs it.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use model::Labels;

use crate::inhibit::RuleConfig;
use crate::matchers::Syntax;
use crate::nflog::IntegrationKey;
use crate::route::Tree;
use crate::times::NamedIntervals;

/// One way of telling a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    /// What names it.
    pub key: IntegrationKey,
    /// Whether it is told of resolved alerts.
    pub send_resolved: bool,
}

/// Somebody who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Labels by which silences and the API pick receivers; `name` is among them.
    pub labels: Labels,
    /// All of them are told.
    pub integrations: Vec<Integration>,
}

/// Routing, inhibition, intervals and receivers, checked: every name that is used exists.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who is told of what.
    pub routes: Tree,
    /// What keeps what quiet.
    pub inhibit_rules: Vec<RuleConfig>,
    /// By name.
    pub intervals: BTreeMap<String, NamedIntervals>,
    /// By name.
    pub receivers: BTreeMap<String, Receiver>,
    /// How long an alert fires whose sender named no end.
    pub resolve_timeout: SignedDuration,
    /// Which label names are allowed.
    pub syntax: Syntax,
}

/// Bounds; 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Alerts with the same `alertname`.
    pub alerts_per_name_max: usize,
    /// Groups.
    pub groups_max: usize,
}
