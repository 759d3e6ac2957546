//! Asking the provider again while a session lasts (`use_refresh_token`), so that who was locked out there is locked out here.
//!
//! Invariants: 1. Of requests that come together, one asks; the others go on meanwhile.  2. A provider that says no ends the
//! session; one that does not answer is asked again a minute later, and the session ends in its own time.

use accounts::outside::oauth::{self, Tokens};
use accounts::{AccountError, Identity};
use dashboards::secrets::Secrets;

use super::ask::{Asked, Nothing};
use super::{admitted, origin, turned_away};
use crate::grafana::problem::Problem;
use crate::grafana::state::Grafana;

/// What sealed tokens are sealed for.
const PURPOSE: &str = "session-tokens";
/// After this time a provider that did not answer is asked again.
const AGAIN_MS: i64 = 60_000;

/// Seals what a provider gave, to be kept with the session.
///
/// # Errors
/// It cannot be sealed.
pub(super) fn sealed(grafana: &Grafana, tokens: &Tokens) -> Result<String, Problem> {
    let text = serde_json::to_string(tokens).map_err(|e| Problem::internal(&e))?;
    Ok(grafana.vault.seal(PURPOSE, &Secrets::from([("tokens".to_owned(), text)]))?)
}

/// Opens what is kept with a session; nothing if it cannot be opened, such as with another key.
pub(super) fn opened(grafana: &Grafana, sealed: &str) -> Option<Tokens> {
    let secrets = grafana.vault.open(PURPOSE, sealed).ok()?;
    serde_json::from_str(secrets.get("tokens")?).ok()
}

/// Renews a session whose time has come. `token` is the browser's.
///
/// # Errors
/// 401 if the provider or the claims no longer let this user in: the session has ended then.
pub async fn renew(
    grafana: &Grafana,
    identity: Identity,
    session_id: i64,
    token: &str,
) -> Result<Identity, Problem> {
    let now_ms = (grafana.now_ms)();
    let mut tx = grafana.accounts.catalog().write().await?;
    let kept = tx.claim_session_renewal(session_id, now_ms, now_ms + AGAIN_MS).await?;
    tx.commit().await?;
    // Somebody else is at it.
    let Some(kept) = kept else { return Ok(identity) };
    match renewed(grafana, &kept, session_id, now_ms).await {
        Ok(()) => Ok(grafana.accounts.session(token, now_ms).await?),
        Err(Failed::Silent(reason)) => {
            tracing::warn!(login = identity.login, reason, "a provider does not renew a session now");
            Ok(identity)
        }
        Err(Failed::Ended(problem)) => {
            tracing::info!(login = identity.login, "a provider no longer renews a session: it ends");
            let mut tx = grafana.accounts.catalog().write().await?;
            tx.end_session(session_id).await?;
            tx.commit().await?;
            tracing::debug!(?problem, "why the session ended");
            Err(AccountError::WrongToken.into())
        }
        Err(Failed::Ours(problem)) => Err(problem),
    }
}

enum Failed {
    /// It must end.
    Ended(Problem),
    /// It may go on for now.
    Silent(&'static str),
    /// Our own fault.
    Ours(Problem),
}

async fn renewed(grafana: &Grafana, kept: &str, session_id: i64, now_ms: i64) -> Result<(), Failed> {
    let tokens = opened(grafana, kept);
    let provider = |tokens: &Tokens| grafana.outside.oauth.iter().find(|p| p.name == tokens.provider);
    // A provider that is no longer configured, or a session without a token for it, cannot be asked.
    let gone = || Failed::Ended(Problem::unauthorized());
    let tokens = tokens.filter(|tokens| !tokens.refresh.is_empty()).ok_or_else(gone)?;
    let provider = provider(&tokens).ok_or_else(gone)?;
    let failed = |nothing: Nothing| match nothing {
        Nothing::Refused(_) => Failed::Ended(nothing.problem(provider)),
        Nothing::Silent(reason) => Failed::Silent(reason),
    };
    let asked = Asked::new(provider).map_err(Failed::Ours)?;
    let secret = asked.secret().map_err(Failed::Ours)?;
    let answer =
        asked.tokens(oauth::refresh_form(provider, &tokens.refresh, &secret)).await.map_err(failed)?;
    let said = asked.who(&answer, None, now_ms).await.map_err(failed)?;
    let user = provider.claims.user(&origin(provider), &said).map_err(|e| Failed::Ended(turned_away(&e)))?;
    admitted(grafana, &user, false).await.map_err(Failed::Ended)?;
    let tokens = Tokens::of_answer(&provider.name, &answer, &tokens);
    let sealed = sealed(grafana, &tokens).map_err(Failed::Ours)?;
    let ours = |e: catalog::CatalogError| Failed::Ours(e.into());
    let mut tx = grafana.accounts.catalog().write().await.map_err(ours)?;
    tx.set_session_tokens(session_id, &sealed, oauth::renew_at(&answer, now_ms)).await.map_err(ours)?;
    tx.commit().await.map_err(ours)
}
