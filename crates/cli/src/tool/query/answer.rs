//! What a server answers: the envelope of the HTTP API and the values in it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::tool::http::Answer;

/// The labels of a series, by name.
pub(super) type Series = BTreeMap<String, String>;

/// Why there is no answer, in the words of the API's Go client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    /// The API's name of this kind of error; empty if the server was not reached.
    kind: String,
    message: String,
    /// The body of an answer that is not the API's.
    detail: String,
}

impl ApiError {
    fn new(kind: &str, message: impl Into<String>) -> ApiError {
        ApiError { kind: kind.to_owned(), message: message.into(), detail: String::new() }
    }

    /// The server was not reached.
    pub(super) fn transport(error: anyhow::Error) -> ApiError {
        ApiError::new("", format!("{error:#}"))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.kind.is_empty() {
            write!(f, "{}: ", self.kind)?;
        }
        f.write_str(&self.message)?;
        match self.detail.trim() {
            "" => Ok(()),
            detail => write!(f, " (detail: {detail})"),
        }
    }
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
struct Envelope<T> {
    status: String,
    #[serde(default = "none")]
    data: Option<T>,
    #[serde(default, rename = "errorType")]
    error_type: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Vec<String>,
}

fn none<T>() -> Option<T> {
    None
}

/// Reads an answer's data and warnings.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<(T, Vec<String>), ApiError> {
    let is_refusal = matches!(answer.status, 400 | 422);
    if !(200..300).contains(&answer.status) && !is_refusal {
        let (kind, message) = match answer.status {
            code @ 400..=499 => ("client_error", format!("client error: {code}")),
            code @ 500..=599 => ("server_error", format!("server error: {code}")),
            code => ("bad_response", format!("bad response code {code}")),
        };
        let detail = String::from_utf8_lossy(&answer.body).into_owned();
        return Err(ApiError { detail, ..ApiError::new(kind, message) });
    }
    let envelope: Envelope<T> = serde_json::from_slice(&answer.body)
        .map_err(|error| ApiError::new("bad_response", error.to_string()))?;
    match (is_refusal, envelope.status.as_str(), envelope.data) {
        (true, "success", _) => Err(ApiError::new("bad_response", "inconsistent body for response code")),
        (_, "error", _) => Err(ApiError::new(&envelope.error_type, envelope.error)),
        (_, _, Some(data)) => Ok((data, envelope.warnings)),
        (_, status, None) => {
            Err(ApiError::new("bad_response", format!("no data in an answer of status {status:?}")))
        }
    }
}

/// The value of a query.
#[derive(Debug, Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
pub(super) enum Value {
    /// A number.
    Scalar(Point),
    /// A text.
    String(Point),
    /// One sample a series.
    Vector(Vec<Sample>),
    /// Many samples a series.
    Matrix(Vec<Stream>),
}

/// Seconds since the epoch, and a value as text.
#[derive(Debug, Deserialize)]
pub(super) struct Point(pub(super) f64, pub(super) String);

/// Seconds since the epoch, and a native histogram.
#[derive(Debug, Deserialize)]
pub(super) struct HistogramPoint(pub(super) f64, pub(super) Histogram);

/// A native histogram; numbers are text.
#[derive(Debug, Deserialize)]
pub(super) struct Histogram {
    pub(super) count: String,
    pub(super) sum: String,
    /// Empty ones are left out.
    #[serde(default)]
    pub(super) buckets: Vec<Bucket>,
}

/// Which bounds belong to the bucket (0 the upper, 1 the lower, 2 none, 3 both), lower bound, upper bound, count.
#[derive(Debug, Deserialize)]
pub(super) struct Bucket(pub(super) u8, pub(super) String, pub(super) String, pub(super) String);

/// One series of an instant query: it has either a value or a histogram.
#[derive(Debug, Deserialize)]
pub(super) struct Sample {
    #[serde(default)]
    pub(super) metric: Series,
    #[serde(default)]
    pub(super) value: Option<Point>,
    #[serde(default)]
    pub(super) histogram: Option<HistogramPoint>,
}

/// One series of a range query.
#[derive(Debug, Deserialize)]
pub(super) struct Stream {
    #[serde(default)]
    pub(super) metric: Series,
    #[serde(default)]
    pub(super) values: Vec<Point>,
    #[serde(default)]
    pub(super) histograms: Vec<HistogramPoint>,
}
