//! What is printed of the server's documents: simple and extended tables, or JSON.

mod documents;
mod table;
#[cfg(test)]
mod tests;

use std::io::Write;

use serde_json::Value;

use documents::{Alert, Silence, date};
use table::write_table;

/// How dates look unless the user says otherwise.
pub(super) const DATE_LAYOUT: &str = "2006-01-02 15:04:05 MST";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Simple,
    Extended,
    Json,
}

/// How to print.
#[derive(Clone, Debug)]
pub(super) struct Output {
    format: Format,
    layout: String,
}

impl Output {
    /// Takes the values of the flags `--output` and `--date.format`.
    pub(super) fn new(format: &str, layout: &str) -> Output {
        let format = match format {
            "extended" => Format::Extended,
            "json" => Format::Json,
            _simple => Format::Simple,
        };
        Output { format, layout: layout.to_owned() }
    }

    /// Prints alerts, the first to fire first.
    pub(super) fn alerts(&self, mut alerts: Vec<Value>, out: &mut dyn Write) -> anyhow::Result<()> {
        if self.format == Format::Json {
            return json(&Value::Array(alerts), out);
        }
        alerts.sort_by_cached_key(|alert| documents::moment(alert, "startsAt"));
        let mut rows = vec![match self.format {
            Format::Extended => "Labels\tAnnotations\tStarts At\tEnds At\tGenerator URL\tState\t".to_owned(),
            Format::Simple | Format::Json => "Alertname\tStarts At\tSummary\tState\t".to_owned(),
        }];
        for alert in &alerts {
            let alert = Alert(alert);
            let (starts, ends) =
                (date(alert.0, "startsAt", &self.layout), date(alert.0, "endsAt", &self.layout));
            rows.push(match self.format {
                Format::Extended => format!(
                    "{}\t{}\t{starts}\t{ends}\t{}\t{}\t",
                    alert.pairs("labels"),
                    alert.pairs("annotations"),
                    alert.text("/generatorURL"),
                    alert.text("/status/state"),
                ),
                Format::Simple | Format::Json => format!(
                    "{}\t{starts}\t{}\t{}\t",
                    alert.text("/labels/alertname"),
                    alert.text("/annotations/summary"),
                    alert.text("/status/state"),
                ),
            });
        }
        Ok(write_table(&rows, out)?)
    }

    /// Prints silences, the first to end first.
    pub(super) fn silences(&self, mut silences: Vec<Value>, out: &mut dyn Write) -> anyhow::Result<()> {
        if self.format == Format::Json {
            return json(&Value::Array(silences), out);
        }
        silences.sort_by_cached_key(|silence| documents::moment(silence, "endsAt"));
        let mut rows = vec![match self.format {
            Format::Extended => {
                "ID\tMatchers\tStarts At\tEnds At\tUpdated At\tCreated By\tComment\t".to_owned()
            }
            Format::Simple | Format::Json => "ID\tMatchers\tEnds At\tCreated By\tComment\t".to_owned(),
        }];
        for document in &silences {
            let silence = Silence(document);
            let at = |field: &str| date(document, field, &self.layout);
            let (id, author, comment) =
                (silence.text("/id"), silence.text("/createdBy"), silence.text("/comment"));
            let matchers = silence.matchers()?;
            rows.push(match self.format {
                Format::Extended => format!(
                    "{id}\t{{{}}}\t{}\t{}\t{}\t{author}\t{comment}\t",
                    matchers.join(","),
                    at("startsAt"),
                    at("endsAt"),
                    at("updatedAt"),
                ),
                Format::Simple | Format::Json => {
                    format!("{id}\t{}\t{}\t{author}\t{comment}\t", matchers.join(" "), at("endsAt"))
                }
            });
        }
        Ok(write_table(&rows, out)?)
    }

    /// Prints the configuration that a server runs.
    pub(super) fn config(&self, status: &Value, out: &mut dyn Write) -> anyhow::Result<()> {
        if self.format == Format::Json {
            return json(status, out);
        }
        writeln!(out, "{}", documents::text(status, "/config/original"))?;
        if self.format == Format::Extended {
            for field in ["buildUser", "goVersion", "revision", "version", "branch", "buildDate"] {
                writeln!(out, "{field} {}", documents::text(status, &format!("/versionInfo/{field}")))?;
            }
            writeln!(out, "uptime {}", documents::text(status, "/uptime"))?;
        }
        Ok(())
    }

    /// Prints a server's place among its peers.
    pub(super) fn cluster(&self, status: &Value, out: &mut dyn Write) -> anyhow::Result<()> {
        let cluster = status.get("cluster").unwrap_or(&Value::Null);
        if self.format == Format::Json {
            return json(cluster, out);
        }
        let text = |at: &str| documents::text(cluster, at);
        let mut rows =
            vec![format!("Cluster Status:\t{}", text("/status")), format!("Node Name:\t{}", text("/name"))];
        if self.format == Format::Extended {
            rows.extend([String::new(), "Address\tName".to_owned()]);
            let mut peers: Vec<(String, String)> = cluster
                .get("peers")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(|peer| (documents::text(peer, "/address"), documents::text(peer, "/name")))
                .collect();
            peers.sort_by_cached_key(|(address, _)| address.parse::<std::net::SocketAddr>().ok());
            rows.extend(peers.into_iter().map(|(address, name)| format!("{address}\t{name}\t")));
        }
        Ok(write_table(&rows, out)?)
    }
}

/// Prints a document on one line, escaped as Go's encoder does.
fn json(document: &Value, out: &mut dyn Write) -> anyhow::Result<()> {
    let text = serde_json::to_string(document)?;
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(c)))
            }
            other => escaped.push(other),
        }
    }
    writeln!(out, "{escaped}")?;
    Ok(())
}
