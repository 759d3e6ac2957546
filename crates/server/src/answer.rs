//! Successful answers: `{"status":"success","data":…,"warnings":…,"infos":…}`.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Serialize;

use crate::error::ApiError;
use crate::json::text::write_string;

/// Warnings and remarks that an answer carries of each kind; of the others it gives the number.
const ANNOTATIONS_MAX: usize = 10;

/// What a handler returns.
pub type Answer = Result<Response, ApiError>;

/// Answers with data.
///
/// # Errors
/// `internal` if the data cannot be written as JSON.
pub fn data<T: Serialize + ?Sized>(data: &T) -> Answer {
    data_with(data, &[])
}

/// Answers with data and warnings.
///
/// # Errors
/// `internal` if the data cannot be written as JSON.
pub fn data_with<T: Serialize + ?Sized>(data: &T, warnings: &[String]) -> Answer {
    let mut body = String::from(r#"{"status":"success","data":"#);
    body.push_str(&serde_json::to_string(data).map_err(ApiError::internal)?);
    write_annotations(&mut body, warnings, &[]);
    body.push('}');
    Ok(json(body))
}

/// Answers with a finished JSON body.
pub fn json(body: impl Into<axum::body::Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}

/// Answers without data.
pub fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// Appends `,"warnings":[…]` and `,"infos":[…]`, as far as there are any.
pub fn write_annotations(body: &mut String, warnings: &[String], infos: &[String]) {
    for (key, kind, texts) in [("warnings", "warning", warnings), ("infos", "info", infos)] {
        if texts.is_empty() {
            continue;
        }
        let shown = texts.iter().take(ANNOTATIONS_MAX);
        let omitted = texts.len().saturating_sub(ANNOTATIONS_MAX);
        let rest = (omitted > 0).then(|| format!("{omitted} more {kind} annotations omitted"));
        body.push_str(&format!(r#","{key}":"#));
        for (i, text) in shown.chain(&rest).enumerate() {
            body.push(if i == 0 { '[' } else { ',' });
            write_string(body, text);
        }
        body.push(']');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_are_bounded() {
        let texts: Vec<String> = (0..12).map(|i| format!("w{i}")).collect();
        let mut body = String::new();
        write_annotations(&mut body, &texts, &texts[..1]);
        assert!(body.starts_with(r#","warnings":["w0","w1""#), "{body}");
        assert!(body.ends_with(r#""w9","2 more warning annotations omitted"],"infos":["w0"]"#), "{body}");
    }
}
