//! Patterns as dashboards write them: `/a(.*)/i` or `a(.*)`.

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// Largest automaton: patterns come from documents that anybody may import.
const AUTOMATON_BYTES_MAX: usize = 4 << 20;

/// A pattern; lookaround and back references, which browsers know, make it unreadable here.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
}

/// A match: its whole text and its groups, by number and by name.
#[derive(Clone, Debug)]
pub struct Match {
    /// Groups by number, the whole match first.
    pub groups: Vec<Option<String>>,
    /// The group called `text`.
    pub text: Option<String>,
    /// The group called `value`.
    pub value: Option<String>,
}

impl Pattern {
    /// Reads `/…/flags`, or a bare pattern; `None` if it is empty or cannot be read.
    pub fn new(written: &str) -> Option<Pattern> {
        let written = written.trim();
        if written.is_empty() {
            return None;
        }
        let slashed = written.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
        let (pattern, flags) = match slashed {
            Some((pattern, flags)) if flags.chars().all(|c| c.is_ascii_lowercase()) => (pattern, flags),
            Some(_) | None => (written, ""),
        };
        // Browsers escape a slash and write named groups without a P.
        let pattern = pattern.replace("\\/", "/");
        let syntax = syntax::Config::new()
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m'))
            .dot_matches_new_line(flags.contains('s'));
        let config = Regex::config().nfa_size_limit(Some(AUTOMATON_BYTES_MAX));
        let regex = Regex::builder().syntax(syntax).configure(config).build(&pattern).ok()?;
        Some(Pattern { regex })
    }

    /// Whether it matches anywhere.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// All matches, left to right.
    pub fn matches(&self, text: &str) -> Vec<Match> {
        let owned = |span: Option<regex_automata::Span>| span.map(|span| text[span.range()].to_owned());
        let found = self.regex.captures_iter(text).map(|captures| Match {
            groups: (0..captures.group_len()).map(|group| owned(captures.get_group(group))).collect(),
            text: owned(captures.get_group_by_name("text")),
            value: owned(captures.get_group_by_name("value")),
        });
        found.collect()
    }

    /// Replaces matches (the first, or all) by a text in which `$1` and `$&` are groups.
    pub fn replace(&self, text: &str, template: &str, all: bool) -> String {
        let mut out = String::new();
        let mut from = 0;
        for captures in self.regex.captures_iter(text) {
            let Some(whole) = captures.get_match() else { continue };
            out.push_str(&text[from..whole.start()]);
            let mut rest = template;
            while let Some((before, after)) = rest.split_once('$') {
                out.push_str(before);
                let digits = after.bytes().take_while(u8::is_ascii_digit).take(2).count();
                if let Some(after) = after.strip_prefix('&') {
                    out.push_str(&text[whole.range()]);
                    rest = after;
                } else if digits > 0 {
                    let group = after[..digits].parse().unwrap_or(0);
                    out.push_str(captures.get_group(group).map_or("", |span| &text[span.range()]));
                    rest = &after[digits..];
                } else {
                    out.push('$');
                    rest = after;
                }
            }
            out.push_str(rest);
            from = whole.end();
            if !all {
                break;
            }
        }
        out + &text[from..]
    }
}
