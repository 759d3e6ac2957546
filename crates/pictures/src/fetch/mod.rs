//! From a dashboard to its data: variables resolved, panels laid out, queries asked.
//!
//! Invariants: 1. Everything asked goes through [`Source`], so this crate opens no socket and reads no clock.  2. One failing query does
//! not take the others down: its error stands beside their data.  3. What all answers hold together is bounded by [`CELLS_MAX`].

mod query;
mod resolve;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::Value;

use crate::document::repeat::{self, Scope};
use crate::document::{Dashboard, Panel, Rect};
use crate::error::PictureError;
use crate::field::Look;
use crate::field::time_text::Clock;
use crate::frame::Frame;
use crate::json::text;
use crate::variables::builtins::Builtins;
use crate::variables::interpolate::{Meaning, Place, fill};
use crate::variables::{Variable, Wanted};

/// Most values that the answers of a picture hold together.
pub const CELLS_MAX: usize = 6_000_000;
/// Most panels of a picture.
pub const PANELS_MAX: usize = 150;
/// Panels that are asked for at once.
const AT_ONCE: usize = 6;

/// A data source, as far as pictures need to know it.
#[derive(Clone, Debug)]
pub struct SourceInfo {
    /// Its identifier.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// Its type, such as `prometheus`.
    pub kind: String,
    /// Whether panels that name none mean it.
    pub is_default: bool,
    /// How often it is scraped, in milliseconds.
    pub scrape_ms: f64,
}

/// An answer that is awaited.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// What data sources are asked through.
pub trait Source: Sync {
    /// All data sources.
    fn known(&self) -> &[SourceInfo];

    /// Asks Prometheus's API of a data source; the answer is its `data`.
    fn prometheus<'a>(
        &'a self,
        uid: &'a str,
        path: String,
        form: Vec<(&'static str, String)>,
    ) -> Answer<'a, Value>;

    /// Asks a query of any kind of data source; the answer are frames in Grafana's JSON form.
    fn frames(&self, query: Value, span_ms: (i64, i64)) -> Answer<'_, Vec<Value>>;
}

/// Reads a time expression at a moment; whether it ends a range decides where `/d` rounds to.
pub type ReadTime = fn(&str, &Zoned, bool) -> Result<i64, String>;

/// What somebody wants to see.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels; as much as is needed if absent.
    pub height: Option<u32>,
    /// Light on dark.
    pub dark: bool,
    /// Korean words.
    pub korean: bool,
    /// The time range, if not the dashboard's.
    pub from: Option<String>,
    /// The time range's end, if not the dashboard's.
    pub to: Option<String>,
    /// The zone, if not the dashboard's.
    pub zone: Option<String>,
    /// The zone where neither says one.
    pub zone_default: TimeZone,
    /// Selections of variables.
    pub variables: Wanted,
    /// Only this panel.
    pub panel: Option<i64>,
    /// The moment of the picture, in Unix milliseconds.
    pub now_ms: i64,
    /// Who asks.
    pub login: String,
    /// How time expressions are read.
    pub read_time: ReadTime,
}

/// A panel with its data.
#[derive(Debug)]
pub struct Fetched {
    /// The panel.
    pub panel: Panel,
    /// Where it stands on the grid.
    pub rect: Rect,
    /// Its title with variables filled in.
    pub title: String,
    /// What the time override says, if there is one.
    pub time_note: String,
    /// Its answers.
    pub frames: Vec<Frame>,
    /// The step of its queries.
    pub step_ms: f64,
    /// Its time range.
    pub span: (f64, f64),
    /// What went wrong.
    pub errors: Vec<String>,
    /// The meanings that its repeats give to variables.
    pub scope: Scope,
}

/// A dashboard with everything that is needed to draw it.
#[derive(Debug)]
pub struct Fetch {
    /// Its title with variables filled in.
    pub title: String,
    /// The chosen values of variables that are shown: label and text.
    pub chosen: Vec<(String, String)>,
    /// The time range in words.
    pub range: String,
    /// Its panels, from top to bottom.
    pub panels: Vec<Fetched>,
    /// How it looks and reads.
    pub look: Arc<Look>,
    /// The variables, for texts that are filled in while drawing.
    pub context: Context,
}

/// What variables mean.
#[derive(Clone, Debug)]
pub struct Context {
    /// Resolved variables.
    pub variables: Vec<Variable>,
    /// Variables that every dashboard has.
    pub builtins: Builtins,
    /// The zone of dates.
    pub zone: TimeZone,
}

impl Context {
    /// What a name means, to a panel of a scope.
    pub fn meaning(
        &self,
        builtins: &Builtins,
        scope: &Scope,
        name: &str,
        path: Option<&str>,
    ) -> Option<Meaning> {
        if let Some(choice) = scope.get(name) {
            let value = if path == Some("text") { &choice.text } else { &choice.value };
            let multi = self.variables.iter().any(|v| v.name == name && crate::json::flag(&v.doc, "multi"));
            return Some(Meaning { texts: vec![choice.text.clone()], multi, ..Meaning::one(value.clone()) });
        }
        if name == "__all_variables" {
            return Some(Meaning { verbatim: true, ..Meaning::one("") });
        }
        let range_ms = builtins.span.1 - builtins.span.0;
        match self.variables.iter().find(|variable| variable.name == name) {
            Some(variable) => Some(variable.meaning(path, range_ms)),
            None => builtins.lookup(name, path),
        }
    }

    /// A text with variables filled in.
    pub fn fill(&self, builtins: &Builtins, scope: &Scope, place: Place, text: &str) -> String {
        fill(text, place, &self.zone, &|name, path| self.meaning(builtins, scope, name, path))
    }

    /// A text for people.
    pub fn people(&self, scope: &Scope, text: &str) -> String {
        self.fill(&self.builtins, scope, Place::People, text)
    }
}

/// The zone that a name means; nothing for `browser` and names that nobody knows.
pub fn zone_of(name: &str) -> Option<TimeZone> {
    match name {
        "" | "browser" | "default" => None,
        "utc" | "UTC" => Some(TimeZone::UTC),
        name => TimeZone::get(name).ok(),
    }
}

/// Resolves variables, lays panels out and asks their queries.
///
/// # Errors
/// A time range that cannot be read, an unknown panel, more than [`PANELS_MAX`] panels.
pub fn fetch<'a>(
    dashboard: &'a Dashboard,
    wish: &'a Wish,
    source: &'a dyn Source,
) -> Pin<Box<dyn Future<Output = Result<Fetch, PictureError>> + Send + 'a>> {
    // Behind a box the compiler knows that callers may send it between threads.
    Box::pin(fetched(dashboard, wish, source))
}

async fn fetched(dashboard: &Dashboard, wish: &Wish, source: &dyn Source) -> Result<Fetch, PictureError> {
    let asked = wish.zone.as_deref().filter(|name| !matches!(*name, "" | "browser" | "default"));
    let zone = match asked {
        Some(name) => {
            zone_of(name).ok_or_else(|| PictureError::Time(format!("unknown time zone {name:?}")))?
        }
        None => zone_of(&dashboard.zone).unwrap_or_else(|| wish.zone_default.clone()),
    };
    let now = Timestamp::from_millisecond(wish.now_ms).unwrap_or_default().to_zoned(zone.clone());
    let written = (
        wish.from.clone().unwrap_or_else(|| dashboard.time.0.clone()),
        wish.to.clone().unwrap_or_else(|| dashboard.time.1.clone()),
    );
    let span = span(&written, &now, wish.read_time)?;
    let look = Look {
        dark: wish.dark,
        korean: wish.korean,
        clock: Clock { zone: zone.clone(), now_ms: wish.now_ms },
    };
    let builtins = Builtins {
        span,
        written: written.clone(),
        step_ms: 0.0,
        scrape_ms: 15_000.0,
        zone: zone.iana_name().unwrap_or("utc").to_owned(),
        dashboard: (dashboard.uid.clone(), dashboard.title.clone()),
        login: wish.login.clone(),
    };
    let mut context =
        Context { variables: Variable::all(&dashboard.variables, &wish.variables), builtins, zone };
    resolve::resolve(&mut context, source).await;
    let items = items(dashboard, wish, &context)?;
    let budget = query::Budget::new(CELLS_MAX);
    let outer = query::Outer {
        dashboard,
        wish,
        context: &context,
        now: &now,
        written: &written,
        source,
        budget: &budget,
    };
    let mut asked: Vec<Pin<Box<dyn Future<Output = Fetched> + Send + '_>>> = Vec::with_capacity(items.len());
    for item in items {
        asked.push(Box::pin(query::panel(&outer, item)));
    }
    let panels: Vec<Fetched> = stream::iter(asked).buffered(AT_ONCE).collect().await;
    let scope = Scope::new();
    Ok(Fetch {
        title: context.people(&scope, &dashboard.title),
        chosen: chosen(&context),
        range: range_text(&written, span, &look),
        panels,
        look: Arc::new(look),
        context,
    })
}

fn span(written: &(String, String), now: &Zoned, read: ReadTime) -> Result<(f64, f64), PictureError> {
    let from = read(&written.0, now, false).map_err(PictureError::Time)? as f64;
    let to = read(&written.1, now, true).map_err(PictureError::Time)? as f64;
    // A range turned round is read as meant; an empty one would have no width.
    let (from, to) = if from <= to { (from, to) } else { (to, from) };
    Ok((from, to.max(from + 1.0)))
}

fn items<'a>(
    dashboard: &'a Dashboard,
    wish: &Wish,
    context: &Context,
) -> Result<Vec<repeat::Item<'a>>, PictureError> {
    let values = |name: &str| {
        context
            .variables
            .iter()
            .find(|variable| variable.name == name)
            .map(Variable::repeated)
            .unwrap_or_default()
    };
    if let Some(id) = wish.panel {
        let found = dashboard.panel(id);
        let panel =
            found.ok_or_else(|| PictureError::NoPanel { dashboard: dashboard.title.clone(), panel: id })?;
        // A repeated panel stands for its first copy, unless the request chose a value.
        let name = text(&panel.json, "repeat");
        let first = if name.is_empty() { None } else { values(name).into_iter().next() };
        let scope = first.map(|choice| Scope::from([(name.to_owned(), choice)])).unwrap_or_default();
        return Ok(vec![repeat::Item { panel, rect: panel.rect, scope }]);
    }
    let items = repeat::items(&dashboard.panels, &values);
    let count = items.iter().filter(|item| !item.panel.is_row()).count();
    if count > PANELS_MAX {
        return Err(PictureError::Panels { panels: count, most: PANELS_MAX });
    }
    Ok(items)
}

fn chosen(context: &Context) -> Vec<(String, String)> {
    let shown = context.variables.iter().filter(|variable| {
        let hide = crate::json::number(&variable.doc, "hide").unwrap_or(0.0);
        hide < 2.0 && !matches!(variable.kind.as_str(), "constant" | "adhoc" | "datasource")
    });
    let named = shown.map(|variable| {
        let label = crate::json::text_or(&variable.doc, "label", &variable.name).to_owned();
        (label, variable.meaning(Some("text"), 0.0).texts.join(" + "))
    });
    named.collect()
}

fn range_text(written: &(String, String), (from, to): (f64, f64), look: &Look) -> String {
    let at = |ms: f64| crate::field::time_text::format(ms, "YYYY-MM-DD HH:mm", &look.clock.zone);
    let zone = match look.clock.zone.iana_name() {
        Some(name) => name.to_owned(),
        None => "UTC".to_owned(),
    };
    let exact = format!("{} – {} ({zone})", at(from), at(to));
    match written.0.strip_prefix("now-").filter(|rest| written.1 == "now" && !rest.contains('/')) {
        Some(last) if look.korean => format!("최근 {last} · {exact}"),
        Some(last) => format!("Last {last} · {exact}"),
        None => exact,
    }
}
