//! Reads Go's pattern language (`regexp/syntax` with Perl flags) into a `regex-syntax` tree.
//!
//! Grammar and limits: <https://pkg.go.dev/regexp/syntax>. `.` matches a line break (Prometheus compiles with `(?s)`).

mod class;
mod escape;

use regex_syntax::hir::{Capture, Class, ClassUnicode, ClassUnicodeRange, Hir, Look, Repetition};

use super::error::RegexError;

/// Deepest nesting of groups. Go allows 1000; the automaton's compiler recurses, and 250 is its own bound.
const DEPTH_MAX: usize = 250;
/// Largest count in `{n,m}`, as in Go.
const REPEAT_MAX: u32 = 1000;

/// Reads a pattern.
pub(super) fn parse(pattern: &str) -> Result<Hir, RegexError> {
    parse_with(pattern, Flags::PROMETHEUS)
}

/// Reads a pattern that begins with these flags in force.
pub(super) fn parse_with(pattern: &str, flags: Flags) -> Result<Hir, RegexError> {
    let mut parser = Parser { pattern, at: 0, groups: 0, names: Vec::new() };
    let hir = parser.alternation(flags, 0)?;
    if parser.at < pattern.len() {
        return Err(RegexError::new("unexpected )", pattern));
    }
    check_repeats(&hir, REPEAT_MAX).ok_or_else(|| RegexError::new("invalid repeat count", pattern))?;
    Ok(hir)
}

/// Nested counts multiply; Go refuses more than 1000 copies in total.
fn check_repeats(hir: &Hir, budget: u32) -> Option<()> {
    use regex_syntax::hir::HirKind;
    match hir.kind() {
        HirKind::Repetition(r) => {
            let counted = r.min > 1 || r.max.is_some_and(|m| m > 1);
            let copies = r.max.unwrap_or(r.min).max(1);
            check_repeats(
                &r.sub,
                if counted { (budget / copies > 0).then_some(budget / copies)? } else { budget },
            )
        }
        HirKind::Capture(c) => check_repeats(&c.sub, budget),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().try_for_each(|p| check_repeats(p, budget))
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => Some(()),
    }
}

/// The flags `(?imsU)` in force at a point of the pattern.
#[derive(Clone, Copy)]
pub(super) struct Flags {
    fold_case: bool,
    multi_line: bool,
    dot_newline: bool,
    swap_greedy: bool,
}

impl Flags {
    /// Those that Prometheus puts before label patterns.
    pub(super) const PROMETHEUS: Flags =
        Flags { fold_case: false, multi_line: false, dot_newline: true, swap_greedy: false };
    /// Those of a pattern without any.
    pub(super) const GO: Flags =
        Flags { fold_case: false, multi_line: false, dot_newline: false, swap_greedy: false };
}

struct Parser<'p> {
    pattern: &'p str,
    at: usize,
    groups: u32,
    names: Vec<&'p str>,
}

impl<'p> Parser<'p> {
    fn rest(&self) -> &'p str {
        &self.pattern[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        self.at += if found { prefix.len() } else { 0 };
        found
    }

    /// `a|b|c`, up to the end or an unmatched `)`.
    fn alternation(&mut self, mut flags: Flags, depth: usize) -> Result<Hir, RegexError> {
        if depth > DEPTH_MAX {
            return Err(RegexError::new("expression nests too deeply", self.pattern));
        }
        let mut branches = vec![self.concatenation(&mut flags, depth)?];
        while self.eat("|") {
            branches.push(self.concatenation(&mut flags, depth)?);
        }
        Ok(if branches.len() == 1 { branches.remove(0) } else { Hir::alternation(branches) })
    }

    /// Atoms with their repetitions, up to `|`, `)` or the end. `(?i)` changes `flags` for what follows, also behind a `|`.
    fn concatenation(&mut self, flags: &mut Flags, depth: usize) -> Result<Hir, RegexError> {
        let mut parts: Vec<Hir> = Vec::new();
        // Whether the last part may be repeated: nothing stands before `*` at the start or after `(?i)`.
        let mut repeatable = false;
        let mut last_operator: Option<usize> = None;
        while let Some(c) = self.peek() {
            if matches!(c, '|' | ')') {
                break;
            }
            let start = self.at;
            if let Some((min, max)) = self.repeat_operator()? {
                let operator = &self.pattern[start..self.at];
                let greedy = self.eat("?") == flags.swap_greedy;
                if let Some(first) = last_operator {
                    return Err(RegexError::new(
                        "invalid nested repetition operator",
                        &self.pattern[first..self.at],
                    ));
                }
                let Some(sub) = parts.pop().filter(|_| repeatable) else {
                    return Err(RegexError::new("missing argument to repetition operator", operator));
                };
                parts.push(Hir::repetition(Repetition { min, max, greedy, sub: Box::new(sub) }));
                last_operator = Some(start);
                continue;
            }
            last_operator = None;
            repeatable = true;
            match c {
                '(' => match self.group(flags, depth)? {
                    Some(group) => parts.push(group),
                    None => repeatable = !parts.is_empty(),
                },
                _other => self.atom(c, *flags, &mut parts)?,
            }
        }
        Ok(Hir::concat(parts))
    }

    /// One atom that is not a group. `\Q…\E` adds one part a character, so that a repetition takes only the last.
    fn atom(&mut self, c: char, flags: Flags, parts: &mut Vec<Hir>) -> Result<(), RegexError> {
        match c {
            '[' => {
                let class = self.bracket_class(flags)?;
                parts.push(Hir::class(Class::Unicode(class)));
            }
            '\\' => self.escape(flags, parts)?,
            '.' => {
                self.bump();
                parts.push(Hir::class(Class::Unicode(any_char(flags.dot_newline))));
            }
            '^' => {
                self.bump();
                parts.push(Hir::look(if flags.multi_line { Look::StartLF } else { Look::Start }));
            }
            '$' => {
                self.bump();
                parts.push(Hir::look(if flags.multi_line { Look::EndLF } else { Look::End }));
            }
            _other => {
                self.bump();
                parts.push(literal(c, flags));
            }
        }
        Ok(())
    }

    /// `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}`; a brace that is none of these is an ordinary character.
    fn repeat_operator(&mut self) -> Result<Option<(u32, Option<u32>)>, RegexError> {
        let start = self.at;
        let range = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.counted_repeat(start),
            _other => return Ok(None),
        };
        self.bump();
        Ok(Some(range))
    }

    fn counted_repeat(&mut self, start: usize) -> Result<Option<(u32, Option<u32>)>, RegexError> {
        let Some((inner, _)) = self.rest()[1..].split_once('}') else { return Ok(None) };
        let (min, max) = inner.split_once(',').unwrap_or((inner, inner));
        let is_count = |s: &str| {
            !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit()) && (s.len() == 1 || !s.starts_with('0'))
        };
        if !is_count(min) || !(max.is_empty() || is_count(max)) {
            return Ok(None);
        }
        self.at += inner.len() + 2;
        let too_large = || RegexError::new("invalid repeat count", &self.pattern[start..self.at]);
        let count = |s: &str| s.parse().ok().filter(|n: &u32| *n <= REPEAT_MAX).ok_or_else(too_large);
        let min_count = count(min)?;
        let max_count = if max.is_empty() { None } else { Some(count(max)?) };
        if max_count.is_some_and(|m| m < min_count) {
            return Err(too_large());
        }
        Ok(Some((min_count, max_count)))
    }

    /// `(…)`, `(?:…)`, `(?P<name>…)`, `(?<name>…)`, `(?flags:…)`; `(?flags)` returns `None` and changes `flags`.
    fn group(&mut self, flags: &mut Flags, depth: usize) -> Result<Option<Hir>, RegexError> {
        let start = self.at;
        self.bump();
        let mut name = None;
        let mut inner_flags = *flags;
        let mut captures = true;
        if self.eat("?") {
            if self.eat("P<") || (self.rest().starts_with('<') && self.eat("<")) {
                name = Some(self.group_name(start)?);
            } else {
                captures = false;
                if !self.group_flags(&mut inner_flags, start)? {
                    *flags = inner_flags;
                    return Ok(None);
                }
            }
        }
        let index = if captures {
            self.groups += 1;
            self.groups
        } else {
            0
        };
        let sub = self.alternation(inner_flags, depth + 1)?;
        if !self.eat(")") {
            return Err(RegexError::new("missing closing )", self.pattern));
        }
        if !captures {
            return Ok(Some(sub));
        }
        Ok(Some(Hir::capture(Capture { index, name: name.map(Into::into), sub: Box::new(sub) })))
    }

    fn group_name(&mut self, start: usize) -> Result<&'p str, RegexError> {
        let Some((name, _)) = self.rest().split_once('>') else {
            return Err(RegexError::new("invalid named capture", &self.pattern[start..]));
        };
        self.at += name.len() + 1;
        let whole = &self.pattern[start..self.at];
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(RegexError::new("invalid named capture", whole));
        }
        if self.names.contains(&name) {
            return Err(RegexError::new("duplicate capture group name", name));
        }
        self.names.push(name);
        Ok(name)
    }

    /// Reads `imsU-imsU` up to `:` (true: a group follows) or `)` (false).
    fn group_flags(&mut self, flags: &mut Flags, start: usize) -> Result<bool, RegexError> {
        let (mut value, mut any_since_minus) = (true, false);
        loop {
            let c = self.bump();
            match c {
                Some('i') => flags.fold_case = value,
                Some('m') => flags.multi_line = value,
                Some('s') => flags.dot_newline = value,
                Some('U') => flags.swap_greedy = value,
                Some('-') if value => (value, any_since_minus) = (false, false),
                Some(':' | ')') if value || any_since_minus => return Ok(c == Some(':')),
                None => return Err(RegexError::new("missing closing )", self.pattern)),
                Some(_) => {
                    return Err(RegexError::new(
                        "invalid or unsupported Perl syntax",
                        &self.pattern[start..self.at],
                    ));
                }
            }
            any_since_minus |= !matches!(c, Some('-'));
        }
    }
}

/// Any character, with or without the line break.
fn any_char(newline: bool) -> ClassUnicode {
    let mut class = ClassUnicode::new([ClassUnicodeRange::new('\0', char::MAX)]);
    if !newline {
        class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]));
    }
    class
}

/// One character, or all its case variants under `(?i)`.
fn literal(c: char, flags: Flags) -> Hir {
    if !flags.fold_case {
        return Hir::literal(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
    class.case_fold_simple();
    Hir::class(Class::Unicode(class))
}
