//! Following HTML text to know what a value at its end would be part of.
//!
//! Invariant: only text of the template moves the state; values never do, since they are escaped so that they cannot.

/// How an attribute's value begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiter {
    None,
    Double,
    Single,
}

/// What an attribute's value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    Plain,
    Url,
    Script,
    Style,
}

/// How much of a URL is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UrlPart {
    Start,
    Path,
    Query,
}

/// What a value would be part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    Text,
    /// Inside `<title>` or `<textarea>`: text without tags.
    RawText,
    /// Inside `<script>`, in a string literal with this quote or outside one.
    Script(Option<char>),
    Style,
    Comment,
    TagName,
    AttributeName,
    Attribute {
        kind: Attribute,
        delimiter: Delimiter,
        url: UrlPart,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// `<` was read; it is not written yet.
    TagOpen,
    /// `<!` and perhaps `-` were read, and are not written yet.
    Declaration,
    /// `<!DOCTYPE …`
    Bogus,
    Comment,
    TagName,
    BeforeAttribute,
    AttributeName,
    AfterName,
    BeforeValue,
    Value(Delimiter),
    /// The inside of an element that has no tags.
    Raw(Raw),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Raw {
    Text,
    Script(Option<char>),
    Style,
}

/// Where the output stands.
#[derive(Debug, Default)]
pub(super) struct Machine {
    pub(super) out: String,
    state: State,
    element: String,
    closing: bool,
    attribute: String,
    url: Option<UrlPart>,
    /// Text that may turn out to be the start of a comment or of an end tag.
    pending: String,
    escaped: bool,
}

impl Machine {
    pub(super) fn text(&mut self, text: &str) {
        for c in text.chars() {
            self.step(c);
        }
    }

    /// Writes what was held back.
    pub(super) fn end(&mut self) {
        if matches!(self.state, State::TagOpen | State::Declaration) {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        self.out.push_str(&pending);
    }

    /// What a value that comes now is part of.
    pub(super) fn before_value(&mut self) -> Context {
        if matches!(self.state, State::TagOpen | State::Declaration) {
            self.flush();
            self.state = if self.state == State::TagOpen { State::TagName } else { State::Bogus };
            self.element.clear();
        }
        if self.state == State::BeforeValue {
            self.enter_value(Delimiter::None);
        }
        match self.state {
            State::Text | State::TagOpen | State::Declaration | State::Bogus => Context::Text,
            State::Comment => Context::Comment,
            State::TagName => Context::TagName,
            State::BeforeAttribute | State::AttributeName | State::AfterName | State::BeforeValue => {
                Context::AttributeName
            }
            State::Value(delimiter) => {
                let url = self.url.unwrap_or(UrlPart::Start);
                Context::Attribute { kind: self.kind(), delimiter, url }
            }
            State::Raw(Raw::Text) => Context::RawText,
            State::Raw(Raw::Script(quote)) => Context::Script(quote),
            State::Raw(Raw::Style) => Context::Style,
        }
    }

    /// Notes that a value was written.
    pub(super) fn after_value(&mut self) {
        match self.state {
            State::BeforeAttribute | State::AfterName => self.state = State::AttributeName,
            State::Value(_) if self.url == Some(UrlPart::Start) => self.url = Some(UrlPart::Path),
            _others => {}
        }
    }

    fn kind(&self) -> Attribute {
        const URLS: [&str; 14] = [
            "action",
            "archive",
            "background",
            "cite",
            "classid",
            "codebase",
            "data",
            "formaction",
            "href",
            "icon",
            "longdesc",
            "manifest",
            "poster",
            "src",
        ];
        let name = self.attribute.to_ascii_lowercase();
        let name = name.strip_prefix("data-").unwrap_or(&name);
        if name.starts_with("on") {
            Attribute::Script
        } else if name == "style" {
            Attribute::Style
        } else if URLS.contains(&name) || name.contains("src") || name.contains("uri") || name.contains("url")
        {
            Attribute::Url
        } else {
            Attribute::Plain
        }
    }

    fn enter_value(&mut self, delimiter: Delimiter) {
        self.state = State::Value(delimiter);
        self.url = Some(UrlPart::Start);
    }

    fn step(&mut self, c: char) {
        match self.state {
            State::Text => {
                if c == '<' {
                    self.state = State::TagOpen;
                    self.pending.push(c);
                } else {
                    self.out.push(c);
                }
                return;
            }
            State::TagOpen => return self.tag_open(c),
            State::Declaration => return self.declaration(c),
            State::Comment => {
                self.pending.push(c);
                if self.pending.ends_with("-->") {
                    self.pending.clear();
                    self.state = State::Text;
                } else if self.pending.len() > 8 {
                    let cut = self.pending.len()
                        - self.pending.chars().rev().take(3).map(char::len_utf8).sum::<usize>();
                    self.pending.drain(..cut);
                }
                return;
            }
            _others => self.out.push(c),
        }
        match self.state {
            State::Bogus => {
                if c == '>' {
                    self.state = State::Text;
                }
            }
            State::TagName => match c {
                '>' => self.end_tag(),
                c if c.is_ascii_whitespace() || c == '/' => self.state = State::BeforeAttribute,
                c => self.element.push(c),
            },
            State::BeforeAttribute | State::AfterName => match c {
                '>' => self.end_tag(),
                '=' if self.state == State::AfterName => self.state = State::BeforeValue,
                c if c.is_ascii_whitespace() || c == '/' => {}
                c => {
                    self.attribute.clear();
                    self.attribute.push(c);
                    self.state = State::AttributeName;
                }
            },
            State::AttributeName => match c {
                '>' => self.end_tag(),
                '=' => self.state = State::BeforeValue,
                '/' => self.state = State::BeforeAttribute,
                c if c.is_ascii_whitespace() => self.state = State::AfterName,
                c => self.attribute.push(c),
            },
            State::BeforeValue => match c {
                '"' => self.enter_value(Delimiter::Double),
                '\'' => self.enter_value(Delimiter::Single),
                '>' => self.end_tag(),
                c if c.is_ascii_whitespace() => {}
                c => {
                    self.enter_value(Delimiter::None);
                    self.inside_value(c);
                }
            },
            State::Value(delimiter) => match (delimiter, c) {
                (Delimiter::Double, '"') | (Delimiter::Single, '\'') => self.state = State::BeforeAttribute,
                (Delimiter::None, '>') => self.end_tag(),
                (Delimiter::None, c) if c.is_ascii_whitespace() => self.state = State::BeforeAttribute,
                (_, c) => self.inside_value(c),
            },
            State::Raw(raw) => self.raw(raw, c),
            State::Text | State::TagOpen | State::Declaration | State::Comment => {}
        }
    }

    fn tag_open(&mut self, c: char) {
        self.pending.push(c);
        self.state = match c {
            '!' => State::Declaration,
            '/' => {
                self.closing = true;
                State::TagName
            }
            c if c.is_ascii_alphabetic() => {
                self.closing = false;
                State::TagName
            }
            '<' => {
                self.pending.pop();
                self.flush();
                self.pending.push('<');
                return;
            }
            _text => State::Text,
        };
        self.element.clear();
        if c.is_ascii_alphabetic() {
            self.element.push(c);
        }
        if self.state != State::Declaration {
            self.flush();
        }
    }

    fn declaration(&mut self, c: char) {
        self.pending.push(c);
        if self.pending == "<!--" {
            self.pending.clear();
            self.state = State::Comment;
        } else if self.pending != "<!-" {
            self.flush();
            self.state = if c == '>' { State::Text } else { State::Bogus };
        }
    }

    fn end_tag(&mut self) {
        self.pending.clear();
        self.escaped = false;
        self.state = match (self.closing, self.element.to_ascii_lowercase().as_str()) {
            (false, "script") => State::Raw(Raw::Script(None)),
            (false, "style") => State::Raw(Raw::Style),
            (false, "textarea" | "title") => State::Raw(Raw::Text),
            (_, _) => State::Text,
        };
    }

    fn inside_value(&mut self, c: char) {
        self.url = match (self.url, c) {
            (_, '?' | '#') | (Some(UrlPart::Query), _) => Some(UrlPart::Query),
            (_, _) => Some(UrlPart::Path),
        };
    }

    fn raw(&mut self, raw: Raw, c: char) {
        if let Raw::Script(quote) = raw {
            let next = match (quote, c) {
                _escaped if self.escaped => quote,
                (None, '"' | '\'' | '`') => Some(c),
                (Some(open), c) if open == c => None,
                (quote, _) => quote,
            };
            self.escaped = c == '\\' && !self.escaped && quote.is_some();
            self.state = State::Raw(Raw::Script(next));
        }
        let end = format!("</{}", self.element.to_ascii_lowercase());
        let c = c.to_ascii_lowercase();
        self.pending.push(c);
        if self.pending == end {
            self.pending.clear();
            self.closing = true;
            self.state = State::TagName;
        } else if !end.starts_with(&self.pending) {
            self.pending.clear();
            if c == '<' {
                self.pending.push(c);
            }
        }
    }
}
