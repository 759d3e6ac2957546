//! Which format a body is in: agreed on from `Accept` when writing, told by `Content-Type` when reading.
//!
//! Sources: `prometheus/common` `expfmt/encode.go`, Prometheus 3.14 `model/textparse/interface.go`.

use std::fmt;

use crate::escaping::EscapingScheme;

/// A format that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Delimited `io.prometheus.client.MetricFamily` messages.
    Protobuf,
    /// Prometheus text 0.0.4.
    Text,
    /// OpenMetrics 0.0.1.
    OpenMetrics0,
    /// OpenMetrics 1.0.0.
    OpenMetrics1,
}

impl Encoding {
    /// What a server offers that does not speak OpenMetrics, such as `/federate` and Prometheus's own `/metrics`.
    pub const CLASSIC: &[Encoding] = &[Encoding::Protobuf, Encoding::Text];
    /// All, most wanted first.
    pub const ALL: &[Encoding] =
        &[Encoding::OpenMetrics1, Encoding::OpenMetrics0, Encoding::Protobuf, Encoding::Text];

    fn media_type(self) -> &'static str {
        match self {
            Encoding::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
            Encoding::Text => "text/plain; version=0.0.4; charset=utf-8",
            Encoding::OpenMetrics0 => "application/openmetrics-text; version=0.0.1; charset=utf-8",
            Encoding::OpenMetrics1 => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// Tells whether a clause of `Accept` names this encoding.
    fn is_asked_for(self, clause: &Clause<'_>) -> bool {
        let version = clause.parameter("version");
        match (self, clause.media_type.to_ascii_lowercase().as_str()) {
            (Encoding::Protobuf, "application/vnd.google.protobuf") => {
                clause.parameter("proto") == Some("io.prometheus.client.MetricFamily")
                    && clause.parameter("encoding") == Some("delimited")
            }
            (Encoding::Text, "text/plain") => version.is_none_or(|v| v == "0.0.4"),
            (Encoding::Text, "text/*" | "*/*") => true,
            (Encoding::OpenMetrics0, "application/openmetrics-text") => version.is_none_or(|v| v == "0.0.1"),
            (Encoding::OpenMetrics1, "application/openmetrics-text") => version == Some("1.0.0"),
            (_, _other) => false,
        }
    }
}

/// What was agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Format {
    /// The encoding.
    pub encoding: Encoding,
    /// How names are written that not every reader knows.
    pub escaping: EscapingScheme,
}

/// Prints the `Content-Type`.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; escaping={}", self.encoding.media_type(), self.escaping.as_str())
    }
}

/// Chooses what the client wants most of what is offered; text if nothing fits. A wildcard asks for text.
/// Names are not escaped unless the client asks for it.
pub fn negotiate(accept: &str, offered: &[Encoding]) -> Format {
    let mut escaping = EscapingScheme::AllowUtf8;
    for clause in Clause::parse(accept) {
        if let Some(scheme) = clause.parameter("escaping").and_then(EscapingScheme::from_word) {
            escaping = scheme;
        }
        if let Some(&encoding) = offered.iter().find(|e| e.is_asked_for(&clause)) {
            return Format { encoding, escaping };
        }
    }
    Format { encoding: Encoding::Text, escaping }
}

/// One alternative of an `Accept` header.
struct Clause<'a> {
    media_type: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
}

impl<'a> Clause<'a> {
    /// Splits a header; most wanted first, the more specific first among equals.
    fn parse(accept: &'a str) -> Vec<Clause<'a>> {
        let mut clauses: Vec<(f64, Clause<'a>)> = accept
            .split(',')
            .map(|text| {
                let mut pieces = text.split(';').map(str::trim);
                let media_type = pieces.next().unwrap_or_default();
                let parameters = pieces
                    .filter_map(|p| p.split_once('='))
                    .map(|(k, v)| (k.trim(), v.trim().trim_matches('"')))
                    .collect();
                Clause { media_type, parameters }
            })
            .map(|clause| {
                let quality = clause.parameter("q").and_then(|q| q.parse().ok());
                (quality.filter(|q: &f64| q.is_finite()).unwrap_or(1.0), clause)
            })
            .collect();
        clauses.sort_by(|(p, a), (q, b)| {
            let wildcards = |c: &Clause<'_>| c.media_type.matches('*').count();
            q.total_cmp(p).then(wildcards(a).cmp(&wildcards(b)))
        });
        clauses.into_iter().map(|(_, clause)| clause).collect()
    }

    fn parameter(&self, name: &str) -> Option<&'a str> {
        self.parameters.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| *v)
    }
}

/// A format that can be read. Versions do not matter for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyFormat {
    /// Prometheus text.
    Text,
    /// OpenMetrics text.
    OpenMetrics,
    /// Delimited protobuf messages.
    Protobuf,
}

impl BodyFormat {
    /// Returns the media type.
    pub fn media_type(self) -> &'static str {
        match self {
            BodyFormat::Text => "text/plain",
            BodyFormat::OpenMetrics => "application/openmetrics-text",
            BodyFormat::Protobuf => "application/vnd.google.protobuf",
        }
    }

    /// Chooses by a `Content-Type` header, `""` if there is none. Where it says nothing usable the fallback is taken,
    /// and the complaint is returned beside it, to be logged.
    ///
    /// # Errors
    /// [`ContentTypeError`] if there is no fallback either.
    pub fn of(
        content_type: &str,
        fallback: Option<BodyFormat>,
    ) -> Result<(BodyFormat, Option<ContentTypeError>), ContentTypeError> {
        let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let well_formed = media_type.split_once('/').is_some_and(|(a, b)| is_token(a) && is_token(b));
        let reason = match media_type.as_str() {
            "text/plain" => return Ok((BodyFormat::Text, None)),
            "application/openmetrics-text" => return Ok((BodyFormat::OpenMetrics, None)),
            "application/vnd.google.protobuf" => return Ok((BodyFormat::Protobuf, None)),
            "" => Unusable::Blank,
            _unknown if well_formed => Unusable::Unsupported,
            _unknown => Unusable::Malformed,
        };
        let error = ContentTypeError { content_type: content_type.to_owned(), reason, fallback };
        match fallback {
            Some(format) => Ok((format, Some(error))),
            None => Err(error),
        }
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b))
}

/// What is wrong with a `Content-Type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unusable {
    Blank,
    Malformed,
    Unsupported,
}

/// A target does not tell its format, or tells one that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentTypeError {
    content_type: String,
    reason: Unusable,
    fallback: Option<BodyFormat>,
}

impl std::error::Error for ContentTypeError {}

impl fmt::Display for ContentTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = model::number::quote(&self.content_type);
        match (self.reason, self.fallback) {
            (Unusable::Blank, _) => f.write_str("non-compliant scrape target sending blank Content-Type")?,
            (Unusable::Malformed, None) => write!(f, "cannot parse Content-Type {quoted}")?,
            (Unusable::Malformed, Some(_)) => write!(f, "could not parse received Content-Type {quoted}")?,
            (Unusable::Unsupported, _) => write!(f, "received unsupported Content-Type {quoted}")?,
        }
        match (self.reason, self.fallback) {
            (_, Some(format)) => write!(f, ", using fallback_scrape_protocol \"{}\"", format.media_type()),
            (Unusable::Malformed, None) => f.write_str(" and no fallback_scrape_protocol for target"),
            (_, None) => f.write_str(" and no fallback_scrape_protocol specified for target"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negotiates() {
        const PROTO: &str =
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
        for (accept, offered, encoding, escaping) in [
            ("", Encoding::ALL, Encoding::Text, "allow-utf-8"),
            ("*/*", Encoding::ALL, Encoding::Text, "allow-utf-8"),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Encoding::ALL, Encoding::Text, "allow-utf-8"),
            (
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                Encoding::ALL,
                Encoding::OpenMetrics1,
                "allow-utf-8",
            ),
            ("application/openmetrics-text", Encoding::ALL, Encoding::OpenMetrics0, "allow-utf-8"),
            ("application/openmetrics-text;version=1.0.0", Encoding::CLASSIC, Encoding::Text, "allow-utf-8"),
            (
                "text/plain;version=0.0.4;q=0.3,application/openmetrics-text;version=0.0.1;q=0.5",
                Encoding::ALL,
                Encoding::OpenMetrics0,
                "allow-utf-8",
            ),
            ("text/plain;version=0.0.4;escaping=underscores", Encoding::ALL, Encoding::Text, "underscores"),
            ("text/plain;version=1.0.0;escaping=values", Encoding::ALL, Encoding::Text, "values"),
            ("text/plain;escaping=nonsense", Encoding::ALL, Encoding::Text, "allow-utf-8"),
            (PROTO, Encoding::CLASSIC, Encoding::Protobuf, "allow-utf-8"),
            (
                "application/vnd.google.protobuf;proto=other;encoding=delimited",
                Encoding::ALL,
                Encoding::Text,
                "allow-utf-8",
            ),
        ] {
            let format = negotiate(accept, offered);
            assert_eq!((format.encoding, format.escaping.as_str()), (encoding, escaping), "{accept}");
        }
        let format = Format { encoding: Encoding::Text, escaping: EscapingScheme::Values };
        assert_eq!(format.to_string(), "text/plain; version=0.0.4; charset=utf-8; escaping=values");
    }

    #[test]
    fn content_types() {
        for (text, expected) in [
            ("text/plain", BodyFormat::Text),
            ("text/plain; version=0.0.4; charset=utf-8", BodyFormat::Text),
            ("TEXT/Plain;version=1.0.0", BodyFormat::Text),
            ("application/openmetrics-text; version=1.0.0", BodyFormat::OpenMetrics),
            ("application/vnd.google.protobuf; encoding=delimited", BodyFormat::Protobuf),
        ] {
            assert_eq!(BodyFormat::of(text, None), Ok((expected, None)));
        }
        for (text, fallback, message) in [
            (
                "",
                None,
                "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target",
            ),
            (
                "",
                Some(BodyFormat::Text),
                "non-compliant scrape target sending blank Content-Type, using fallback_scrape_protocol \"text/plain\"",
            ),
            (
                "counting",
                None,
                "cannot parse Content-Type \"counting\" and no fallback_scrape_protocol for target",
            ),
            (
                "application/json",
                None,
                "received unsupported Content-Type \"application/json\" and no fallback_scrape_protocol specified for target",
            ),
            (
                "application/json",
                Some(BodyFormat::OpenMetrics),
                "received unsupported Content-Type \"application/json\", using fallback_scrape_protocol \"application/openmetrics-text\"",
            ),
        ] {
            let error = match BodyFormat::of(text, fallback) {
                Ok((format, error)) => {
                    assert_eq!(Some(format), fallback);
                    error.unwrap()
                }
                Err(error) => error,
            };
            assert_eq!(error.to_string(), message);
        }
    }
}
