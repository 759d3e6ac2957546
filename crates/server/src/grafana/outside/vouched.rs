//! What comes with a request: headers of a proxy that is believed, and signed tokens.

use std::net::IpAddr;
use std::path::Path;

use accounts::outside::Outside;
use accounts::outside::config::{Jwt, ProxyHeader};
use accounts::outside::jwt::{self, JwtError};
use accounts::users::Vouched;
use accounts::{Identity, Role};
use http::{HeaderMap, header};

use super::{ANSWER_BYTES_MAX, admitted, turned_away};
use crate::grafana::problem::Problem;
use crate::grafana::state::Grafana;

/// Who a request says it is through a proxy or a signed token, if it does.
///
/// # Errors
/// It says so and is not to be believed.
pub async fn vouched(
    grafana: &Grafana,
    headers: &HeaderMap,
    client: &str,
) -> Result<Option<Identity>, Problem> {
    let Outside { proxy, jwt, .. } = &grafana.outside;
    let now_ms = (grafana.now_ms)();
    if let Some(user) = proxy.as_ref().and_then(|p| by_proxy(p, headers, client)) {
        return Ok(Some(grafana.accounts.vouched(&user, now_ms).await?.1));
    }
    let Some(config) = jwt else { return Ok(None) };
    let Some(user) = by_token(grafana, config, headers).await? else { return Ok(None) };
    if !config.sign_up {
        admitted(grafana, &user, false).await?;
    }
    Ok(Some(grafana.accounts.vouched(&user, now_ms).await?.1))
}

fn by_proxy(config: &ProxyHeader, headers: &HeaderMap, client: &str) -> Option<Vouched> {
    let from: IpAddr = client.parse().ok()?;
    if !config.from.iter().any(|network| network.holds(from)) {
        return None;
    }
    let all = [&config.header, &config.email_header, &config.name_header, &config.role_header];
    // Of two values one came with the request, and was not the proxy's to say.
    if all.iter().any(|name| !name.is_empty() && headers.get_all(name.as_str()).iter().count() > 1) {
        return None;
    }
    let text = |name: &str| {
        let value = if name.is_empty() { None } else { headers.get(name) };
        value.and_then(|value| std::str::from_utf8(value.as_bytes()).ok()).unwrap_or("").trim().to_owned()
    };
    let login = text(&config.header);
    (!login.is_empty()).then(|| Vouched {
        origin: "authproxy".to_owned(),
        login,
        email: text(&config.email_header),
        name: text(&config.name_header),
        role: Role::parse(&text(&config.role_header)),
        is_admin: None,
    })
}

async fn by_token(grafana: &Grafana, config: &Jwt, headers: &HeaderMap) -> Result<Option<Vouched>, Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION.as_str()).and_then(|v| v.strip_prefix("Bearer "));
    // Tokens of service accounts have no dots.
    let token = text(&config.header).or(bearer.filter(|token| token.matches('.').count() == 2));
    let Some(token) = token else { return Ok(None) };
    let said = checked(grafana, config, token.trim()).await?.map_err(|error| {
        tracing::warn!(%error, "a signed token was refused");
        Problem::login_failed("Invalid JWT", "jwt.invalid")
    })?;
    config.claims.user("jwt", &said).map(Some).map_err(|e| turned_away(&e))
}

/// Checks a token with the keys there are; the outer error is ours.
async fn checked(
    grafana: &Grafana,
    config: &Jwt,
    token: &str,
) -> Result<Result<serde_json::Value, JwtError>, Problem> {
    let now_ms = (grafana.now_ms)();
    let keys = match (&config.jwks_file, &config.key_file) {
        (Some(file), _) => {
            let text = read(file).map_err(|e| Problem::internal(&e))?;
            jwt::read_set(&text).map_err(|e| Problem::internal(&e))?
        }
        (None, Some(file)) => jwt::Keys::Pem(read(file).map_err(|e| Problem::internal(&e))?),
        (None, None) => {
            let unreadable = |e: String| Problem::internal(&e);
            let keys = grafana.keys.get(config, false, now_ms).await.map_err(unreadable)?;
            return Ok(match jwt::check(token, &keys, config) {
                // The party may have changed its keys since they were read.
                Err(JwtError::UnknownKey) => {
                    let keys = grafana.keys.get(config, true, now_ms).await.map_err(unreadable)?;
                    jwt::check(token, &keys, config)
                }
                result => result,
            });
        }
    };
    Ok(jwt::check(token, &keys, config))
}

/// Reads a small file: keys are renewed while the program runs.
pub(super) fn read(file: &Path) -> std::io::Result<String> {
    use std::io::Read;
    let mut text = String::new();
    std::fs::File::open(file)?.take(ANSWER_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}
