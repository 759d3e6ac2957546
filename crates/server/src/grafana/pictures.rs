//! Pictures of dashboards and panels, drawn in this process: what all who want one share.
//!
//! Invariants: 1. Queries run as who asks, through the same ways as those of a browser, so team selectors hold.  2. At most
//! [`AT_ONCE`] pictures are drawn at a time; who waits longer than [`WAIT`] for a turn is told so.  3. A picture that takes longer than
//! it may is given up.  4. Drawing happens away from the threads that serve sockets.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use catalog::data_sources::DataSource;
use dashboards::{data_source, time_range};
use http::{HeaderMap, StatusCode};
use jiff::tz::TimeZone;
use pictures::document::Dashboard;
use pictures::fetch::{Answer as Asked, Source, SourceInfo, Wish, fetch};
use pictures::fonts::Fonts;
use pictures::page::{self, Picture};
use pictures::{PictureError, paint};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::ctx::Ctx;
use super::identify::Asker;
use super::problem::Problem;
use super::proxy::whole;
use super::query;
use super::settings::sources;

/// Pictures drawn at a time.
const AT_ONCE: usize = 2;
/// Longest time to wait for a turn.
const WAIT: Duration = Duration::from_secs(20);
/// Longest time that queries and drawing take.
const TIME_MAX: Duration = Duration::from_secs(60);
/// Largest answer of a data source to one query.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// How often a data source is scraped that does not say.
const SCRAPE_MS_DEFAULT: f64 = 15_000.0;

/// What all pictures share: fonts and turns.
#[derive(Debug)]
pub struct Studio {
    fonts_dir: Option<PathBuf>,
    fonts: OnceLock<Fonts>,
    turns: Semaphore,
}

impl Studio {
    /// Makes a studio; fonts are looked for when the first picture is drawn.
    pub fn new(fonts_dir: Option<PathBuf>) -> Studio {
        Studio { fonts_dir, fonts: OnceLock::new(), turns: Semaphore::new(AT_ONCE) }
    }

    fn fonts(&self) -> &Fonts {
        self.fonts.get_or_init(|| Fonts::load(self.fonts_dir.as_deref()))
    }
}

/// A file format of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Pixels.
    Png,
    /// A drawing.
    Svg,
    /// A page.
    Pdf,
}

impl Format {
    /// Reads a name; empty means PNG.
    pub fn parse(name: &str) -> Option<Format> {
        match name.to_ascii_lowercase().as_str() {
            "" | "png" => Some(Format::Png),
            "svg" => Some(Format::Svg),
            "pdf" => Some(Format::Pdf),
            _other => None,
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Png => "image/png",
            Format::Svg => "image/svg+xml",
            Format::Pdf => "application/pdf",
        }
    }

    /// The end of its files' names.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Png => "png",
            Format::Svg => "svg",
            Format::Pdf => "pdf",
        }
    }
}

impl From<PictureError> for Problem {
    fn from(error: PictureError) -> Problem {
        let status = match &error {
            PictureError::NoPanel { .. } => StatusCode::NOT_FOUND,
            PictureError::NoFont { .. } => StatusCode::NOT_IMPLEMENTED,
            PictureError::Encode { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            PictureError::Document(_)
            | PictureError::Size { .. }
            | PictureError::Panels { .. }
            | PictureError::Values { .. }
            | PictureError::Time(_) => StatusCode::BAD_REQUEST,
        };
        Problem::new(status, error.to_string())
    }
}

/// A wish with nothing special: a size, the dashboard's own range and variables, light or dark.
pub fn wish(ctx: &Ctx, width: u32, dark: bool, korean: bool) -> Wish {
    Wish {
        width,
        height: None,
        dark,
        korean,
        from: None,
        to: None,
        zone: None,
        zone_default: TimeZone::system(),
        variables: Default::default(),
        panel: None,
        now_ms: ctx.now_ms(),
        login: ctx.who.login.clone(),
        read_time: time_range::parse,
    }
}

/// Draws a document as somebody, in several formats at once.
///
/// # Errors
/// The document or the wish cannot be drawn, no turn came, or it took too long.
pub async fn draw(
    ctx: &Ctx,
    document: &Value,
    wish: &Wish,
    scale: f32,
    formats: &[Format],
) -> Result<Vec<Bytes>, Problem> {
    let studio = &ctx.grafana.studio;
    let busy =
        || Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many pictures are being drawn; try again soon");
    let turn = tokio::time::timeout(WAIT, studio.turns.acquire()).await;
    let _turn = turn.map_err(|_| busy())?.map_err(|_| busy())?;
    let work = async {
        let dashboard = Dashboard::read(document)?;
        let source = InProcess::new(ctx).await?;
        let fetched = fetch(&dashboard, wish, &source).await?;
        let (grafana, wish, formats) = (ctx.grafana.clone(), wish.clone(), formats.to_vec());
        let drawn = tokio::task::spawn_blocking(move || -> Result<Vec<Bytes>, PictureError> {
            let picture = page::draw(&fetched, &wish)?;
            drop(fetched.panels);
            formats
                .iter()
                .map(|format| file(&grafana.studio, &picture, &fetched.title, *format, scale))
                .collect()
        });
        drawn.await.map_err(|error| Problem::internal(&error))?.map_err(Problem::from)
    };
    let late = |_| {
        let text = format!(
            "the picture took longer than {} seconds; ask for fewer panels or a shorter range",
            TIME_MAX.as_secs()
        );
        Problem::new(StatusCode::GATEWAY_TIMEOUT, text)
    };
    tokio::time::timeout(TIME_MAX, work).await.map_err(late)?
}

fn file(
    studio: &Studio,
    picture: &Picture,
    title: &str,
    format: Format,
    scale: f32,
) -> Result<Bytes, PictureError> {
    Ok(match format {
        Format::Svg => Bytes::from(picture.svg.clone().into_bytes()),
        Format::Png => Bytes::from(paint::png(picture, scale, studio.fonts())?),
        Format::Pdf => Bytes::from(paint::pdf(std::slice::from_ref(picture), title, studio.fonts())?),
    })
}

/// Data sources asked in this process, as somebody.
struct InProcess<'a> {
    ctx: &'a Ctx,
    sources: Vec<DataSource>,
    known: Vec<SourceInfo>,
}

impl<'a> InProcess<'a> {
    async fn new(ctx: &'a Ctx) -> Result<InProcess<'a>, Problem> {
        let sources = sources(ctx, &mut ctx.read().await?).await?;
        let info = |source: &DataSource| {
            let options = data_source::options(source);
            let interval = options.get("timeInterval").and_then(Value::as_str).unwrap_or("");
            SourceInfo {
                uid: source.uid.clone(),
                name: source.name.clone(),
                kind: source.kind.clone(),
                is_default: source.is_default,
                scrape_ms: sources::interval::parse_ms(interval).map_or(SCRAPE_MS_DEFAULT, |ms| ms as f64),
            }
        };
        let known = sources.iter().map(info).collect();
        Ok(InProcess { ctx, sources, known })
    }

    fn asker(&self) -> Option<Asker> {
        Some(Asker(Ok(self.ctx.who.clone())))
    }

    async fn ask_prometheus(
        &self,
        uid: &str,
        path: &str,
        form: &[(&'static str, String)],
    ) -> Result<Value, String> {
        let source = self.sources.iter().find(|source| source.uid == uid);
        let source = source.ok_or_else(|| format!("there is no data source {uid:?}"))?;
        // Labels' values are asked by GET, as Prometheus has no other way.
        let asked = match path.starts_with("label/") {
            true => {
                let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
                super::clients::Ask {
                    method: http::Method::GET,
                    path_and_query: format!("api/v1/{path}?{query}"),
                    headers: HeaderMap::new(),
                    body: Bytes::new(),
                }
            }
            false => {
                let ::sources::Ask { method, path_and_query, headers, body } =
                    ::sources::Ask::form(&format!("api/v1/{path}"), form);
                super::clients::Ask { method, path_and_query, headers, body }
            }
        };
        let asked = whole(&self.ctx.grafana, source, asked, self.asker(), ANSWER_BYTES_MAX).await;
        let (_, body) = asked.map_err(|problem| message(&problem))?;
        let mut answer: Value = serde_json::from_slice(&body)
            .map_err(|error| format!("data source {:?} does not answer with JSON: {error}", source.name))?;
        if answer["status"] == "success" {
            return Ok(answer["data"].take());
        }
        let text = |key: &str| answer[key].as_str().unwrap_or("").to_owned();
        Err(match (text("errorType"), text("error"), text("message")) {
            (kind, error, _) if !error.is_empty() => format!("{kind}: {error}"),
            (_, _, message) if !message.is_empty() => message,
            _nothing => format!("data source {:?} does not answer as Prometheus does", source.name),
        })
    }
}

fn message(problem: &Problem) -> String {
    problem.body.get("message").and_then(Value::as_str).unwrap_or("the data source failed").to_owned()
}

impl Source for InProcess<'_> {
    fn known(&self) -> &[SourceInfo] {
        &self.known
    }

    fn prometheus<'a>(
        &'a self,
        uid: &'a str,
        path: String,
        form: Vec<(&'static str, String)>,
    ) -> Asked<'a, Value> {
        Box::pin(async move { self.ask_prometheus(uid, &path, &form).await })
    }

    fn frames(&self, query: Value, span_ms: (i64, i64)) -> Asked<'_, Vec<Value>> {
        Box::pin(async move {
            let Value::Object(query) = query else { return Err(json!(query).to_string()) };
            let answer = query::one(self.ctx, query, span_ms, self.asker()).await;
            answer.map_err(|problem| message(&problem))
        })
    }
}
