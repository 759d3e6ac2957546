//! Relabelling alerts before they are sent.

use model::Labels;
use model::relabel::{Config, apply_all};

use crate::environment::Notification;

/// Adds labels that an alert does not have, and applies rules. Alerts that a rule drops are left out.
pub(super) fn relabel(rules: &[Config], external: &Labels, alerts: Vec<Notification>) -> Vec<Notification> {
    if rules.is_empty() && external.is_empty() {
        return alerts;
    }
    let change = |mut alert: Notification| {
        let mut labels = alert.labels.builder();
        for (name, value) in external.iter().filter(|(name, _)| !alert.labels.has(name)) {
            labels.set(name, value);
        }
        if !apply_all(rules, &mut labels) {
            return None;
        }
        alert.labels = labels.labels();
        Some(alert)
    };
    alerts.into_iter().filter_map(change).collect()
}
