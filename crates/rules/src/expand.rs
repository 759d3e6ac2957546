//! The texts of alerts: templates over an alert's labels and value.

use template::prometheus::{AlertData, FUNCTIONS};
use template::{Host, Limits, ParseError, Template, Value};

/// The name under which an alert's templates are read, which complaints show.
fn name_of(alert: &str) -> String {
    format!("__alert_{alert}")
}

fn parse(alert: &str, text: &str) -> Result<Template, ParseError> {
    Template::parse(&name_of(alert), &format!("{}{text}", AlertData::PREAMBLE), FUNCTIONS)
}

/// Checks the grammar of a template of the alert `alert`.
///
/// # Errors
/// The first mistake. As in Prometheus, columns count from the start of a preamble that defines `$labels` and `$value`.
pub fn check(alert: &str, text: &str) -> Result<(), ParseError> {
    if is_plain(text) { Ok(()) } else { parse(alert, text).map(|_| ()) }
}

fn is_plain(text: &str) -> bool {
    !text.contains("{{")
}

/// A text of an alert, read once.
#[derive(Clone, Debug)]
pub enum Text {
    /// Without any action.
    Plain(String),
    /// A template.
    Template(Box<Template>),
    /// What is shown instead of a text that is no template.
    Broken(String),
}

impl Text {
    /// Reads a text of the alert `alert`.
    pub fn new(alert: &str, text: &str) -> Text {
        if is_plain(text) {
            return Text::Plain(text.to_owned());
        }
        match parse(alert, text) {
            Ok(template) => Text::Template(Box::new(template)),
            Err(error) => Text::Broken(shown(&format!("error parsing template {}: {error}", name_of(alert)))),
        }
    }

    /// Whether expanding needs data.
    pub fn is_template(&self) -> bool {
        matches!(self, Text::Template(_))
    }

    /// Expands the text. A mistake becomes the text, and is told to `failed`.
    pub fn expand(
        &self,
        alert: &str,
        data: &Value,
        host: &dyn Host,
        failed: &mut dyn FnMut(String),
    ) -> String {
        match self {
            Text::Plain(text) | Text::Broken(text) => text.clone(),
            Text::Template(template) => match template.execute(data, host, Limits::default()) {
                Ok(text) => text,
                Err(error) => {
                    let reason = format!("error executing template {}: {error}", name_of(alert));
                    let text = shown(&reason);
                    failed(reason);
                    text
                }
            },
        }
    }
}

fn shown(reason: &str) -> String {
    format!("<error expanding template: {reason}>")
}
