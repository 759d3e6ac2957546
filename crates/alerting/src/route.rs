//! The routing tree: from an alert's labels to the receivers that are told, and how they are grouped.
//!
//! Invariants: 1. Every alert matches the root.  2. A node's options are complete: what it does not say is its parent's.
//! 3. Nodes are numbered in the order of the file, parents first.

pub mod escalation;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::SignedDuration;
use model::Labels;
use model::number::quote;

use crate::matchers::Matchers;

/// Which labels make a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// These.
    Labels(BTreeSet<String>),
    /// All: each alert is a group of its own (`...`).
    All,
}

impl GroupBy {
    /// Returns the labels that name an alert's group.
    pub fn group_labels(&self, labels: &Labels) -> Labels {
        match self {
            GroupBy::All => labels.clone(),
            GroupBy::Labels(names) => labels.filtered(|name| names.contains(name)),
        }
    }
}

/// How alerts of a route are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Who is told.
    pub receiver: String,
    /// What makes a group.
    pub group_by: GroupBy,
    /// How long a new group waits for more alerts.
    pub group_wait: SignedDuration,
    /// How long until a group is looked at again.
    pub group_interval: SignedDuration,
    /// How long until an unchanged group is sent again.
    pub repeat_interval: SignedDuration,
    /// Nothing is sent during these.
    pub mute_time_intervals: Vec<String>,
    /// Nothing is sent outside of these, if there are any.
    pub active_time_intervals: Vec<String>,
    /// Labels of the route itself, for templates; values are templates.
    pub labels: BTreeMap<String, String>,
    /// Who is told besides if nobody answers, soonest first.
    pub escalation: Vec<escalation::Step>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            receiver: String::new(),
            group_by: GroupBy::Labels(BTreeSet::new()),
            group_wait: SignedDuration::from_secs(30),
            group_interval: SignedDuration::from_mins(5),
            repeat_interval: SignedDuration::from_hours(4),
            mute_time_intervals: Vec::new(),
            active_time_intervals: Vec::new(),
            labels: BTreeMap::new(),
            escalation: Vec::new(),
        }
    }
}

/// A route as configured: what is not given is inherited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteConfig {
    /// Who is told.
    pub receiver: Option<String>,
    /// What makes a group.
    pub group_by: Option<GroupBy>,
    /// Which alerts.
    pub matchers: Matchers,
    /// Whether later siblings are tried too.
    pub continues: bool,
    /// See [`Options::group_wait`].
    pub group_wait: Option<SignedDuration>,
    /// See [`Options::group_interval`].
    pub group_interval: Option<SignedDuration>,
    /// See [`Options::repeat_interval`].
    pub repeat_interval: Option<SignedDuration>,
    /// Not inherited.
    pub mute_time_intervals: Vec<String>,
    /// Not inherited.
    pub active_time_intervals: Vec<String>,
    /// Joined with the parent's.
    pub labels: BTreeMap<String, String>,
    /// See [`Options::escalation`].
    pub escalation: Option<Vec<escalation::Step>>,
    /// Tried in this order.
    pub routes: Vec<RouteConfig>,
}

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Complete options.
    pub options: Options,
    /// Which alerts.
    pub matchers: Matchers,
    /// Whether later siblings are tried too.
    pub continues: bool,
    /// The matchers from the root to here: `{}/{severity="page"}`.
    pub key: String,
    /// As `key`, with positions, so that no two routes share it.
    pub id: String,
    /// Numbers of the children.
    pub routes: Vec<usize>,
}

/// All routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    nodes: Vec<Route>,
}

impl Tree {
    /// Completes a configuration.
    pub fn new(root: &RouteConfig) -> Tree {
        let mut tree = Tree { nodes: Vec::new() };
        tree.add(root, None, 0);
        tree
    }

    /// Returns all nodes; the root is the first.
    pub fn nodes(&self) -> &[Route] {
        &self.nodes
    }

    /// Returns the numbers of the routes that an alert takes, in order. There is at least one.
    pub fn matching(&self, labels: &Labels) -> Vec<usize> {
        let mut found = Vec::new();
        self.collect(0, labels, &mut found);
        found
    }

    fn add(&mut self, config: &RouteConfig, parent: Option<usize>, position: usize) -> usize {
        let inherited = parent.map_or_else(Options::default, |p| self.nodes[p].options.clone());
        let mut labels = inherited.labels;
        labels.extend(config.labels.iter().map(|(name, value)| (name.clone(), value.clone())));
        let options = Options {
            receiver: config.receiver.clone().unwrap_or(inherited.receiver),
            group_by: config.group_by.clone().unwrap_or(inherited.group_by),
            group_wait: config.group_wait.unwrap_or(inherited.group_wait),
            group_interval: config.group_interval.unwrap_or(inherited.group_interval),
            repeat_interval: config.repeat_interval.unwrap_or(inherited.repeat_interval),
            mute_time_intervals: config.mute_time_intervals.clone(),
            active_time_intervals: config.active_time_intervals.clone(),
            labels,
            escalation: config.escalation.clone().unwrap_or(inherited.escalation),
        };
        let mut matchers = config.matchers.clone();
        matchers.sort();
        let (key, id) = match parent.map(|p| &self.nodes[p]) {
            None => (matchers.to_string(), matchers.to_string()),
            Some(parent) => {
                (format!("{}/{matchers}", parent.key), format!("{}/{matchers}/{position}", parent.id))
            }
        };
        let number = self.nodes.len();
        self.nodes.push(Route {
            options,
            matchers,
            continues: config.continues,
            key,
            id,
            routes: Vec::new(),
        });
        for (at, child) in config.routes.iter().enumerate() {
            let child = self.add(child, Some(number), at);
            self.nodes[number].routes.push(child);
        }
        number
    }

    /// Adds the routes below `number` that match, or itself if none does. Tells whether it matches at all.
    fn collect(&self, number: usize, labels: &Labels, found: &mut Vec<usize>) -> bool {
        let node = &self.nodes[number];
        if !node.matchers.match_labels(labels) {
            return false;
        }
        let before = found.len();
        for &child in &node.routes {
            if self.collect(child, labels, found) && !self.nodes[child].continues {
                break;
            }
        }
        if found.len() == before {
            found.push(number);
        }
        true
    }
}

/// Returns what names a group in the notification log, in messages and in the API.
pub fn group_key(route: &Route, group_labels: &Labels) -> String {
    let mut key = format!("{}:{{", route.key);
    for (i, (name, value)) in group_labels.iter().enumerate() {
        let separator = if i == 0 { "" } else { ", " };
        write!(key, "{separator}{name}={}", quote(value)).expect("writing to a string cannot fail");
    }
    key.push('}');
    key
}

#[cfg(test)]
mod tests;
