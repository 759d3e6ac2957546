//! Patterns that are looked for anywhere in a text, as Go's `regexp` does by default.

use regex_automata::meta;

use super::error::RegexError;
use super::parse::{self, Flags};
use super::{AUTOMATON_BYTES_MAX, expand};

/// A pattern that may match any part of a text. Unlike in [`super::Regex`], `.` does not match a line break.
#[derive(Clone, Debug)]
pub struct Search {
    automaton: meta::Regex,
}

impl Search {
    /// Reads a pattern and prepares it.
    ///
    /// # Errors
    /// A pattern that Go refuses, with Go's words, or one whose automaton is larger than 10 MiB.
    pub fn new(pattern: &str) -> Result<Search, RegexError> {
        let hir = parse::parse_with(pattern, Flags::GO)?;
        let config = meta::Config::new().nfa_size_limit(Some(AUTOMATON_BYTES_MAX)).utf8_empty(true);
        let automaton = meta::Builder::new()
            .configure(config)
            .build_from_hir(&hir)
            .map_err(|_| RegexError::new("expression too large", pattern))?;
        Ok(Search { automaton })
    }

    /// Tells whether some part of the text matches.
    pub fn is_match(&self, text: &str) -> bool {
        self.automaton.is_match(text)
    }

    /// Returns the text with every match replaced by `template`, in which `$1` and `${name}` stand for what groups matched;
    /// `None` if that would be longer than `bytes_max`.
    pub fn replace_all(&self, text: &str, template: &str, bytes_max: usize) -> Option<String> {
        let mut out = String::new();
        let mut copied = 0;
        let mut last_match_end = None;
        for groups in self.automaton.captures_iter(text) {
            let Some(span) = groups.get_match() else { continue };
            // Go replaces no empty match right behind another match.
            if span.is_empty() && last_match_end == Some(span.start()) {
                continue;
            }
            last_match_end = Some(span.end());
            out.push_str(&text[copied..span.start()]);
            copied = span.end();
            out.push_str(&expand::expand(template, text, &groups));
            if out.len() > bytes_max {
                return None;
            }
        }
        out.push_str(&text[copied..]);
        (out.len() <= bytes_max).then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_and_replaces_as_go() {
        for (pattern, template, text, want) in [
            ("(a)b", "x$1", "ab", "xa"),
            ("a+", "<$0>", "caaat a", "c<aaa>t <a>"),
            ("", "-", "abc", "-a-b-c-"),
            ("x*", "-", "axxb", "-a-b-"),
            ("(?P<w>\\w+)@", "${w} at ", "me@home", "me at home"),
            (".", "!", "a\nb", "!\n!"),
            ("z", "y", "abc", "abc"),
            ("^", ">", "a\nb", ">a\nb"),
        ] {
            let search = Search::new(pattern).unwrap();
            assert_eq!(search.replace_all(text, template, 100).as_deref(), Some(want), "{pattern}");
        }
        assert!(Search::new("a+").unwrap().is_match("caat"));
        assert!(!Search::new("^a").unwrap().is_match("ca"));
        assert!(Search::new("(").is_err());
        assert_eq!(Search::new("").unwrap().replace_all("aaaa", "xxxxxxxxxx", 20), None);
    }
}
