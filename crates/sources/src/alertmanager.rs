//! Alertmanager: its alerts as a table. Grafana asks nothing of it; a table is what a panel can show.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::SourceError;
use crate::frame::{Column, Field, Frame};
use crate::kind::{Ask, Kind, Pending, Query, Reach, Source};

/// Most alerts of one answer.
const ALERTS_MAX: usize = 20_000;
/// Most labels that get a column.
const LABELS_MAX: usize = 100;

/// Alertmanager.
pub struct Alertmanager;

/// Which alerts a panel wants.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    filter: Vec<String>,
    active: Option<bool>,
    silenced: Option<bool>,
    inhibited: Option<bool>,
    receiver: String,
}

impl Wanted {
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters: Vec<_> = self.filter.iter().map(|filter| ("filter", filter.clone())).collect();
        let flags = [("active", self.active), ("silenced", self.silenced), ("inhibited", self.inhibited)];
        parameters.extend(flags.into_iter().filter_map(|(name, flag)| Some((name, flag?.to_string()))));
        if !self.receiver.is_empty() {
            parameters.push(("receiver", self.receiver.clone()));
        }
        parameters
    }
}

impl Kind for Alertmanager {
    fn ids(&self) -> &'static [&'static str] {
        &["alertmanager"]
    }

    fn query<'a>(
        &'a self,
        source: &'a Source,
        query: &'a Query,
        reach: &'a dyn Reach,
    ) -> Pending<'a, Vec<Frame>> {
        Box::pin(async move {
            let wanted: Wanted = query.read("Alertmanager")?;
            let reply = reach.http(source, Ask::get("api/v2/alerts", &wanted.parameters())).await?;
            Ok(vec![table(&query.ref_id, &reply.json()?)?])
        })
    }

    fn health<'a>(&'a self, source: &'a Source, _now_ms: i64, reach: &'a dyn Reach) -> Pending<'a, String> {
        Box::pin(async move {
            reach.http(source, Ask::get("api/v2/status", &[])).await?.json()?;
            Ok("Health check passed.".to_owned())
        })
    }
}

fn table(ref_id: &str, answer: &Value) -> Result<Frame, SourceError> {
    let alerts = answer.as_array().ok_or_else(|| SourceError::answer("it is not Alertmanager's"))?;
    if alerts.len() > ALERTS_MAX {
        return Err(SourceError::TooLarge { limit: ALERTS_MAX as u64, unit: "alerts" });
    }
    let none = Map::new();
    let of = |alert: &'_ Value, part: &str| alert[part].as_object().cloned().unwrap_or_else(|| none.clone());
    let mut names: Vec<String> =
        alerts.iter().flat_map(|a| of(a, "labels").into_iter().map(|(n, _)| n)).collect();
    names.sort();
    names.dedup();
    names.truncate(LABELS_MAX);
    let time = |name: &str| {
        let read = |a: &Value| a[name].as_str()?.parse::<Timestamp>().ok().map(|t| t.as_millisecond());
        Column::Time(alerts.iter().map(read).collect())
    };
    let text = |get: &dyn Fn(&Value) -> Option<String>| Column::Text(alerts.iter().map(get).collect());
    let at = |pointer: &'static str| move |a: &Value| a.pointer(pointer)?.as_str().map(str::to_owned);
    let receivers = |a: &Value| {
        let names = a["receivers"].as_array()?.iter().filter_map(|r| r["name"].as_str());
        Some(names.collect::<Vec<_>>().join(", "))
    };
    let mut fields =
        vec![Field::new("Time", time("startsAt")), Field::new("state", text(&at("/status/state")))];
    for name in &names {
        let label = |a: &Value| a["labels"][name].as_str().map(str::to_owned);
        fields.push(Field::new(name, text(&label)));
    }
    fields.extend([
        Field::new("summary", text(&at("/annotations/summary"))),
        Field::new("description", text(&at("/annotations/description"))),
        Field::new("receivers", text(&receivers)),
        Field::new("updatedAt", time("updatedAt")),
        Field::new("generatorURL", text(&at("/generatorURL"))),
        Field::new("fingerprint", text(&at("/fingerprint"))),
    ]);
    Ok(Frame::new(ref_id, "table", "", fields))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn alerts_are_rows_and_labels_columns() {
        let answer = json!([
            {"labels": {"alertname": "Down", "job": "node"}, "annotations": {"summary": "it is down"}, "status": {"state": "active"},
             "startsAt": "2026-11-18T00:00:01.5Z", "updatedAt": "x", "receivers": [{"name": "a"}, {"name": "b"}], "fingerprint": "f"},
            {"labels": {"alertname": "Up"}, "status": {"state": "suppressed"}},
        ]);
        let frame = table("A", &answer).unwrap().into_json();
        let fields = frame["schema"]["fields"].as_array().unwrap();
        let names: Vec<_> = fields.iter().map(|f| f["name"].as_str().unwrap()).collect();
        let want = [
            "Time",
            "state",
            "alertname",
            "job",
            "summary",
            "description",
            "receivers",
            "updatedAt",
            "generatorURL",
            "fingerprint",
        ];
        assert_eq!(names, want);
        let values = frame["data"]["values"].as_array().unwrap();
        assert_eq!(values[0], json!([1_794_960_001_500i64, null]));
        assert_eq!(values[3], json!(["node", null]));
        assert_eq!(values[6], json!(["a, b", null]));
        assert!(table("A", &json!({"message": "no"})).is_err());
    }

    #[test]
    fn filters_are_parameters() {
        let fields = json!({"filter": ["a=\"b\"", "c!=\"d\""], "silenced": false, "receiver": "r"});
        let query = Query { fields: fields.as_object().unwrap().clone(), ..Query::default() };
        let wanted: Wanted = query.read("Alertmanager").unwrap();
        let parameters = wanted.parameters();
        let got: Vec<_> = parameters.iter().map(|(n, v)| format!("{n}={v}")).collect();
        assert_eq!(got, ["filter=a=\"b\"", "filter=c!=\"d\"", "silenced=false", "receiver=r"]);
    }
}
