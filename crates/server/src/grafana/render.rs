//! `/render/…`: pictures of dashboards and panels, at the addresses that Grafana has for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use catalog::dashboards::Dashboard;
use dashboards::{save, slug};
use http::request::Parts;
use http::{HeaderValue, header};
use pictures::fetch::Wish;

use super::body::{Params, Path};
use super::ctx::Ctx;
use super::dashboards::{missing, visible};
use super::links;
use super::pictures::{Format, draw, wish};
use super::problem::{Answer, Problem};
use super::reports::own;
use super::state::Grafana;

/// Grafana's width of a picture that says none.
const WIDTH_DEFAULT: i64 = 1000;
/// Grafana's height of a panel's picture that says none.
const HEIGHT_DEFAULT: i64 = 500;

/// Who may ask: somebody with a login, or anybody with a signed link.
pub struct Viewer {
    grafana: Arc<Grafana>,
    ctx: Result<Ctx, Problem>,
    query: String,
}

impl FromRequestParts<Arc<Grafana>> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, grafana: &Arc<Grafana>) -> Result<Viewer, Problem> {
        let query = parts.uri.query().unwrap_or("").to_owned();
        let ctx = Ctx::from_request_parts(parts, grafana).await;
        Ok(Viewer { grafana: grafana.clone(), ctx, query })
    }
}

impl Viewer {
    /// As whom the picture is drawn, and the dashboard.
    ///
    /// # Errors
    /// 401, 404.
    async fn admitted(self, kind: &str, uid: &str) -> Result<(Ctx, Dashboard), Problem> {
        if links::is_good(&self.grafana, kind, uid, &self.query) {
            let ctx = Ctx { params: Params::parse(Some(&self.query)), ..own(&self.grafana, "link") };
            let found = ctx.read().await?.dashboard(uid).await?.ok_or_else(missing)?;
            return Ok((ctx, found));
        }
        let ctx = self.ctx?;
        let found = visible(&ctx, uid).await?;
        Ok((ctx, found))
    }
}

/// `GET /render/d/{uid}/{slug}`: the whole dashboard.
pub async fn dashboard(viewer: Viewer, Path((uid, _slug)): Path<(String, String)>) -> Answer {
    picture(viewer, &uid, false).await
}

/// `GET /render/d/{uid}`
pub async fn dashboard_short(viewer: Viewer, Path(uid): Path<String>) -> Answer {
    picture(viewer, &uid, false).await
}

/// `GET /render/d-solo/{uid}/{slug}?panelId=…`: one panel.
pub async fn panel(viewer: Viewer, Path((uid, _slug)): Path<(String, String)>) -> Answer {
    picture(viewer, &uid, true).await
}

/// `GET /render/d-solo/{uid}?panelId=…`
pub async fn panel_short(viewer: Viewer, Path(uid): Path<String>) -> Answer {
    picture(viewer, &uid, true).await
}

async fn picture(viewer: Viewer, uid: &str, is_solo: bool) -> Answer {
    let (ctx, found) = viewer.admitted(if is_solo { "d-solo" } else { "d" }, uid).await?;
    let ctx = &ctx;
    let params = &ctx.params;
    let document = save::document(&mut ctx.read().await?, &found).await?;
    let unknown =
        || Problem::bad_request(format!("format {:?} is none of png, svg, pdf", params.get("format")));
    let format = Format::parse(params.get("format")).ok_or_else(unknown)?;
    let asked = asked(ctx, is_solo)?;
    let factor =
        [params.get("scale"), params.get("deviceScaleFactor")].iter().find_map(|text| text.parse().ok());
    let mut files = draw(ctx, &document.into(), &asked, factor.unwrap_or(1.0), &[format]).await?;
    let body = files.pop().unwrap_or_default();
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // A drawing opened as a page must not be able to do anything.
    let sandbox = HeaderValue::from_static("sandbox; default-src 'none'; style-src 'unsafe-inline'");
    headers.insert(header::CONTENT_SECURITY_POLICY, sandbox);
    let name = format!("inline; filename=\"{}.{}\"", slug::of(&found.title), format.extension());
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok::<Response, Problem>(response)
}

/// What the parameters ask for.
///
/// # Errors
/// A number that cannot be read, a panel that is not named.
fn asked(ctx: &Ctx, is_solo: bool) -> Result<Wish, Problem> {
    let params = &ctx.params;
    let pixels = |name: &str, default: i64| -> Result<i64, Problem> {
        match params.get(name) {
            "" => Ok(default),
            text => text
                .parse()
                .map_err(|_| Problem::bad_request(format!("{name}={text} is no number of pixels"))),
        }
    };
    let some = |name: &str| Some(params.get(name)).filter(|text| !text.is_empty()).map(str::to_owned);
    let korean = params.get("lang").starts_with("ko");
    let side = |pixels: i64| u32::try_from(pixels.max(0)).unwrap_or(u32::MAX);
    let mut wish = wish(ctx, side(pixels("width", WIDTH_DEFAULT)?), params.get("theme") != "light", korean);
    // A height of -1 is Grafana's for "as much as is needed".
    let height = pixels("height", if is_solo { HEIGHT_DEFAULT } else { -1 })?;
    wish.height = Some(height).filter(|height| *height >= 0).map(side);
    wish.from = some("from");
    wish.to = some("to");
    wish.zone = some("tz").or_else(|| some("timezone"));
    let mut variables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in params.pairs() {
        if let Some(name) = name.strip_prefix("var-") {
            variables.entry(name.to_owned()).or_default().push(value.to_owned());
        }
    }
    wish.variables = variables;
    // Newer links write `panel-4`, and name a copy of a repeat behind it.
    let written = params.get("panelId").trim_start_matches("panel-");
    let digits: String = written.chars().take_while(char::is_ascii_digit).collect();
    match (is_solo, digits.parse()) {
        (true, Ok(id)) => wish.panel = Some(id),
        (true, Err(_)) => {
            return Err(Problem::bad_request("panelId is missing: which panel should be drawn?"));
        }
        (false, _) => {}
    }
    Ok(wish)
}
