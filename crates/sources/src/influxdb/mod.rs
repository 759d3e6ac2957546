//! InfluxDB in its three languages: InfluxQL (version 1, and what later versions kept of it), Flux (version 2), SQL (version 3).

mod builder;
mod flux;
mod influxql;
mod sql;

use http::header;
use serde_json::Value;

use crate::error::SourceError;
use crate::frame::Frame;
use crate::kind::{Ask, Kind, Pending, Query, Reach, Source, parameter};

/// The shortest step of a query that says nothing, Grafana's default.
const STEP_DEFAULT_MS: i64 = 10_000;

/// InfluxDB.
pub struct InfluxDb;

/// Which language a data source speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    InfluxQl,
    Flux,
    Sql,
}

fn language(source: &Source) -> Language {
    match source.option("version") {
        "Flux" => Language::Flux,
        "SQL" => Language::Sql,
        _influxql => Language::InfluxQl,
    }
}

/// With the login of InfluxDB itself: a token, or a user with a password.
fn with_login(source: &Source, ask: Ask) -> Ask {
    use base64::Engine;
    let token = source.secret("token");
    if !token.is_empty() {
        return ask.with(header::AUTHORIZATION, &format!("Token {token}"));
    }
    if source.user.is_empty() {
        return ask;
    }
    let login = format!("{}:{}", source.user, source.secret("password"));
    let encoded = base64::prelude::BASE64_STANDARD.encode(login);
    ask.with(header::AUTHORIZATION, &format!("Basic {encoded}"))
}

/// Asks for a list of texts.
async fn strings(
    source: &Source,
    language: Language,
    query: &str,
    reach: &dyn Reach,
) -> Result<Vec<String>, SourceError> {
    match language {
        Language::InfluxQl => {
            let reply = reach.http(source, influxql::ask(source, query)).await?;
            Ok(influxql::strings(&reply.json()?))
        }
        Language::Flux => {
            let reply = reach.http(source, flux::ask(source, query)).await?;
            reply.good()?;
            flux::strings(&String::from_utf8_lossy(&reply.body))
        }
        Language::Sql => {
            let reply = reach.http(source, sql::ask(source, query)).await?;
            Ok(sql::strings(&reply.json()?))
        }
    }
}

impl Kind for InfluxDb {
    fn ids(&self) -> &'static [&'static str] {
        &["influxdb"]
    }

    fn query<'a>(
        &'a self,
        source: &'a Source,
        query: &'a Query,
        reach: &'a dyn Reach,
    ) -> Pending<'a, Vec<Frame>> {
        Box::pin(async move {
            let step = query.step(source, STEP_DEFAULT_MS);
            match language(source) {
                Language::InfluxQl => {
                    let wanted: influxql::Wanted = query.read("InfluxDB")?;
                    let text = wanted.text(step)?;
                    if text.trim().is_empty() {
                        return Ok(Vec::new());
                    }
                    let reply = reach.http(source, influxql::ask(source, &text)).await?;
                    influxql::frames(&query.ref_id, &wanted, &text, &reply.json()?)
                }
                Language::Flux => {
                    let text = flux::filled(query.text("query"), source, step);
                    if text.trim().is_empty() {
                        return Ok(Vec::new());
                    }
                    let reply = reach.http(source, flux::ask(source, &text)).await?;
                    reply.good()?;
                    flux::frames(&query.ref_id, &text, &String::from_utf8_lossy(&reply.body))
                }
                Language::Sql => {
                    let given = [query.text("rawSql"), query.text("query")];
                    let Some(text) = given.into_iter().find(|text| !text.trim().is_empty()) else {
                        return Ok(Vec::new());
                    };
                    let asked = crate::sql::macros::expand(text, step, &sql::Dialect)?;
                    let reply = reach.http(source, sql::ask(source, &asked.sql)).await?;
                    let frame = crate::sql::frame(
                        &query.ref_id,
                        query.text("format"),
                        &asked,
                        sql::rows(&reply.json()?)?,
                    )?;
                    Ok(vec![frame])
                }
            }
        })
    }

    fn health<'a>(&'a self, source: &'a Source, _now_ms: i64, reach: &'a dyn Reach) -> Pending<'a, String> {
        Box::pin(async move {
            let language = language(source);
            let (query, what) = match language {
                Language::InfluxQl => ("SHOW MEASUREMENTS LIMIT 1000", "measurements"),
                Language::Flux => ("buckets()", "buckets"),
                Language::Sql => (sql::TABLES, "measurements"),
            };
            let found = strings(source, language, query, reach).await?.len();
            Ok(format!("datasource is working. {found} {what} found"))
        })
    }

    fn resource<'a>(
        &'a self,
        source: &'a Source,
        path: &'a str,
        parameters: &'a [(String, String)],
        reach: &'a dyn Reach,
    ) -> Pending<'a, Option<Value>> {
        Box::pin(async move {
            let language = language(source);
            let of = parameter(parameters, "measurement");
            let query = match language {
                Language::InfluxQl => influxql::listing(path, of, parameter(parameters, "key")),
                Language::Flux => flux::listing(path, of, parameter(parameters, "bucket")),
                Language::Sql => sql::listing(path, of),
            };
            match query {
                Some(query) => Ok(Some(strings(source, language, &query, reach).await?.into())),
                None => Ok(None),
            }
        })
    }
}

#[cfg(test)]
mod tests;
