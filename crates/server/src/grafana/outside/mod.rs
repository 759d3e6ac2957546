//! Logins that others vouch for: browsers sent to a provider and back, headers of a proxy, signed tokens.
//!
//! [`flow`] is a browser's way to a provider and back; [`ask`] what is asked of the provider meanwhile; [`renew`] asks it again
//! while a session lasts; [`vouched`] reads what comes with each request, [`keys`] has the keys for it.

mod ask;
pub mod flow;
pub mod keys;
pub mod renew;
pub mod vouched;

use std::sync::Arc;

use accounts::AccountError;
use accounts::outside::claims::Refusal;
use accounts::outside::config::Provider;
use accounts::users::Vouched;
use axum::extract::State;
use catalog::accounts::Account;
use http::StatusCode;
use serde_json::{Value, json};

use super::problem::{Answer, Problem, ok};
use super::state::Grafana;

/// Largest answer of a provider, and largest file of keys.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// `GET /api/bongsu/logins`: where a login page can send browsers. No login needed.
pub async fn list(State(grafana): State<Arc<Grafana>>) -> Answer {
    let providers = grafana.outside.oauth.iter();
    let listed: Vec<Value> = providers
        .map(|p| json!({ "name": p.name, "title": p.title, "url": grafana.path(&format!("/login/{}", p.name)) }))
        .collect();
    ok(json!({ "password": grafana.options.password_form, "providers": listed }))
}

/// What sessions and accounts say about who vouched: the provider's name, marked.
fn origin(provider: &Provider) -> String {
    format!("oauth_{}", provider.name)
}

fn turned_away(refusal: &Refusal) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, refusal.to_string())
}

/// Finds or makes the account of somebody who is vouched for.
async fn admitted(grafana: &Grafana, user: &Vouched, sign_up: bool) -> Result<Account, Problem> {
    if !sign_up {
        let known =
            grafana.accounts.catalog().read().await?.account_by_login(&user.login.to_lowercase()).await?;
        if known.is_none() {
            let text = "you have no account here: ask an administrator";
            return Err(Problem::new(StatusCode::FORBIDDEN, text));
        }
    }
    match grafana.accounts.vouched(user, (grafana.now_ms)()).await {
        Ok((account, _)) => Ok(account),
        Err(error @ AccountError::Exists { .. }) => {
            Err(Problem::new(StatusCode::FORBIDDEN, error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}
