//! Texts of messages: templates of ours, of the user's files, and those written in the configuration.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use jiff::Timestamp;
use template::alertmanager::{Alert, FUNCTIONS, kv};
use template::gotime::Time;
use template::{Host, Limits, Template, Value};

use super::Data;

const DEFAULTS: &str = include_str!("default.tmpl");

/// A set of templates that texts may call.
#[derive(Clone, Debug)]
pub struct Templates(Template);

impl Templates {
    /// Reads the user's files after ours, so that they may replace single definitions. Files are name and text.
    ///
    /// # Errors
    /// The first mistake, with file, line and column.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Templates, String> {
        let mut set = Template::empty(FUNCTIONS);
        set.add("default.tmpl", DEFAULTS).map_err(|e| e.to_string())?;
        for (name, text) in files {
            set.add(name, text).map_err(|e| e.to_string())?;
        }
        Ok(Templates(set))
    }

    /// Checks a text without executing it.
    ///
    /// # Errors
    /// The first mistake.
    pub fn check(text: &str) -> Result<(), String> {
        Template::parse("", text, FUNCTIONS).map(|_| ()).map_err(|e| e.to_string())
    }

    /// Executes a text.
    ///
    /// # Errors
    /// What is wrong with it, or a bound it reached.
    pub fn text(&self, text: &str, data: &Data, now: Timestamp) -> Result<String, String> {
        self.execute(text, data, now, false)
    }

    /// Executes a text whose values are escaped as their place in HTML demands.
    ///
    /// # Errors
    /// As [`Templates::text`].
    pub fn html(&self, text: &str, data: &Data, now: Timestamp) -> Result<String, String> {
        self.execute(text, data, now, true)
    }

    /// Renders a route's labels, which may name each other.
    ///
    /// # Errors
    /// The label whose template is wrong, and why.
    pub fn route_labels(
        &self,
        raw: &BTreeMap<String, String>,
        data: &Data,
        now: Timestamp,
    ) -> Result<BTreeMap<String, String>, String> {
        let labels =
            RouteLabels { templates: self, raw, data, now, value: value(data), busy: RefCell::default() };
        let render = |name: &String| labels.render(name).map(|text| (name.clone(), text));
        raw.keys().map(render).collect()
    }

    /// Executes a text over data that comes from no message, for people who try their templates.
    ///
    /// # Errors
    /// As [`Templates::text`].
    pub fn render(
        &self,
        text: &str,
        data: template::alertmanager::Data,
        html: bool,
        now: Timestamp,
    ) -> Result<String, String> {
        let host = Rendered { labels: &BTreeMap::new(), now };
        self.run(text, &data.into_value(), &host, html)
    }

    fn execute(&self, text: &str, data: &Data, now: Timestamp, html: bool) -> Result<String, String> {
        // Most fields hold no template at all.
        if !text.contains("{{") {
            return Ok(text.to_owned());
        }
        let rendered = Rendered { labels: &data.route_labels, now };
        self.run(text, &value(data), &rendered, html)
    }

    fn run(&self, text: &str, value: &Value, host: &dyn Host, html: bool) -> Result<String, String> {
        let mut set = self.0.clone();
        set.add("", text).map_err(|e| e.to_string())?;
        let result = if html {
            set.execute_html_named("", value, host, Limits::default())
        } else {
            set.execute_named("", value, host, Limits::default())
        };
        result.map_err(|e| e.to_string())
    }
}

/// What templates of messages ask for: route labels are rendered already.
struct Rendered<'a> {
    labels: &'a BTreeMap<String, String>,
    now: Timestamp,
}

impl Host for Rendered<'_> {
    fn now_ms(&self) -> i64 {
        self.now.as_millisecond()
    }

    fn route_label(&self, name: &str) -> Result<String, String> {
        Ok(self.labels.get(name).cloned().unwrap_or_default())
    }
}

/// Route labels while they are rendered.
struct RouteLabels<'a> {
    templates: &'a Templates,
    raw: &'a BTreeMap<String, String>,
    data: &'a Data,
    now: Timestamp,
    value: Value,
    /// Those that are being rendered, outermost first.
    busy: RefCell<Vec<String>>,
}

impl RouteLabels<'_> {
    fn render(&self, name: &str) -> Result<String, String> {
        let Some(text) = self.raw.get(name) else { return Ok(String::new()) };
        let mut path = self.busy.borrow().clone();
        path.push(name.to_owned());
        if path[..path.len() - 1].contains(&path[path.len() - 1]) {
            return Err(format!("route label cycle detected: {}", path.join(" -> ")));
        }
        self.busy.replace(path);
        let result = self.templates.run(text, &self.value, self, false);
        self.busy.borrow_mut().pop();
        result
    }
}

impl Host for RouteLabels<'_> {
    fn now_ms(&self) -> i64 {
        self.now.as_millisecond()
    }

    fn external_url(&self) -> &str {
        &self.data.external_url
    }

    fn route_label(&self, name: &str) -> Result<String, String> {
        self.render(name)
    }
}

/// A message's data as templates see it.
fn value(data: &Data) -> Value {
    let alert = |alert: &super::data::AlertData| Alert {
        status: alert.status.to_owned(),
        labels: kv(alert.labels.iter()),
        annotations: kv(&alert.annotations),
        starts_at: time(&alert.starts_at),
        ends_at: time(&alert.ends_at),
        generator_url: alert.generator_url.to_string(),
        fingerprint: alert.fingerprint.clone(),
    };
    template::alertmanager::Data {
        receiver: data.receiver.clone(),
        status: data.status.to_owned(),
        alerts: data.alerts.iter().map(alert).collect(),
        group_labels: kv(&data.group_labels),
        common_labels: kv(&data.common_labels),
        common_annotations: kv(&data.common_annotations),
        route_labels: kv(&data.route_labels),
        external_url: data.external_url.clone(),
        notification_reason: data.notification_reason.to_owned(),
    }
    .into_value()
}

/// Reads a time as [`Data`] holds it.
fn time(text: &str) -> Time {
    match text.parse::<Timestamp>() {
        Ok(t) if text != super::json::NO_TIME => Time::from_ns(t.as_nanosecond()),
        Ok(_) | Err(_) => Time::zero(),
    }
}

/// The texts of one message. After the first mistake everything is empty, and the mistake is told at the end.
pub(crate) struct Texts<'a> {
    templates: &'a Templates,
    data: &'a Data,
    now: Timestamp,
    error: Cell<Option<String>>,
}

impl<'a> Texts<'a> {
    pub(crate) fn new(templates: &'a Templates, data: &'a Data, now: Timestamp) -> Texts<'a> {
        Texts { templates, data, now, error: Cell::new(None) }
    }

    /// Executes a text.
    pub(crate) fn text(&self, text: &str) -> String {
        self.keep(|| self.templates.text(text, self.data, self.now))
    }

    /// Executes a text as HTML.
    pub(crate) fn html(&self, text: &str) -> String {
        self.keep(|| self.templates.html(text, self.data, self.now))
    }

    /// Executes a text and shortens it to so many characters.
    pub(crate) fn short(&self, text: &str, chars_max: usize) -> String {
        shorten(&self.text(text), chars_max)
    }

    /// Returns the first mistake.
    pub(crate) fn finish(self) -> Result<(), String> {
        self.error.into_inner().map_or(Ok(()), Err)
    }

    fn keep(&self, render: impl FnOnce() -> Result<String, String>) -> String {
        let former = self.error.take();
        if former.is_some() {
            self.error.set(former);
            return String::new();
        }
        render().unwrap_or_else(|error| {
            self.error.set(Some(error));
            String::new()
        })
    }
}

/// Cuts a text to at most so many characters; what is cut off becomes `…`.
pub(super) fn shorten(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Cuts a text to at most so many bytes, between characters; what is cut off becomes `…`.
pub(super) fn shorten_bytes(text: &str, bytes_max: usize) -> String {
    const MARK: &str = "…";
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    format!("{}{MARK}", first_bytes(text, bytes_max.saturating_sub(MARK.len())))
}

/// Returns at most so many bytes of a text, up to the end of a character.
pub(super) fn first_bytes(text: &str, bytes_max: usize) -> &str {
    let mut end = bytes_max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests;
