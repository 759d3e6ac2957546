//! A place in a text body, moving forward.

use crate::error::{Excerpt, Fault, ParseError, Place};

/// Bytes, a position, and the start of the entry that is being read.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'b> {
    pub(crate) body: &'b [u8],
    /// The next byte. Never beyond the end.
    pub(crate) at: usize,
    /// Where the present entry starts; for error texts.
    pub(crate) entry: usize,
}

impl<'b> Cursor<'b> {
    pub(crate) fn new(body: &'b [u8]) -> Cursor<'b> {
        Cursor { body, at: 0, entry: 0 }
    }

    /// The next byte, or `None` at the end.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    /// Steps over a byte if it is next.
    #[inline]
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Steps over a word if it is next.
    pub(crate) fn eat_word(&mut self, word: &[u8]) -> bool {
        let is_next = self.rest().starts_with(word);
        self.at += if is_next { word.len() } else { 0 };
        is_next
    }

    /// Steps over spaces and tabs, and tells whether there were any.
    #[inline]
    pub(crate) fn blanks(&mut self) -> bool {
        let start = self.at;
        while let Some(b' ' | b'\t') = self.peek() {
            self.at += 1;
        }
        self.at > start
    }

    /// Steps over bytes while they pass, and returns them.
    #[inline]
    pub(crate) fn take_while(&mut self, pass: impl Fn(u8) -> bool) -> &'b [u8] {
        let start = self.at;
        while self.peek().is_some_and(&pass) {
            self.at += 1;
        }
        &self.body[start..self.at]
    }

    /// Takes what is left of the line, without the line feed, which stays.
    pub(crate) fn rest_of_line(&mut self) -> &'b [u8] {
        let rest = self.rest();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Splits the next line into what should be a series and what follows the space behind it, without looking into
    /// either. Whether it is a series only the caller can tell, who knows its bytes.
    #[inline]
    pub(crate) fn plain_line(&self) -> Option<(&'b [u8], &'b [u8])> {
        let rest = self.rest();
        if matches!(rest.first(), None | Some(b'#')) {
            return None;
        }
        let line = &rest[..memchr::memchr(b'\n', rest)?];
        // Neither values nor timestamps hold a brace, so the last one closes the labels.
        let key_end = match memchr::memrchr(b'}', line) {
            Some(at) => at + 1,
            None => memchr::memchr(b' ', line)?,
        };
        let value = line[key_end..].strip_prefix(b" ")?;
        Some((&line[..key_end], value))
    }

    /// What has not been read.
    #[inline]
    pub(crate) fn rest(&self) -> &'b [u8] {
        &self.body[self.at..]
    }

    /// Starts an entry here.
    #[inline]
    pub(crate) fn start_entry(&mut self) {
        self.entry = self.at;
    }

    /// The entry as far as it was read.
    pub(crate) fn read_so_far(&self) -> &'b [u8] {
        &self.body[self.entry..self.at]
    }

    /// The next character, as the offending token.
    fn offender(&self) -> &'b [u8] {
        let rest = self.rest();
        &rest[..rest.len().min(1)]
    }

    pub(crate) fn error(&self, fault: Fault) -> ParseError {
        ParseError { place: line_of(self.body, self.entry), fault }
    }

    pub(crate) fn expected(&self, expected: &'static str) -> ParseError {
        let context = &self.body[self.entry..(self.at + 1).min(self.body.len())];
        let (found, context) = (Excerpt::of(self.offender()), Excerpt::of(context));
        self.error(Fault::Expected { expected, found, context })
    }
}

/// The line that holds a byte. Counted only when there is an error to report: readers do not track lines.
pub(crate) fn line_of(body: &[u8], at: usize) -> Place {
    Place::Line(1 + memchr::memchr_iter(b'\n', &body[..at]).count() as u64)
}
