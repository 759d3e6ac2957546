//! What administrators ask of the directories that know passwords.

use serde_json::{Value, json};

use super::ctx::Ctx;
use super::problem::{Answer, Problem, ok};

/// `GET /api/admin/ldap/status`: which directories answer.
pub async fn status(ctx: Ctx) -> Answer {
    ctx.need_server_admin("ldap.status:read")?;
    let Some(directory) = ctx.grafana.accounts.directory() else {
        return Err(Problem::bad_request("LDAP is not enabled"));
    };
    let shown: Vec<Value> = directory
        .status()
        .await
        .into_iter()
        .map(|(host, port, failure)| {
            let error = failure.unwrap_or_default();
            json!({ "host": host, "port": port, "available": error.is_empty(), "error": error })
        })
        .collect();
    ok(Value::from(shown))
}
