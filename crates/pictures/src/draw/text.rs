//! How wide texts are, without asking a font: a picture is laid out before anybody knows which font will draw it.
//!
//! Widths are those of a common sans-serif, with a little room; Hangul and Han are a full square.

/// Thousandths of the size, of the characters from space to tilde.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
/// Room for fonts that are wider than most.
const ROOM: f64 = 1.07;

/// The width of a text in pixels.
pub fn width(text: &str, size: f64) -> f64 {
    let thousandths: u64 = text.chars().map(|char| u64::from(char_width(char))).sum();
    thousandths as f64 / 1000.0 * size * ROOM
}

fn char_width(char: char) -> u16 {
    match char {
        ' '..='~' => WIDTHS[char as usize - ' ' as usize],
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' => 0,
        '\u{1100}'..='\u{11ff}'
        | '\u{2e80}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7ff}' => 960,
        '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' | '\u{1f000}'..='\u{1faff}' => 1000,
        _ => 600,
    }
}

/// The text, shortened with an ellipsis to fit.
pub fn fitted(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let room = room - width("…", size);
    let mut used = 0.0;
    let mut out = String::new();
    for char in text.chars() {
        used += f64::from(char_width(char)) / 1000.0 * size * ROOM;
        if used > room {
            break;
        }
        out.push(char);
    }
    if out.is_empty() { String::new() } else { out.trim_end().to_owned() + "…" }
}

/// The text in lines that fit, broken at spaces where there are some; at most so many, the last one shortened.
pub fn wrapped(text: &str, size: f64, room: f64, lines_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&longer, size) <= room {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        // A word without spaces, as Korean and addresses have them, is broken anywhere.
        let mut part = String::new();
        for char in word.chars() {
            part.push(char);
            if width(&part, size) > room && part.chars().count() > 1 {
                part.pop();
                lines.push(std::mem::replace(&mut part, char.to_string()));
            }
            if lines.len() > lines_max {
                break;
            }
        }
        line = part;
        if lines.len() > lines_max {
            break;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > lines_max {
        lines.truncate(lines_max);
        if let Some(last) = lines.last_mut() {
            *last = fitted(&format!("{last} …"), size, room);
        }
    }
    lines
}

/// The largest size at which a text fits a box, between 8 and `most`.
pub fn fitting(text: &str, room: f64, height: f64, most: f64) -> f64 {
    let unit = width(text, 1.0).max(0.1);
    (room / unit).min(height).min(most).max(8.0)
}
