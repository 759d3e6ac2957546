//! Functions over texts that Prometheus and Alertmanager share.

use model::regex::Search;

use crate::function::Scope;
use crate::value::Value;

/// The text of argument `i`.
pub(crate) fn text(args: &[Value], i: usize) -> &str {
    args.get(i).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn matches(_: &Scope<'_>, args: &[Value]) -> Result<Value, String> {
    let pattern = Search::new(text(args, 0)).map_err(|e| e.to_string())?;
    Ok(Value::Bool(pattern.is_match(text(args, 1))))
}

pub(crate) fn replace_all(scope: &Scope<'_>, args: &[Value]) -> Result<Value, String> {
    let pattern = text(args, 0);
    // Go's MustCompile panics, and that is what users read.
    let search = Search::new(pattern).map_err(|e| {
        let quoted =
            if pattern.contains('`') { model::number::quote(pattern) } else { format!("`{pattern}`") };
        format!("regexp: Compile({quoted}): {e}")
    })?;
    let replaced = search.replace_all(text(args, 2), text(args, 1), scope.bytes_max);
    replaced.map(Value::string).ok_or_else(|| format!("text is longer than {} bytes", scope.bytes_max))
}

pub(crate) fn upper(_: &Scope<'_>, args: &[Value]) -> Result<Value, String> {
    Ok(Value::string(text(args, 0).to_uppercase()))
}

pub(crate) fn lower(_: &Scope<'_>, args: &[Value]) -> Result<Value, String> {
    Ok(Value::string(text(args, 0).to_lowercase()))
}

/// Makes the first letter of each word a capital. With `lower_rest` the others become small.
pub(crate) fn title(text: &str, lower_rest: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let chars: Vec<char> = text.chars().collect();
    let mut inside = false;
    for (i, c) in chars.iter().enumerate() {
        let is_word = c.is_alphanumeric() || *c == '_';
        // Within a word these join letters, as Unicode's word boundaries have it.
        let joins = matches!(c, '\'' | '’' | '.' | ':' | '·')
            && inside
            && chars.get(i + 1).is_some_and(|next| next.is_alphabetic());
        if is_word && !inside {
            out.extend(c.to_uppercase());
        } else if lower_rest {
            out.extend(c.to_lowercase());
        } else {
            out.push(*c);
        }
        inside = is_word || joins;
    }
    out
}
