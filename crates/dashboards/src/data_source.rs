//! Data sources as Grafana's API has them, and as the catalog keeps them.

use catalog::data_sources::DataSource;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::{DashboardError, Result};
use crate::secrets::{Secrets, Vault};
use crate::uid;

/// The identifier of the data source that is this server itself.
pub const OWN_UID: &str = "bongsu";
/// The identifier of the Alertmanager in this process.
pub const OWN_ALERTMANAGER_UID: &str = "bongsu-alertmanager";
/// Longest name.
const NAME_CHARS_MAX: usize = 190;

/// A data source as people write it: in the API, and under other names in provisioning files.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Written {
    /// Its identifier; made if empty.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// `proxy` or `direct`.
    pub access: String,
    /// Where it is.
    pub url: String,
    /// The user that its protocol logs in with.
    pub user: String,
    /// The database there.
    pub database: String,
    /// Whether HTTP basic authentication is used.
    pub basic_auth: bool,
    /// Its user.
    pub basic_auth_user: String,
    /// Whether cookies are forwarded.
    pub with_credentials: bool,
    /// Whether it is the default.
    pub is_default: bool,
    /// Options.
    pub json_data: Map<String, Value>,
    /// Secrets; those left out stay as they are.
    pub secure_json_data: Secrets,
    /// The version that the author has seen; 0 to write over any.
    pub version: i64,
    /// Whether only files change it.
    pub read_only: bool,
}

impl Written {
    /// Makes the record: a new one, or the next version of `old`.
    ///
    /// # Errors
    /// A name, kind, identifier or address that cannot be taken.
    pub fn record(self, old: Option<&DataSource>, vault: &Vault, now_ms: i64) -> Result<DataSource> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            let reason = format!("data source name must have 1 to {NAME_CHARS_MAX} characters");
            return Err(DashboardError::Invalid(reason));
        }
        if self.kind.is_empty() {
            return Err(DashboardError::Invalid("data source type is required".to_owned()));
        }
        check_url(&self.url)?;
        let uid = match (self.uid.as_str(), old) {
            ("", Some(old)) => old.uid.clone(),
            ("", None) => uid::generate()?,
            (given, _) => given.to_owned(),
        };
        uid::check(&uid)?;
        let mut secrets = match old {
            Some(old) => vault.open(&old.uid, &old.secrets)?,
            None => Secrets::new(),
        };
        secrets.extend(self.secure_json_data);
        secrets.retain(|_, value| !value.is_empty());
        Ok(DataSource {
            id: old.map_or(0, |o| o.id),
            secrets: vault.seal(&uid, &secrets)?,
            uid,
            name: name.to_owned(),
            kind: self.kind,
            access: if self.access.is_empty() { "proxy".to_owned() } else { self.access },
            url: self.url.trim().to_owned(),
            login: self.user,
            database_name: self.database,
            basic_auth: self.basic_auth,
            basic_auth_user: self.basic_auth_user,
            with_credentials: self.with_credentials,
            is_default: self.is_default,
            json_data: Value::Object(self.json_data).to_string(),
            is_provisioned: old.is_some_and(|o| o.is_provisioned),
            read_only: self.read_only,
            version: old.map_or(1, |o| o.version + 1),
            created_ms: old.map_or(now_ms, |o| o.created_ms),
            updated_ms: now_ms,
        })
    }
}

/// Refuses what is no address of a server; empty is none yet. PostgreSQL and MySQL have `host:port`.
fn check_url(text: &str) -> Result<()> {
    let text = text.trim();
    if text.is_empty() || !text.contains("://") {
        return Ok(());
    }
    let invalid = |reason: String| DashboardError::Invalid(format!("invalid data source URL: {reason}"));
    let url: url::Url = text.parse().map_err(|e: url::ParseError| invalid(e.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid(
            "put user and password into basicAuthUser and secureJsonData.basicAuthPassword".to_owned(),
        ));
    }
    Ok(())
}

/// The options of a data source.
pub fn options(source: &DataSource) -> Map<String, Value> {
    match serde_json::from_str(&source.json_data) {
        Ok(Value::Object(options)) => options,
        _unreadable => Map::new(),
    }
}

/// A data source as one request for it answers: with everything but its secrets, of which it says which are set.
pub fn shown(source: &DataSource, secrets: &Secrets) -> Value {
    let set: Map<String, Value> = secrets.keys().map(|name| (name.clone(), true.into())).collect();
    json!({
        "id": source.id,
        "uid": source.uid,
        "orgId": 1,
        "name": source.name,
        "type": source.kind,
        "typeLogoUrl": "",
        "access": source.access,
        "url": source.url,
        "user": source.login,
        "database": source.database_name,
        "basicAuth": source.basic_auth,
        "basicAuthUser": source.basic_auth_user,
        "withCredentials": source.with_credentials,
        "isDefault": source.is_default,
        "jsonData": options(source),
        "secureJsonFields": set,
        "version": source.version,
        "readOnly": source.read_only,
        "apiVersion": "",
    })
}

/// A data source as lists show it.
pub fn listed(source: &DataSource) -> Value {
    json!({
        "id": source.id,
        "uid": source.uid,
        "orgId": 1,
        "name": source.name,
        "type": source.kind,
        "typeName": type_name(&source.kind),
        "typeLogoUrl": "",
        "access": source.access,
        "url": source.url,
        "user": source.login,
        "database": source.database_name,
        "basicAuth": source.basic_auth,
        "isDefault": source.is_default,
        "jsonData": options(source),
        "readOnly": source.read_only,
    })
}

/// Kinds of data sources that are known by name, with the name.
pub const KINDS: [(&str, &str); 12] = [
    ("prometheus", "Prometheus"),
    ("alertmanager", "Alertmanager"),
    ("loki", "Loki"),
    ("grafana-postgresql-datasource", "PostgreSQL"),
    ("postgres", "PostgreSQL"),
    ("mysql", "MySQL"),
    ("influxdb", "InfluxDB"),
    ("elasticsearch", "Elasticsearch"),
    ("grafana-opensearch-datasource", "OpenSearch"),
    ("tempo", "Tempo"),
    ("graphite", "Graphite"),
    ("jaeger", "Jaeger"),
];

/// The name of a kind, for people.
pub fn type_name(kind: &str) -> &str {
    KINDS.iter().find(|(id, _)| *id == kind).map_or(kind, |(_, name)| name)
}

/// The data sources that are this process itself. They are in no catalog and cannot be changed.
pub fn own(external_url: &str, with_alertmanager: bool, is_default: bool) -> Vec<DataSource> {
    let base = DataSource {
        access: "proxy".to_owned(),
        url: external_url.trim_end_matches('/').to_owned(),
        is_provisioned: true,
        read_only: true,
        version: 1,
        ..DataSource::default()
    };
    let mut own = vec![DataSource {
        id: -1,
        uid: OWN_UID.to_owned(),
        name: "Bongsu".to_owned(),
        kind: "prometheus".to_owned(),
        is_default,
        json_data: r#"{"httpMethod":"POST","manageAlerts":true,"prometheusType":"Prometheus"}"#.to_owned(),
        ..base.clone()
    }];
    if with_alertmanager {
        own.push(DataSource {
            id: -2,
            uid: OWN_ALERTMANAGER_UID.to_owned(),
            name: "Bongsu Alertmanager".to_owned(),
            kind: "alertmanager".to_owned(),
            json_data: r#"{"implementation":"prometheus"}"#.to_owned(),
            ..base
        });
    }
    own
}
