//! Prometheus and whatever answers as it does.

pub mod frames;
pub mod request;

use serde_json::Value;

use crate::error::SourceError;
use crate::kind::{Ask, Kind, Pending, Query, Reach, Source};

/// Prometheus.
pub struct Prometheus;

impl Kind for Prometheus {
    fn ids(&self) -> &'static [&'static str] {
        &["prometheus"]
    }

    fn query<'a>(
        &'a self,
        source: &'a Source,
        asked: &'a Query,
        reach: &'a dyn Reach,
    ) -> Pending<'a, Vec<crate::Frame>> {
        Box::pin(async move {
            let query: request::Query = asked.read("Prometheus")?;
            let interval = source.option("timeInterval");
            let range = (asked.from_ms, asked.to_ms);
            let step_ms = query.step_ms(range.0, range.1, interval);
            let executed = query.expanded(range, step_ms, interval);
            let mut all = Vec::new();
            for kind in query.kinds() {
                let parameters = query.parameters(kind, range, step_ms, interval);
                let ask = Ask::form(&format!("api/v1/{}", kind.endpoint()), &parameters);
                let reply = reach.http(source, ask).await?;
                // Its errors are JSON too, with a better text than their status.
                let answer: Value = serde_json::from_slice(&reply.body).map_err(|e| match reply.good() {
                    Ok(()) => SourceError::answer(e),
                    Err(refused) => refused,
                })?;
                all.extend(frames::frames(&query, kind, step_ms, &executed, &answer)?);
            }
            Ok(all)
        })
    }

    fn health<'a>(&'a self, source: &'a Source, now_ms: i64, reach: &'a dyn Reach) -> Pending<'a, String> {
        Box::pin(async move {
            let parameters = [("query", "1+1".to_owned()), ("time", (now_ms / 1000).to_string())];
            reach.http(source, Ask::form("api/v1/query", &parameters)).await?.good()?;
            Ok("Successfully queried the Prometheus API.".to_owned())
        })
    }
}

#[cfg(test)]
mod tests;
