//! When a text needs quotes, and which: the choices of Go's yaml.v2.
//!
//! Text that would be read as something else gets double quotes, text that plain style cannot hold gets single quotes,
//! text with control characters gets double quotes with escapes, and text with line breaks becomes a literal block.

use crate::node::Scalar;
use crate::scalar::Resolved;

/// Writes a text in block context, indented `depth` levels.
pub(super) fn push_text(out: &mut String, text: &str, depth: usize) {
    if is_literal(text) {
        push_literal(out, text, depth);
    } else {
        push_line(out, text, false);
    }
}

/// Writes a text inside brackets.
pub(super) fn push_flow_text(out: &mut String, text: &str) {
    push_line(out, text, true);
}

fn push_line(out: &mut String, text: &str, flow: bool) {
    let resolves = Scalar { text: text.to_owned(), plain: true }.resolve() != Resolved::Text;
    if resolves || text == "<<" || text.chars().any(is_special) {
        push_double(out, text);
    } else if plain_allowed(text, flow) {
        out.push_str(text);
    } else {
        out.push('\'');
        out.push_str(&text.replace('\'', "''"));
        out.push('\'');
    }
}

/// A block starts with the text's first line and keeps all of them, so it can hold neither leading white space nor
/// characters that need an escape.
fn is_literal(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n', '\t'])
        && !text.chars().any(|c| c != '\n' && is_special(c))
}

fn push_literal(out: &mut String, text: &str, depth: usize) {
    let body = text.strip_suffix('\n');
    let chomping = match body {
        None => "-",
        Some(b) if b.ends_with('\n') => "+",
        Some(_) => "",
    };
    out.push('|');
    out.push_str(chomping);
    for line in body.unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', (depth + 1) * 2));
            out.push_str(line);
        }
    }
}

fn is_special(c: char) -> bool {
    c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{85}')
}

fn plain_allowed(text: &str, flow: bool) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let blank = |i: usize| chars.get(i).is_none_or(|c| c.is_whitespace());
    let first_ok = match chars.as_slice() {
        [
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`',
            ..,
        ] => false,
        ['?' | ':', ..] => !flow && !blank(1),
        ['-', ..] => !blank(1),
        _others => true,
    };
    let inner_ok = chars.iter().enumerate().skip(1).all(|(i, c)| match c {
        ',' | '?' | '[' | ']' | '{' | '}' => !flow,
        ':' => !flow && !blank(i + 1),
        '#' => !chars[i - 1].is_whitespace(),
        _others => true,
    });
    let document_mark = text.starts_with("---") || text.starts_with("...");
    first_ok && inner_ok && !document_mark && !text.starts_with(' ') && !text.ends_with(' ')
}

fn push_double(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_special(c) && (c as u32) < 0x100 => out.push_str(&format!("\\x{:02X}", c as u32)),
            c if is_special(c) => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}
