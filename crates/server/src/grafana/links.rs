//! Links to pictures that need no login, for messages about alerts.
//!
//! An alert's rule names a panel in its annotations, by Grafana's names (`__dashboardUid__`, `__panelId__`) or ours
//! (`bongsu_dashboard`, `bongsu_panel`); the alert then carries a signed link in the annotation `image_url`, which every receiver can
//! show. Invariants: 1. A signature covers the whole address: nobody can make another picture of it.  2. A link ends after one to two
//! weeks.  3. The link of an alert stays the same for a week, so repeats of a message are equal.

use std::sync::Arc;

use model::Labels;

use super::body::Params;
use super::state::Grafana;

/// How long a link stays the same.
const WEEK_S: i64 = 7 * 24 * 3600;
/// How long before an alert's start its picture begins.
const BEFORE_MS: i64 = 3_600_000;
/// Most labels of an alert that become selections of variables.
const LABELS_MAX: usize = 30;
/// What signatures are for; nothing else that the key signs can be taken for a link.
const PURPOSE: &str = "picture";
/// Names of annotations: dashboard, panel.
const ANNOTATIONS: [(&str, &str); 2] =
    [("__dashboardUid__", "__panelId__"), ("bongsu_dashboard", "bongsu_panel")];
/// The annotation that holds the link.
pub const IMAGE: &str = "image_url";

/// Makes links.
#[derive(Clone)]
pub struct PictureLinks(Arc<Grafana>);

impl PictureLinks {
    /// Makes links to pictures of this server.
    pub fn new(grafana: Arc<Grafana>) -> PictureLinks {
        PictureLinks(grafana)
    }

    /// The link of an alert, if its annotations name a dashboard.
    pub fn of_alert(&self, annotations: &Labels, labels: &Labels, starts_at_ms: i64) -> Option<String> {
        let named = |name: &str| Some(annotations.get(name).trim()).filter(|text| !text.is_empty());
        let (uid, panel) =
            ANNOTATIONS.iter().find_map(|(uid, panel)| named(uid).map(|uid| (uid, named(panel))))?;
        let is_uid = uid.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let panel = panel.and_then(|panel| panel.parse::<i64>().ok());
        if !is_uid {
            return None;
        }
        let grafana = &self.0;
        let expires = ((grafana.now_ms)().div_euclid(1000).div_euclid(WEEK_S) + 2) * WEEK_S;
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(panel) = panel {
            query.append_pair("panelId", &panel.to_string());
        }
        query.append_pair("from", &(starts_at_ms - BEFORE_MS).to_string()).append_pair("to", "now");
        query.append_pair("theme", "light");
        for (name, value) in labels.iter().take(LABELS_MAX) {
            query.append_pair(&format!("var-{name}"), value);
        }
        query.append_pair("expires", &expires.to_string());
        let kind = if panel.is_some() { "d-solo" } else { "d" };
        let query = query.finish();
        let signature = grafana.vault.sign(PURPOSE, &signed(kind, uid, &query));
        let base = grafana.options.external_url.as_str().trim_end_matches('/');
        Some(format!("{base}/render/{kind}/{uid}?{query}&signature={signature}"))
    }
}

fn signed(kind: &str, uid: &str, query: &str) -> String {
    format!("{kind}/{uid}?{query}")
}

/// Whether a request for a picture carries a signature that is ours, and has not ended.
pub fn is_good(grafana: &Grafana, kind: &str, uid: &str, query: &str) -> bool {
    let Some((query, signature)) = query.rsplit_once("&signature=") else { return false };
    let now_s = (grafana.now_ms)().div_euclid(1000);
    let expires = Params::parse(Some(query)).number("expires", 0);
    grafana.vault.is_signed(PURPOSE, &signed(kind, uid, query), signature) && expires > now_s
}
