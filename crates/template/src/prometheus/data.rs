//! What alert templates are executed over.

use std::sync::Arc;

use crate::value::{Class, MethodEntry, Value};

/// A query's result.
pub(super) static QUERY_RESULT: Class = Class::plain("template.queryResult");
/// One of its samples.
pub(super) static SAMPLE: Class = Class::plain("*template.sample");
static HISTOGRAM: Class = Class {
    methods: &[MethodEntry {
        name: "String",
        params: &[],
        variadic: None,
        call: |receiver, _| Ok(receiver.field(TEXT).cloned().unwrap_or(Value::None)),
    }],
    ..Class::plain("*histogram.FloatHistogram")
};
static ALERT: Class = Class::plain(
    "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }",
);

/// No template can name this field.
const TEXT: &str = "";

/// A native histogram, of which templates see the text.
pub fn histogram(text: &str) -> Value {
    Value::Struct(&HISTOGRAM, Arc::new(vec![(TEXT, Value::string(text))]))
}

/// A query's result: labels and value of each sample.
pub fn query_result(samples: impl IntoIterator<Item = (Value, Value)>) -> Value {
    let sample =
        |(labels, value)| Value::Struct(&SAMPLE, Arc::new(vec![("Labels", labels), ("Value", value)]));
    Value::List(&QUERY_RESULT, Arc::new(samples.into_iter().map(sample).collect()))
}

/// What an alert's texts are executed over.
#[derive(Clone, Debug)]
pub struct AlertData {
    /// Labels of the sample, a map of strings.
    pub labels: Value,
    /// Labels of the server, a map of strings.
    pub external_labels: Value,
    /// Where users reach the server.
    pub external_url: Value,
    /// The sample's value, a number or a histogram.
    pub value: Value,
}

impl AlertData {
    /// What stands before each text, so that users may write `$labels` and `$value`.
    pub const PREAMBLE: &str = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}\
                                {{$externalURL := .ExternalURL}}{{$value := .Value}}";

    /// The value to execute over.
    pub fn into_value(self) -> Value {
        let fields = vec![
            ("Labels", self.labels),
            ("ExternalLabels", self.external_labels),
            ("ExternalURL", self.external_url),
            ("Value", self.value),
        ];
        Value::Struct(&ALERT, Arc::new(fields))
    }
}
