//! Titles as parts of URLs.

/// Longest slug, in characters.
const CHARS_MAX: usize = 100;

/// Makes a readable part of a URL from a title: letters and digits of any script in lower case, everything else one dash.
///
/// ```
/// assert_eq!(dashboards::slug::of("Node / CPU (5m)"), "node-cpu-5m");
/// assert_eq!(dashboards::slug::of("서버 상태"), "서버-상태");
/// assert_eq!(dashboards::slug::of("!?"), "-");
/// ```
pub fn of(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars().flat_map(char::to_lowercase).take(CHARS_MAX) {
        if c.is_alphanumeric() || c == '_' {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let trimmed = slug.trim_end_matches('-');
    if trimmed.is_empty() { "-".to_owned() } else { trimmed.to_owned() }
}
