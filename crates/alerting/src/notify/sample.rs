//! Data for looking at templates without an alert: as webhooks get it, as `amtool template render` reads it.

use std::collections::BTreeMap;

use model::Labels;
use serde::Deserialize;

use super::data::{AlertData, Data};
use super::json::NO_TIME;

/// Data of a message as JSON; everything may be missing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Sample {
    receiver: String,
    status: String,
    alerts: Vec<SampleAlert>,
    #[serde(rename = "notification_reason")]
    notification_reason: String,
    group_labels: BTreeMap<String, String>,
    common_labels: BTreeMap<String, String>,
    common_annotations: BTreeMap<String, String>,
    route_labels: BTreeMap<String, String>,
    #[serde(rename = "externalURL")]
    external_url: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SampleAlert {
    status: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    starts_at: String,
    ends_at: String,
    #[serde(rename = "generatorURL")]
    generator_url: String,
    fingerprint: String,
}

impl Sample {
    /// Returns one firing and one resolved alert, for those who bring no data.
    pub fn usual(external_url: &str) -> Sample {
        let alert = |status: &str, instance: &str, ends_at: &str| SampleAlert {
            status: status.to_owned(),
            labels: map(&[
                ("alertname", "InstanceDown"),
                ("instance", instance),
                ("job", "node"),
                ("severity", "critical"),
            ]),
            annotations: map(&[
                ("summary", "instance is down"),
                ("description", "no answer for more than 5 minutes"),
            ]),
            starts_at: "2026-01-02T03:04:05Z".to_owned(),
            ends_at: ends_at.to_owned(),
            generator_url: format!("{external_url}/graph?g0.expr=up+%3D%3D+0"),
            fingerprint: "0123456789abcdef".to_owned(),
        };
        Sample {
            receiver: "ops".to_owned(),
            status: "firing".to_owned(),
            alerts: vec![
                alert("firing", "db-1:9100", NO_TIME),
                alert("resolved", "db-2:9100", "2026-01-02T03:14:05Z"),
            ],
            notification_reason: "first notification".to_owned(),
            group_labels: map(&[("alertname", "InstanceDown")]),
            common_labels: map(&[("alertname", "InstanceDown"), ("job", "node"), ("severity", "critical")]),
            common_annotations: map(&[
                ("summary", "instance is down"),
                ("description", "no answer for more than 5 minutes"),
            ]),
            route_labels: BTreeMap::new(),
            external_url: external_url.to_owned(),
        }
    }

    /// Returns what templates see.
    pub fn into_data(self) -> Data {
        let status = |text: &str| if text == "resolved" { "resolved" } else { "firing" };
        let reasons = [
            "first notification",
            "new alerts added",
            "some alerts resolved",
            "all alerts resolved",
            "repeat interval elapsed",
        ];
        let reason = reasons.into_iter().find(|known| *known == self.notification_reason);
        let alert = |alert: SampleAlert| AlertData {
            status: status(&alert.status),
            labels: Labels::from_pairs(alert.labels),
            annotations: alert.annotations.into(),
            starts_at: alert.starts_at,
            ends_at: if alert.ends_at.is_empty() { NO_TIME.to_owned() } else { alert.ends_at },
            generator_url: alert.generator_url.into(),
            fingerprint: alert.fingerprint,
        };
        Data {
            receiver: self.receiver,
            status: status(&self.status),
            alerts: self.alerts.into_iter().map(alert).collect(),
            notification_reason: reason.unwrap_or("unknown"),
            group_labels: self.group_labels,
            common_labels: self.common_labels,
            common_annotations: self.common_annotations,
            route_labels: self.route_labels,
            external_url: self.external_url,
        }
    }
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::notify::Templates;
    use crate::notify::data::Data;
    use crate::notify::tests::message;

    #[test]
    fn what_a_webhook_gets_comes_back() {
        let message = message();
        let data = Data::new(&message, &message.alerts, BTreeMap::new(), "http://am");
        let text = serde_json::to_string(&data).unwrap();
        let sample: Sample = serde_json::from_str(&text).unwrap();
        assert_eq!(sample.into_data(), data);
    }

    #[test]
    fn the_usual_one_fills_the_default_templates() {
        let (templates, data) = (Templates::new([]).unwrap(), Sample::usual("http://am").into_data());
        let shown = |text: &str| templates.text(text, &data, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(
            shown("{{ template \"slack.default.title\" . }}"),
            "[FIRING:1] InstanceDown (node critical)"
        );
        assert!(shown("{{ template \"korean.default.text\" . }}").contains("[복구] instance is down"));
        let empty: Sample = serde_json::from_str("{}").unwrap();
        assert_eq!(empty.into_data().status, "firing");
    }
}
