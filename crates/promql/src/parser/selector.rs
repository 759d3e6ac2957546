//! `metric{label="value", …}`, and labels in parentheses.

use std::sync::Arc;

use model::labels::METRIC_NAME;
use model::{Labels, MatchOp, Matcher};

use super::{Parsed, Parser, Stop};
use crate::ast::{BinaryOp, Span, VectorSelector};
use crate::lexer::{Keyword, Token, TokenKind};

/// Context of faults inside braces of a selector.
const MATCHING: &str = "label matching";
/// Context of faults inside braces of a series.
const LABEL_SET: &str = "label set";
/// Context of faults in lists of label names.
const GROUPING: &str = "grouping opts";

/// Tells whether a token may be a metric's name.
pub(super) fn is_metric_name(kind: TokenKind) -> bool {
    match kind {
        TokenKind::Identifier | TokenKind::MetricIdentifier | TokenKind::Aggregate(_) => true,
        TokenKind::Binary(op) => op.is_set(),
        TokenKind::Keyword(word) => !matches!(
            word,
            Keyword::Bool | Keyword::GroupLeft | Keyword::GroupRight | Keyword::Ignoring | Keyword::On
        ),
        _other => false,
    }
}

/// Tells whether a token may be a label's name in a list.
fn is_label_name(kind: TokenKind) -> bool {
    match kind {
        TokenKind::Identifier | TokenKind::MetricIdentifier | TokenKind::Aggregate(_) => true,
        TokenKind::Binary(op) => op.is_set() || op == BinaryOp::Atan2,
        TokenKind::Keyword(word) => word != Keyword::Without,
        _other => false,
    }
}

fn match_op(kind: TokenKind) -> Option<MatchOp> {
    match kind {
        TokenKind::Assign => Some(MatchOp::Equal),
        TokenKind::Binary(BinaryOp::Ne) => Some(MatchOp::NotEqual),
        TokenKind::MatchRegex => Some(MatchOp::Regex),
        TokenKind::NotRegex => Some(MatchOp::NotRegex),
        _other => None,
    }
}

impl Parser<'_> {
    /// Reads a selector: a name, matchers, or both.
    pub(super) fn vector_selector(&mut self) -> Parsed<(VectorSelector, Span)> {
        let first = self.peek();
        let name = is_metric_name(first.kind).then(|| self.advance());
        self.vector_selector_named(name)
    }

    /// Reads the rest of a selector whose name, if it has one, is read already.
    pub(super) fn vector_selector_named(&mut self, name: Option<Token>) -> Parsed<(VectorSelector, Span)> {
        let mut span = name.unwrap_or_else(|| self.peek()).span();
        let name: Option<Arc<str>> = name.map(|token| Arc::from(self.text_of(token)));
        let mut matchers = Vec::new();
        if self.kind() == TokenKind::LeftBrace {
            span.end = self.label_matchers(&mut matchers)?;
        } else if name.is_none() {
            return Err(Stop::Unexpected);
        }
        if let Some(name) = &name {
            matchers.push(Matcher::equal(METRIC_NAME, name.clone()));
        }
        Ok((VectorSelector { name, matchers, ..VectorSelector::empty() }, span))
    }

    /// Reads `{…}` and returns where it ends.
    fn label_matchers(&mut self, matchers: &mut Vec<Matcher>) -> Parsed<u32> {
        self.advance();
        loop {
            if let Some(close) = self.accept(TokenKind::RightBrace) {
                return Ok(close.end);
            }
            self.label_matcher(matchers)?;
            match self.kind() {
                TokenKind::Comma => {
                    self.advance();
                }
                TokenKind::RightBrace => {}
                _other => return Err(self.complain(Stop::Unexpected, MATCHING, "\",\" or \"}\"")),
            }
        }
    }

    fn label_matcher(&mut self, matchers: &mut Vec<Matcher>) -> Parsed<()> {
        let first = self.peek();
        let name = match first.kind {
            TokenKind::Identifier => {
                self.advance();
                self.text_of(first).to_owned()
            }
            TokenKind::String => {
                self.advance();
                let name = self.unquoted(first);
                if match_op(self.kind()).is_none() {
                    matchers.push(Matcher::equal(METRIC_NAME, name));
                    return Ok(());
                }
                name
            }
            _other => return Err(self.complain(Stop::Unexpected, MATCHING, "identifier or \"}\"")),
        };
        let Some(op) = match_op(self.kind()) else {
            return Err(self.complain(Stop::Unexpected, MATCHING, "label matching operator"));
        };
        self.advance();
        let Some(value) = self.accept(TokenKind::String) else {
            return Err(self.complain(Stop::Unexpected, MATCHING, "string"));
        };
        let text = self.unquoted(value);
        match Matcher::new(op, name, text) {
            Ok(matcher) => matchers.push(matcher),
            Err(reason) => self.error(first.span().to(value.span()), reason.to_string()),
        }
        Ok(())
    }

    /// Reads a series: a name, labels, both or neither.
    pub(super) fn metric(&mut self) -> Parsed<Labels> {
        let first = self.peek();
        let mut pairs: Vec<(String, String)> = Vec::new();
        if is_metric_name(first.kind) {
            self.advance();
        }
        if self.accept(TokenKind::LeftBrace).is_some() {
            self.label_set(&mut pairs)?;
        }
        if is_metric_name(first.kind) {
            pairs.push((METRIC_NAME.to_owned(), self.text_of(first).to_owned()));
        }
        Ok(Labels::from_pairs(pairs))
    }

    fn label_set(&mut self, pairs: &mut Vec<(String, String)>) -> Parsed<()> {
        loop {
            if self.accept(TokenKind::RightBrace).is_some() {
                return Ok(());
            }
            self.label(pairs)?;
            match self.kind() {
                TokenKind::Comma => {
                    self.advance();
                }
                TokenKind::RightBrace => {}
                _other => return Err(self.complain(Stop::Unexpected, LABEL_SET, "\",\" or \"}\"")),
            }
        }
    }

    fn label(&mut self, pairs: &mut Vec<(String, String)>) -> Parsed<()> {
        let first = self.peek();
        let name = match first.kind {
            TokenKind::Identifier => {
                self.advance();
                self.text_of(first).to_owned()
            }
            TokenKind::String => {
                self.advance();
                let name = self.unquoted(first);
                if self.kind() != TokenKind::Assign {
                    pairs.push((METRIC_NAME.to_owned(), name));
                    return Ok(());
                }
                name
            }
            _other => return Err(self.complain(Stop::Unexpected, LABEL_SET, "identifier or \"}\"")),
        };
        if self.accept(TokenKind::Assign).is_none() {
            return Err(self.complain(Stop::Unexpected, LABEL_SET, "\"=\""));
        }
        let Some(value) = self.accept(TokenKind::String) else {
            return Err(self.complain(Stop::Unexpected, LABEL_SET, "string"));
        };
        let value = self.unquoted(value);
        pairs.push((name, value));
        Ok(())
    }

    /// Reads `(a, b)` after `by`, `on` and their like.
    pub(super) fn grouping_labels(&mut self) -> Parsed<Vec<Arc<str>>> {
        if self.accept(TokenKind::LeftParen).is_none() {
            return Err(self.complain(Stop::Unexpected, GROUPING, "\"(\""));
        }
        let mut labels = Vec::new();
        loop {
            if self.accept(TokenKind::RightParen).is_some() {
                return Ok(labels);
            }
            labels.push(self.grouping_label()?);
            match self.kind() {
                TokenKind::Comma => {
                    self.advance();
                }
                TokenKind::RightParen => {}
                _other => return Err(self.complain(Stop::Unexpected, GROUPING, "\",\" or \")\"")),
            }
        }
    }

    /// Reads what may follow `group_left`: a list, or the right side at once.
    pub(super) fn optional_grouping_labels(&mut self) -> Parsed<Vec<Arc<str>>> {
        match self.kind() {
            TokenKind::LeftParen => self.grouping_labels(),
            TokenKind::Keyword(Keyword::Fill | Keyword::FillLeft | Keyword::FillRight) => Ok(Vec::new()),
            kind if super::primary::starts_expression(kind) => Ok(Vec::new()),
            _other => Err(self.complain(Stop::Unexpected, GROUPING, "\"(\"")),
        }
    }

    fn grouping_label(&mut self) -> Parsed<Arc<str>> {
        let token = self.peek();
        let name = if is_label_name(token.kind) {
            self.advance();
            self.text_of(token).to_owned()
        } else if token.kind == TokenKind::String {
            self.advance();
            self.unquoted(token)
        } else {
            return Err(self.complain(Stop::Unexpected, GROUPING, "label"));
        };
        self.check_label_name(&name, token);
        Ok(Arc::from(name))
    }

    fn check_label_name(&mut self, name: &str, token: Token) {
        if name.is_empty() {
            self.error(token.span(), "invalid label name for grouping: \"\"");
        }
    }
}
