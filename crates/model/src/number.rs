//! Numbers and strings as Go prints and reads them. Never print a user-visible float with `{}`.

/// Quotes as Go's `strconv.Quote`.
pub fn quote(s: &str) -> String {
    // Replaced by the full rules of Go (non-printable runes, \a \b \f \n \r \t \v, \x, \u).
    format!("{s:?}")
}
