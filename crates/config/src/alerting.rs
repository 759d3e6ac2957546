//! `alerting`: where alerts are sent.

use std::time::Duration;

use model::relabel::{self, NameScheme};
use transport::config::{HttpClientConfig, SigV4};
use yaml::write::Map;
use yaml::{Value, relabel_rules};

use scrape::config::Scheme;

/// `alerting`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alerting {
    /// Rules for alerts before they are sent.
    pub alert_relabel_configs: Vec<relabel::Config>,
    /// Whom they are sent to.
    pub alertmanagers: Vec<Alertmanager>,
}

/// One group of Alertmanagers.
#[derive(Clone, Debug, PartialEq)]
pub struct Alertmanager {
    /// How they are reached.
    pub scheme: Scheme,
    /// What stands before the path of their API.
    pub path_prefix: String,
    /// How long a request may take.
    pub timeout: Duration,
    /// How they are talked to.
    pub client: HttpClientConfig,
    /// How they are found.
    pub discovery: Vec<discovery::Config>,
    /// Rules for their addresses.
    pub relabel_configs: Vec<relabel::Config>,
    /// Rules for alerts sent to them.
    pub alert_relabel_configs: Vec<relabel::Config>,
    /// How requests are signed, in place of another login.
    pub sigv4: Option<SigV4>,
}

impl Alerting {
    pub(crate) fn read(value: &Value<'_>, names: NameScheme) -> Option<Alerting> {
        value.fields(|f| {
            let alert_relabel_configs =
                relabel_rules(f, "alert_relabel_configs", names, "alert relabeling rule");
            let items = f.get("alertmanagers").and_then(|v| v.items()).unwrap_or_default();
            let alertmanagers = items.iter().filter_map(|item| Alertmanager::read(item, names)).collect();
            Some(Alerting { alert_relabel_configs, alertmanagers })
        })
    }

    pub(crate) fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        map.put_if_set("alert_relabel_configs", self.alert_relabel_configs.iter().collect::<Vec<_>>());
        map.put_if_set(
            "alertmanagers",
            self.alertmanagers.iter().map(Alertmanager::to_yaml).collect::<Vec<_>>(),
        );
        map
    }
}

impl Alertmanager {
    fn read(value: &Value<'_>, names: NameScheme) -> Option<Alertmanager> {
        value.fields(|f| {
            f.one_of("api_version", &[("v2", ())], ());
            let relabel_configs =
                relabel_rules(f, "relabel_configs", names, "Alertmanager target relabeling rule");
            let client = HttpClientConfig::read_inline(f, HttpClientConfig::default());
            let sigv4 = f.get("sigv4").and_then(|v| SigV4::read_for(&v, "aps"));
            if sigv4.is_some() && client.authentication.is_some() {
                let message = "at most one of basic_auth, authorization, oauth2, & sigv4 must be configured";
                f.problem("sigv4", message);
            }
            let discovery = discovery::Config::read_inline(f);
            if relabel_configs.is_empty() {
                scrape::config::check_static_targets(f);
            }
            Some(Alertmanager {
                scheme: f.one_of("scheme", &Scheme::ALL, Scheme::Http),
                path_prefix: f.or_default("path_prefix"),
                timeout: f.or("timeout", Duration::from_secs(10)),
                client,
                discovery,
                relabel_configs,
                alert_relabel_configs: relabel_rules(
                    f,
                    "alert_relabel_configs",
                    names,
                    "Alertmanager alert relabeling rule",
                ),
                sigv4,
            })
        })
    }

    fn to_yaml(&self) -> Map {
        let mut map = self.client.to_yaml();
        map.put_if_some("sigv4", self.sigv4.as_ref().map(SigV4::to_yaml)).put("scheme", self.scheme.as_str());
        map.put_if_set("path_prefix", self.path_prefix.as_str()).put("timeout", self.timeout);
        map.put("api_version", "v2");
        map.put_if_set("relabel_configs", self.relabel_configs.iter().collect::<Vec<_>>());
        map.put_if_set("alert_relabel_configs", self.alert_relabel_configs.iter().collect::<Vec<_>>());
        map.extend(discovery::Config::to_yaml(&self.discovery));
        map
    }
}
