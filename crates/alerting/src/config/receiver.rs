//! `receivers`: who is told, and how.

use std::collections::BTreeMap;

use yaml::{Fields, Value};

use super::Global;
use crate::manager::Integration;
use crate::nflog::IntegrationKey;
use crate::notify::{KINDS, Notifier};
use crate::run::gate::Bounds;

/// One receiver.
#[derive(Clone, Debug)]
pub struct ReceiverConfig {
    /// What routes call it.
    pub name: String,
    /// For silences and the API.
    pub labels: BTreeMap<String, String>,
    /// How much goes on at once.
    pub(crate) bounds: Bounds,
    /// All are told.
    pub integrations: Vec<IntegrationConfig>,
}

/// One way of telling a receiver, with all that it needs.
#[derive(Clone, Debug)]
pub struct IntegrationConfig {
    /// What the state machine knows of it.
    pub integration: Integration,
    /// How messages are made and sent.
    pub notifier: Notifier,
}

pub(super) fn read_all(f: &Fields<'_>, global: &Global) -> Vec<ReceiverConfig> {
    let mut all: Vec<ReceiverConfig> = Vec::new();
    for item in f.get("receivers").and_then(|v| v.items()).unwrap_or_default() {
        let Some(receiver) = read(&item, global) else { continue };
        if all.iter().any(|other| other.name == receiver.name) {
            item.problem(format!("notification config name {:?} is not unique", receiver.name));
        }
        all.push(receiver);
    }
    all
}

fn read(value: &Value<'_>, global: &Global) -> Option<ReceiverConfig> {
    value.fields(|f| {
        let name: String = f.or_default("name");
        if name.is_empty() {
            f.value().problem("missing name in receiver");
        }
        let labels = labels(f, &name);
        let bounds = Bounds::of(&labels).unwrap_or_else(|error| {
            f.problem("labels", error);
            Bounds::default()
        });
        let mut integrations = Vec::new();
        for kind in KINDS {
            let items = f.get(kind.field).and_then(|v| v.items()).unwrap_or_default();
            for (index, item) in (0..).zip(&items) {
                if item.is_null() {
                    item.problem(format!("missing {} config", kind.name));
                    continue;
                }
                let read = item.fields(|f| {
                    let send_resolved = f.or("send_resolved", kind.send_resolved);
                    Some((send_resolved, (kind.read)(f, global)?))
                });
                let Some((send_resolved, notifier)) = read else { continue };
                let key = IntegrationKey { receiver: name.clone(), integration: kind.name.to_owned(), index };
                integrations
                    .push(IntegrationConfig { integration: Integration { key, send_resolved }, notifier });
            }
        }
        Some(ReceiverConfig { name, labels, bounds, integrations })
    })
}

fn labels(f: &Fields<'_>, name: &str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    for (label, value) in f.get("labels").and_then(|v| v.entries()).unwrap_or_default() {
        let Some(text) = value.text() else { continue };
        if label == "name" && text != name {
            value.problem(format!("receiver label \"name\" must match receiver name {name:?}, got {text:?}"));
        }
        labels.insert(label.to_owned(), text.to_owned());
    }
    labels
}
