//! Keys for signed tokens that are asked for at a URL, kept while they are fresh.
//!
//! Invariants: 1. The URL is the configuration's; redirects are not followed, link-local and metadata addresses are not asked.
//! 2. However many tokens come, one request at a time is under way, and after one that was of no use none for
//! [`PATIENCE_MS`].  3. Keys that could be read once are used until [`STALE_MS`] after they could no longer be renewed.

use std::sync::Arc;
use std::time::Duration;

use accounts::outside::config::Jwt;
use accounts::outside::jwt::{self, Keys};
use bytes::Bytes;
use dashboards::reach;
use http::header;
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use transport::client::AddressGuard;
use transport::config::HttpClientConfig;
use transport::{Client, Deadline};

use super::ANSWER_BYTES_MAX;

/// Longest time for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long nothing is asked after an answer that was of no use.
const PATIENCE_MS: i64 = 30_000;
/// How long keys are used that cannot be renewed.
const STALE_MS: i64 = 24 * 3_600_000;

/// The keys of one URL.
pub struct KeyCache {
    state: Mutex<State>,
    turn: Semaphore,
}

#[derive(Default)]
struct State {
    keys: Option<Arc<Keys>>,
    /// When they were read.
    read_ms: i64,
    /// When they were last asked for, with or without use.
    asked_ms: Option<i64>,
}

impl Default for KeyCache {
    fn default() -> KeyCache {
        KeyCache { state: Mutex::default(), turn: Semaphore::new(1) }
    }
}

impl KeyCache {
    /// Returns keys; asks for them if they are old, or, for a token that none of them signed (`missed`), if they might have
    /// changed since.
    ///
    /// # Errors
    /// There are none, and they cannot be had now.
    pub async fn get(&self, config: &Jwt, missed: bool, now_ms: i64) -> Result<Arc<Keys>, String> {
        if let Some(keys) = self.fresh(config, missed, now_ms) {
            return Ok(keys);
        }
        let _turn = self.turn.acquire().await.map_err(|e| e.to_string())?;
        // Somebody else may have asked while we waited.
        if let Some(keys) = self.fresh(config, missed, now_ms) {
            return Ok(keys);
        }
        {
            let mut state = self.state.lock();
            if state.asked_ms.is_some_and(|asked| now_ms - asked < PATIENCE_MS) {
                return Err("they were asked for a moment ago, and not given".to_owned());
            }
            state.asked_ms = Some(now_ms);
        }
        match fetch(&config.jwks_url).await {
            Ok(keys) => {
                let keys = Arc::new(keys);
                *self.state.lock() =
                    State { keys: Some(keys.clone()), read_ms: now_ms, asked_ms: Some(now_ms) };
                Ok(keys)
            }
            Err(error) => {
                tracing::warn!(url = config.jwks_url, error, "keys for signed tokens cannot be read");
                let state = self.state.lock();
                let usable = now_ms - state.read_ms < STALE_MS;
                state.keys.clone().filter(|_| usable).ok_or(error)
            }
        }
    }

    /// What is kept, if it need not be asked for now.
    fn fresh(&self, config: &Jwt, missed: bool, now_ms: i64) -> Option<Arc<Keys>> {
        let state = self.state.lock();
        let age_ms = now_ms - state.read_ms;
        let ttl_ms = i64::try_from(config.jwks_ttl.as_millis()).unwrap_or(i64::MAX);
        let just_asked = state.asked_ms.is_some_and(|asked| now_ms - asked < PATIENCE_MS);
        let wanted = missed || age_ms >= ttl_ms;
        state.keys.clone().filter(|_| (!wanted || just_asked) && age_ms < STALE_MS)
    }
}

async fn fetch(url: &str) -> Result<Keys, String> {
    let config = HttpClientConfig { follow_redirects: false, ..HttpClientConfig::default() };
    let guard: AddressGuard = Arc::new(reach::allowed);
    let client = Client::guarded(&config, "Bongsu", guard).map_err(|e| e.to_string())?;
    let request = http::Request::get(url)
        .header(header::ACCEPT, "application/json")
        .body(Bytes::new())
        .map_err(|e| e.to_string())?;
    let mut response =
        client.send(request, Deadline::after(TIMEOUT)).await.map_err(|e| e.failure.to_string())?;
    if !response.status().is_success() {
        return Err(format!("status {}", response.status()));
    }
    let mut body = Vec::new();
    response.read_to(&mut body, ANSWER_BYTES_MAX).await.map_err(|e| e.to_string())?;
    jwt::read_set(&String::from_utf8_lossy(&body)).map_err(|e| e.to_string())
}
