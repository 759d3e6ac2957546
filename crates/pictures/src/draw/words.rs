//! Text panels: markdown and HTML as plain paragraphs with headings and lists.

use super::Input;
use super::svg::{Area, Canvas, Ink};
use super::text::wrapped;

/// Most lines drawn.
const LINES_MAX: usize = 400;

/// Draws the text that is left when marks are taken away.
pub fn draw(canvas: &mut Canvas, area: Area, input: &Input<'_>) {
    canvas.clip(area);
    let mut top = area.y;
    for (text, size, indent) in blocks(input.words) {
        let is_heading = size > 13.0;
        let mut ink = Ink::new(size, input.theme.text);
        ink.bold = is_heading;
        for line in wrapped(&text, size, area.w - indent - 4.0, LINES_MAX) {
            top += size * 1.45;
            if top > area.bottom() + size {
                canvas.end();
                return;
            }
            canvas.text((area.x + indent + 2.0, top), ink, &line);
        }
        top += if is_heading { 5.0 } else { 3.0 };
    }
    canvas.end();
}

/// Blocks of a text with their sizes and indents.
pub fn blocks(words: &str) -> Vec<(String, f64, f64)> {
    let plain = without_tags(words);
    let mut out = Vec::new();
    let mut in_code = false;
    for line in plain.lines().take(LINES_MAX) {
        let trimmed = line.trim();
        if trimmed.starts_with("```") {
            in_code = !in_code;
            continue;
        }
        if in_code {
            out.push((line.trim_end().to_owned(), 12.0, 10.0));
            continue;
        }
        let level = trimmed.bytes().take_while(|b| *b == b'#').count();
        let is_rule = trimmed.len() >= 3
            && trimmed.chars().all(|c| matches!(c, '-' | '*' | '_' | '=' | '|' | ':' | ' '));
        if trimmed.is_empty() || is_rule {
            continue;
        }
        if (1..=6).contains(&level) && trimmed[level..].starts_with(' ') {
            let size = [22.0, 19.0, 17.0, 15.0, 14.0, 13.5][level - 1];
            out.push((without_marks(trimmed[level..].trim()), size, 0.0));
        } else if let Some(item) = ["- ", "* ", "+ "].iter().find_map(|mark| trimmed.strip_prefix(mark)) {
            let depth = (line.len() - line.trim_start().len()) as f64 / 2.0;
            out.push((format!("• {}", without_marks(item)), 13.0, 8.0 + depth.min(6.0) * 12.0));
        } else {
            let row = trimmed.trim_matches('|').replace('|', "   ");
            out.push((without_marks(row.trim_start_matches('>').trim()), 13.0, 0.0));
        }
    }
    out
}

/// A text without tags; scripts and styles go with their content, blocks become lines.
fn without_tags(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let is_tag = after.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        let Some((tag, after)) = after.split_once('>').filter(|_| is_tag) else {
            out.push('<');
            rest = after;
            continue;
        };
        let name: String =
            tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        rest = after;
        if matches!(name.as_str(), "script" | "style") && !tag.starts_with('/') {
            let end = format!("</{name}");
            let close = rest.to_ascii_lowercase().find(&end);
            rest = close
                .and_then(|at| rest.get(at..))
                .map_or("", |rest| rest.split_once('>').map_or("", |(_, r)| r));
        } else if matches!(name.as_str(), "br" | "p" | "div" | "li" | "tr" | "ul" | "ol" | "table") {
            out.push('\n');
        } else if name.len() == 2 && name.starts_with('h') && !tag.starts_with('/') {
            out.push_str("\n## ");
        } else if name.len() == 2 && name.starts_with('h') {
            out.push('\n');
        }
    }
    out.push_str(rest);
    let entities =
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    entities.iter().fold(out, |text, (entity, char)| text.replace(entity, char))
}

/// A line without marks of emphasis, code and links; a link leaves its text.
fn without_marks(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['[', '!']) {
        out.push_str(&rest[..at]);
        let (is_image, body) = match rest[at..].strip_prefix("![") {
            Some(body) => (true, Some(body)),
            None => (false, rest[at..].strip_prefix('[')),
        };
        let link = body
            .and_then(|body| body.split_once("]("))
            .and_then(|(text, after)| after.split_once(')').map(|(_, after)| (text, after)));
        match link {
            Some((text, after)) => {
                if !is_image {
                    out.push_str(text);
                }
                rest = after;
            }
            None => {
                out.push_str(&rest[at..at + 1]);
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    out.replace("**", "").replace("__", "").replace('`', "").trim().to_owned()
}
