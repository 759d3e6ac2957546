//! The words of the language and how error messages name them.
//!
//! Source: Prometheus 3.14 `promql/parser/lex.go` (`Item`, `ItemType`).

use model::number::quote;

use crate::ast::{AggregateOp, BinaryOp};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the variants are the language's own words")]
pub enum TokenKind {
    /// The text could not be read; [`super::Lexer::error`] says why. Nothing follows.
    Error,
    /// The end. Repeats when asked for again.
    End,
    Identifier,
    /// An identifier with a colon in it.
    MetricIdentifier,
    Number,
    Duration,
    /// With its quotes and escapes as written.
    String,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Comma,
    Colon,
    /// `=`
    Assign,
    /// `=~`
    MatchRegex,
    /// `!~`
    NotRegex,
    /// `@`
    At,
    /// An operator between two expressions, `+` and `-` included.
    Binary(BinaryOp),
    Aggregate(AggregateOp),
    Keyword(Keyword),
    /// `_` in a series description.
    Blank,
    /// `x` in a series description.
    Times,
    /// White space, which counts in a series description only.
    Space,
    /// `{{`
    OpenHistogram,
    /// `}}`
    CloseHistogram,
    /// `schema`, `sum`, … in a histogram.
    HistogramKey,
    /// `unknown`, `reset`, `not_reset`, `gauge` in a histogram.
    ResetHint,
}

/// Words with a meaning of their own besides operators and aggregations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the variants are the language's own words")]
pub enum Keyword {
    Bool,
    By,
    GroupLeft,
    GroupRight,
    Fill,
    FillLeft,
    FillRight,
    Ignoring,
    Offset,
    Smoothed,
    Anchored,
    On,
    Without,
    Start,
    End,
    Step,
    Range,
    MaxOf,
    MinOf,
}

/// All words that are not plain identifiers, in lower case; case does not matter in a query.
const WORDS: [(&str, TokenKind); 39] = {
    use TokenKind::{Aggregate as A, Binary as B, Keyword as K};
    [
        ("and", B(BinaryOp::And)),
        ("or", B(BinaryOp::Or)),
        ("unless", B(BinaryOp::Unless)),
        ("atan2", B(BinaryOp::Atan2)),
        ("sum", A(AggregateOp::Sum)),
        ("avg", A(AggregateOp::Avg)),
        ("count", A(AggregateOp::Count)),
        ("min", A(AggregateOp::Min)),
        ("max", A(AggregateOp::Max)),
        ("group", A(AggregateOp::Group)),
        ("stddev", A(AggregateOp::Stddev)),
        ("stdvar", A(AggregateOp::Stdvar)),
        ("topk", A(AggregateOp::Topk)),
        ("bottomk", A(AggregateOp::Bottomk)),
        ("count_values", A(AggregateOp::CountValues)),
        ("quantile", A(AggregateOp::Quantile)),
        ("limitk", A(AggregateOp::Limitk)),
        ("limit_ratio", A(AggregateOp::LimitRatio)),
        ("offset", K(Keyword::Offset)),
        ("smoothed", K(Keyword::Smoothed)),
        ("anchored", K(Keyword::Anchored)),
        ("by", K(Keyword::By)),
        ("without", K(Keyword::Without)),
        ("on", K(Keyword::On)),
        ("ignoring", K(Keyword::Ignoring)),
        ("group_left", K(Keyword::GroupLeft)),
        ("group_right", K(Keyword::GroupRight)),
        ("fill", K(Keyword::Fill)),
        ("fill_left", K(Keyword::FillLeft)),
        ("fill_right", K(Keyword::FillRight)),
        ("bool", K(Keyword::Bool)),
        ("start", K(Keyword::Start)),
        ("end", K(Keyword::End)),
        ("step", K(Keyword::Step)),
        ("range", K(Keyword::Range)),
        ("max_of", K(Keyword::MaxOf)),
        ("min_of", K(Keyword::MinOf)),
        ("inf", TokenKind::Number),
        ("nan", TokenKind::Number),
    ]
};

/// The longest of [`WORDS`]: longer identifiers need not be looked up.
const WORD_LEN_MAX: usize = 12;

/// Returns what a word means when it is not a plain identifier.
pub(super) fn word(text: &str) -> Option<TokenKind> {
    if text.len() > WORD_LEN_MAX {
        return None;
    }
    WORDS.iter().find(|(w, _)| w.eq_ignore_ascii_case(text)).map(|(_, kind)| *kind)
}

/// Tells whether a word is a key of a histogram description.
pub(super) fn is_histogram_key(text: &str) -> bool {
    const KEYS: [&str; 11] = [
        "sum",
        "count",
        "schema",
        "offset",
        "n_offset",
        "buckets",
        "n_buckets",
        "z_bucket",
        "z_bucket_w",
        "custom_values",
        "counter_reset_hint",
    ];
    KEYS.iter().any(|k| k.eq_ignore_ascii_case(text))
}

/// Tells whether a word is a counter reset hint.
pub(super) fn is_reset_hint(text: &str) -> bool {
    ["unknown", "reset", "not_reset", "gauge"].iter().any(|k| k.eq_ignore_ascii_case(text))
}

/// A token: its kind and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Offset of its first byte.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
}

impl TokenKind {
    /// Names a token as in `unexpected identifier "x"`; `text` is what was written.
    pub fn describe(self, text: &str) -> String {
        match self {
            TokenKind::Error => format!("error {text}"),
            TokenKind::End => "end of input".to_owned(),
            TokenKind::Identifier => format!("identifier {}", quote(text)),
            TokenKind::MetricIdentifier => format!("metric identifier {}", quote(text)),
            TokenKind::Number => format!("number {}", shortened(text)),
            TokenKind::Duration => format!("duration {}", shortened(text)),
            TokenKind::String => format!("string {}", shortened(text)),
            TokenKind::Binary(_) | TokenKind::At | TokenKind::MatchRegex | TokenKind::NotRegex => {
                format!("<op:{text}>")
            }
            TokenKind::Aggregate(_) => format!("<aggr:{text}>"),
            TokenKind::Keyword(
                Keyword::Start
                | Keyword::End
                | Keyword::Step
                | Keyword::Range
                | Keyword::MaxOf
                | Keyword::MinOf,
            ) => shortened(text),
            TokenKind::Keyword(_) => format!("<{text}>"),
            TokenKind::LeftParen
            | TokenKind::RightParen
            | TokenKind::LeftBrace
            | TokenKind::RightBrace
            | TokenKind::LeftBracket
            | TokenKind::RightBracket
            | TokenKind::Comma
            | TokenKind::Colon
            | TokenKind::Assign
            | TokenKind::Blank
            | TokenKind::Times
            | TokenKind::Space
            | TokenKind::OpenHistogram
            | TokenKind::CloseHistogram => shortened(text),
            TokenKind::HistogramKey | TokenKind::ResetHint => format!("histogram word {}", shortened(text)),
        }
    }
}

/// Quotes a text, cut to its first ten characters where it is longer than ten bytes.
fn shortened(text: &str) -> String {
    if text.len() <= 10 {
        return quote(text);
    }
    let head: String = text.chars().take(10).collect();
    format!("{}...", quote(&head))
}
