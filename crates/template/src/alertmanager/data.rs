//! What notifications are made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::function::Param;
use crate::gotime::Time;
use crate::value::{Class, MethodEntry, Value};

type Outcome = Result<Value, String>;

const fn plain(name: &'static str, call: crate::value::Method) -> MethodEntry {
    MethodEntry { name, params: &[], variadic: None, call }
}

static KV: Class = Class {
    name: "template.KV",
    underlying: "map[string]string",
    methods: &[
        plain("SortedPairs", |r, _| Ok(pairs(r))),
        plain("Names", |r, _| names(&pairs(r))),
        plain("Values", |r, _| values(&pairs(r))),
        plain("String", |r, _| text_of_pairs(&pairs(r))),
        MethodEntry { name: "Remove", params: &[Param::List("[]string")], variadic: None, call: remove },
    ],
    zero: || Value::string(""),
};
static PAIRS: Class = Class {
    name: "template.Pairs",
    underlying: "[]template.Pair",
    methods: &[
        plain("Names", |r, _| names(r)),
        plain("Values", |r, _| values(r)),
        plain("String", |r, _| text_of_pairs(r)),
    ],
    zero: || Value::None,
};
static PAIR: Class = Class::plain("template.Pair");
static STRINGS: Class = Class {
    name: "template.Strings",
    underlying: "[]string",
    methods: &[MethodEntry { name: "Join", params: &[Param::String], variadic: None, call: join }],
    zero: || Value::None,
};
static ALERTS: Class = Class {
    name: "template.Alerts",
    underlying: "[]template.Alert",
    methods: &[
        plain("Firing", |r, _| with_status(r, "firing")),
        plain("Resolved", |r, _| with_status(r, "resolved")),
    ],
    zero: || Value::None,
};
/// What `Firing` and `Resolved` give: these methods are not there a second time.
static SOME_ALERTS: Class = Class::plain("[]template.Alert");
static ALERT: Class = Class::plain("template.Alert");
static DATA: Class = Class::plain("*template.Data");

/// Names and values, as templates see labels and annotations.
pub fn kv<K: Into<String>, V: AsRef<str>>(entries: impl IntoIterator<Item = (K, V)>) -> Value {
    let entries = entries.into_iter().map(|(k, v)| (k.into(), Value::string(v)));
    Value::Map(&KV, Arc::new(entries.collect::<BTreeMap<_, _>>()))
}

/// One alert of a notification.
#[derive(Clone, Debug)]
pub struct Alert {
    /// `firing` or `resolved`.
    pub status: String,
    /// Its labels, made by [`kv`].
    pub labels: Value,
    /// Its annotations, made by [`kv`].
    pub annotations: Value,
    /// Since when it fires.
    pub starts_at: Time,
    /// When it ended; the zero time if it has not.
    pub ends_at: Time,
    /// Where it came from.
    pub generator_url: String,
    /// Names its label set.
    pub fingerprint: String,
}

/// What a notification's templates are executed over.
#[derive(Clone, Debug)]
pub struct Data {
    /// Whom it is sent to.
    pub receiver: String,
    /// `firing` if any alert is.
    pub status: String,
    /// The alerts.
    pub alerts: Vec<Alert>,
    /// Labels by which they are grouped, made by [`kv`].
    pub group_labels: Value,
    /// Labels that all have.
    pub common_labels: Value,
    /// Annotations that all have.
    pub common_annotations: Value,
    /// Labels of the route.
    pub route_labels: Value,
    /// Where users reach the Alertmanager.
    pub external_url: String,
    /// Why it is sent.
    pub notification_reason: String,
}

impl Alert {
    fn into_value(self) -> Value {
        let fields = vec![
            ("Status", Value::string(self.status)),
            ("Labels", self.labels),
            ("Annotations", self.annotations),
            ("StartsAt", Value::Time(self.starts_at)),
            ("EndsAt", Value::Time(self.ends_at)),
            ("GeneratorURL", Value::string(self.generator_url)),
            ("Fingerprint", Value::string(self.fingerprint)),
        ];
        Value::Struct(&ALERT, Arc::new(fields))
    }
}

impl Data {
    /// The value to execute over.
    pub fn into_value(self) -> Value {
        let alerts = self.alerts.into_iter().map(Alert::into_value).collect();
        let fields = vec![
            ("Receiver", Value::string(self.receiver)),
            ("Status", Value::string(self.status)),
            ("Alerts", Value::List(&ALERTS, Arc::new(alerts))),
            ("NotificationReason", Value::string(self.notification_reason)),
            ("GroupLabels", self.group_labels),
            ("CommonLabels", self.common_labels),
            ("CommonAnnotations", self.common_annotations),
            ("RouteLabels", self.route_labels),
            ("ExternalURL", Value::string(self.external_url)),
        ];
        Value::Struct(&DATA, Arc::new(fields))
    }
}

fn with_status(alerts: &Value, status: &str) -> Outcome {
    let Value::List(_, items) = alerts else { return Ok(Value::None) };
    let has = |alert: &&Value| alert.field("Status").and_then(Value::as_str) == Some(status);
    Ok(Value::List(&SOME_ALERTS, Arc::new(items.iter().filter(has).cloned().collect())))
}

/// Pairs sorted by name, `alertname` first.
fn pairs(kv: &Value) -> Value {
    let Value::Map(_, entries) = kv else { return Value::None };
    let pair = |(name, value): (&String, &Value)| {
        Value::Struct(&PAIR, Arc::new(vec![("Name", Value::string(name)), ("Value", value.clone())]))
    };
    let (first, others): (Vec<_>, Vec<_>) = entries.iter().partition(|(name, _)| *name == "alertname");
    Value::List(&PAIRS, Arc::new(first.into_iter().chain(others).map(pair).collect()))
}

fn part_of_pairs(pairs: &Value, field: &str) -> Vec<Value> {
    let Value::List(_, items) = pairs else { return Vec::new() };
    items.iter().filter_map(|pair| pair.field(field).cloned()).collect()
}

fn names(pairs: &Value) -> Outcome {
    Ok(Value::List(&STRINGS, Arc::new(part_of_pairs(pairs, "Name"))))
}

fn values(pairs: &Value) -> Outcome {
    Ok(Value::List(&STRINGS, Arc::new(part_of_pairs(pairs, "Value"))))
}

/// `a=b, c=d`
fn text_of_pairs(pairs: &Value) -> Outcome {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let joined: Vec<String> = part_of_pairs(pairs, "Name")
        .iter()
        .zip(&part_of_pairs(pairs, "Value"))
        .map(|(name, value)| format!("{}={}", text(name), text(value)))
        .collect();
    Ok(Value::string(joined.join(", ")))
}

fn join(strings: &Value, args: &[Value]) -> Outcome {
    let Value::List(_, items) = strings else { return Ok(Value::string("")) };
    let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
    Ok(Value::string(texts.join(args.first().and_then(Value::as_str).unwrap_or_default())))
}

fn remove(kv: &Value, args: &[Value]) -> Outcome {
    let (Value::Map(class, entries), Some(Value::List(_, names))) = (kv, args.first()) else {
        return Ok(kv.clone());
    };
    let mut left = (**entries).clone();
    for name in names.iter().filter_map(Value::as_str) {
        left.remove(name);
    }
    Ok(Value::Map(class, Arc::new(left)))
}
