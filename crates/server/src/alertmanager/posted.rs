//! Alerts as clients post them. Texts are borrowed from the body where nothing is escaped, since a storm brings many.

use std::borrow::Cow;
use std::fmt;

use alerting::Report;
use jiff::Timestamp;
use model::Labels;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::Refusal;

/// A text of the body.
#[derive(Debug, Default)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(document: D) -> Result<Text<'a>, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
                Ok(Cow::Owned(text.to_owned()))
            }

            fn visit_unit<E>(self) -> Result<Cow<'de, str>, E> {
                Ok(Cow::Borrowed(""))
            }
        }
        document.deserialize_any(Reader).map(Text)
    }
}

/// Labels or annotations, in the order of the body.
#[derive(Debug, Default)]
struct Pairs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(document: D) -> Result<Pairs<'a>, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Vec<(Cow<'de, str>, Cow<'de, str>)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::with_capacity(12);
                while let Some((Text(name), Text(value))) = map.next_entry()? {
                    pairs.push((name, value));
                }
                Ok(pairs)
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Vec::new())
            }
        }
        document.deserialize_any(Reader).map(Pairs)
    }
}

/// One posted alert.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Posted<'a> {
    #[serde(borrow)]
    labels: Pairs<'a>,
    #[serde(borrow, default)]
    annotations: Pairs<'a>,
    #[serde(borrow, default)]
    starts_at: Text<'a>,
    #[serde(borrow, default)]
    ends_at: Text<'a>,
    #[serde(borrow, default, rename = "generatorURL")]
    generator_url: Text<'a>,
}

/// Reads the body of `POST /api/v2/alerts`.
pub(super) fn read(body: &[u8]) -> Result<Vec<Report>, Refusal> {
    let posted: Vec<Posted<'_>> =
        serde_json::from_slice(body).map_err(|e| Refusal::Malformed(format!("alerts in body: {e}")))?;
    posted.into_iter().map(report).collect()
}

fn report(posted: Posted<'_>) -> Result<Report, Refusal> {
    Ok(Report {
        labels: Labels::from_pairs(posted.labels.0),
        annotations: posted.annotations.0.into_iter().collect(),
        starts_at: time("startsAt", &posted.starts_at.0)?,
        ends_at: time("endsAt", &posted.ends_at.0)?,
        generator_url: posted.generator_url.0.into(),
    })
}

/// Reads a time; Go's zero time says that there is none.
fn time(name: &str, text: &str) -> Result<Option<Timestamp>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<Timestamp>() {
        Ok(t) if t.as_second() <= -62_135_596_800 => Ok(None),
        Ok(t) => Ok(Some(t)),
        Err(_) => Err(Refusal::Malformed(format!("{name} in body must be of type date-time: {text:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_empty_and_what_is_escaped_is_read() {
        let body = r#"[
            {"labels": {"b": "a\"b\u00e9", "a": "1", "a": "2", "empty": ""}, "annotations": {"empty": "", "s": "봉수"},
             "startsAt": "2026-01-02T03:04:05Z", "endsAt": "0001-01-01T00:00:00.000Z", "generatorURL": "http://g/?a=b&c", "unknown": [1]},
            {"labels": {}, "annotations": null, "startsAt": null}
        ]"#;
        let reports = read(body.as_bytes()).unwrap();
        assert_eq!(reports[0].labels, Labels::from_pairs([("a", "2"), ("b", "a\"bé")]));
        assert_eq!(reports[0].annotations.len(), 2, "an empty annotation stays");
        assert_eq!((reports[0].starts_at.is_some(), reports[0].ends_at), (true, None));
        assert_eq!(&*reports[0].generator_url, "http://g/?a=b&c");
        assert_eq!(reports[1], Report::default());
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for (body, reason) in [
            ("{}", "alerts in body: invalid type: map"),
            (r#"[{"annotations": {}}]"#, "alerts in body: missing field `labels`"),
            (r#"[{"labels": {"a": 1}}]"#, "alerts in body: invalid type: integer `1`, expected a string"),
            (r#"[{"labels": ["a"]}]"#, "alerts in body: invalid type: sequence"),
            (
                r#"[{"labels": {"a": "b"}, "endsAt": "soon"}]"#,
                "endsAt in body must be of type date-time: \"soon\"",
            ),
        ] {
            let Err(Refusal::Malformed(got)) = read(body.as_bytes()) else { panic!("{body} is taken") };
            assert!(got.starts_with(reason), "{got}");
        }
    }
}
