//! One value under one verb with its flags.

use model::number::quote;

use super::number;
use crate::value::{IntKind, Value};

/// The deepest nesting of printed values.
const DEPTH_MAX: usize = 50;

/// What stood between `%` and the verb.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    /// `%+v`: with the names of fields.
    plus_v: bool,
    /// `%#v`: as Go source.
    sharp_v: bool,
}

/// Text that grows up to a bound.
pub(super) struct Printer {
    out: String,
    bytes_max: usize,
    full: bool,
    depth: usize,
    pub(super) flags: Flags,
}

impl Printer {
    pub(super) fn new(bytes_max: usize) -> Printer {
        Printer { out: String::new(), bytes_max, full: false, depth: 0, flags: Flags::default() }
    }

    pub(super) fn finish(self) -> Result<String, String> {
        if self.full {
            return Err(format!("text is longer than {} bytes", self.bytes_max));
        }
        Ok(self.out)
    }

    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    pub(super) fn clear_flags(&mut self) {
        self.flags = Flags::default();
    }

    /// `%v` reads `#` and `+` in its own way.
    pub(super) fn value_flags(&mut self) {
        let flags = &mut self.flags;
        (flags.sharp_v, flags.plus_v) = (flags.sharp, flags.plus);
        (flags.sharp, flags.plus) = (false, false);
    }

    pub(super) fn push(&mut self, text: &str) {
        if self.full || self.out.len() + text.len() > self.bytes_max {
            self.full = true;
            return;
        }
        self.out.push_str(text);
    }

    fn push_repeated(&mut self, text: &str, count: usize) {
        if self.full || self.out.len().saturating_add(text.len().saturating_mul(count)) > self.bytes_max {
            self.full = true;
            return;
        }
        for _ in 0..count {
            self.out.push_str(text);
        }
    }

    /// Pushes a text filled up to the width.
    fn pad(&mut self, text: &str) {
        let missing = self.flags.width.map_or(0, |width| width.saturating_sub(text.chars().count()));
        let fill = if self.flags.zero && !self.flags.minus { "0" } else { " " };
        if !self.flags.minus {
            self.push_repeated(fill, missing);
        }
        self.push(text);
        if self.flags.minus {
            self.push_repeated(fill, missing);
        }
    }

    pub(super) fn arg(&mut self, value: &Value, verb: char) {
        if self.full {
            return;
        }
        match (value, verb) {
            (Value::None, 'v' | 'T') => return self.pad("<nil>"),
            (Value::None, _) => return self.bad_verb(value, verb),
            (_, 'T') => return self.pad_string(value.type_name()),
            (_, _) => {}
        }
        if self.depth >= DEPTH_MAX {
            self.push("...");
            return;
        }
        self.depth += 1;
        if let Some(text) = self.own_text(value, verb) {
            self.string(value, &text, verb);
        } else {
            self.plain(value, verb);
        }
        self.depth -= 1;
    }

    /// What a value's `String` method says, where the verb is one for strings.
    fn own_text(&self, value: &Value, verb: char) -> Option<String> {
        if self.flags.sharp_v || !matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') {
            return None;
        }
        let method = value.method("String")?;
        match (method.call)(value, &[]) {
            Ok(Value::String(text)) => Some(text.to_string()),
            Ok(_) | Err(_) => None,
        }
    }

    fn plain(&mut self, value: &Value, verb: char) {
        match value {
            Value::None => self.pad("<nil>"),
            Value::Bool(b) => match verb {
                't' | 'v' => self.pad(if *b { "true" } else { "false" }),
                _others => self.bad_verb(value, verb),
            },
            Value::Int(n, kind) => {
                self.integer(value, n.unsigned_abs(), *n < 0, *kind == IntKind::Uint8, verb)
            }
            Value::Uint(n) => self.integer(value, *n, false, true, verb),
            Value::Float(f) => self.float(value, *f, verb),
            Value::String(text) | Value::Safe(text, _) => self.string(value, text, verb),
            Value::List(class, items) => {
                let (open, gap, close) = self.brackets(class.name, "[", " ", "]");
                self.push(&open);
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        self.push(gap);
                    }
                    self.arg(item, verb);
                }
                self.push(close);
            }
            Value::Map(class, entries) => {
                let (open, gap, close) = self.brackets(class.name, "map[", " ", "]");
                self.push(&open);
                for (i, (key, item)) in entries.iter().enumerate() {
                    if i > 0 {
                        self.push(gap);
                    }
                    self.arg(&Value::string(key), verb);
                    self.push(":");
                    self.arg(item, verb);
                }
                self.push(close);
            }
            Value::Struct(class, fields) => {
                let (name, pointer) = match class.name.strip_prefix('*') {
                    Some(name) => (name, "&"),
                    None => (class.name, ""),
                };
                self.push(pointer);
                let (open, gap, close) = self.brackets(name, "{", " ", "}");
                self.push(&open);
                for (i, (field, item)) in fields.iter().enumerate() {
                    if i > 0 {
                        self.push(gap);
                    }
                    if self.flags.plus_v || self.flags.sharp_v {
                        self.push(field);
                        self.push(":");
                    }
                    self.arg(item, verb);
                }
                self.push(close);
            }
            Value::Time(time) => self.pad_string(&time.to_string()),
        }
    }

    /// Brackets and separator, as source for `%#v`.
    fn brackets(
        &self,
        type_name: &str,
        open: &str,
        gap: &'static str,
        close: &'static str,
    ) -> (String, &'static str, &'static str) {
        if self.flags.sharp_v { (format!("{type_name}{{"), ", ", "}") } else { (open.to_owned(), gap, close) }
    }

    fn bad_verb(&mut self, value: &Value, verb: char) {
        self.push(&format!("%!{verb}("));
        self.push(value.type_name());
        if !matches!(value, Value::None) {
            self.push("=");
            // The flags are those of the verb at fault, as in Go.
            if self.depth < DEPTH_MAX {
                self.depth += 1;
                match self.own_text(value, 'v') {
                    Some(text) => self.pad_string(&text),
                    None => self.plain(value, 'v'),
                }
                self.depth -= 1;
            }
        }
        self.push(")");
    }

    fn integer(&mut self, value: &Value, n: u64, negative: bool, unsigned: bool, verb: char) {
        let (base, prefix) = match verb {
            'v' if self.flags.sharp_v && unsigned => return self.push(&format!("{n:#x}")),
            'v' | 'd' => (10, ""),
            'b' => (2, if self.flags.sharp { "0b" } else { "" }),
            'o' => (8, if self.flags.sharp { "0" } else { "" }),
            'O' => (8, "0o"),
            'x' => (16, if self.flags.sharp { "0x" } else { "" }),
            'X' => (16, if self.flags.sharp { "0X" } else { "" }),
            'c' => return self.pad(&character(n, negative).to_string()),
            'q' => return self.pad(&quoted_character(character(n, negative))),
            'U' => return self.unicode(n, negative),
            _others => return self.bad_verb(value, verb),
        };
        let mut digits = number::digits(n, base);
        if verb == 'X' {
            digits.make_ascii_uppercase();
        }
        let sign = match (negative, self.flags.plus, self.flags.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        };
        let mut digits_min = self.flags.precision.unwrap_or(0);
        if self.flags.precision == Some(0) && n == 0 {
            let width = self.flags.width.unwrap_or(0);
            return self.push_repeated(" ", width);
        }
        if let (true, None, Some(width)) = (self.flags.zero, self.flags.precision, self.flags.width) {
            digits_min = width.saturating_sub(sign.len());
        }
        let zeros = digits_min.saturating_sub(digits.len()).min(self.bytes_max);
        let prefix =
            if base == 8 && prefix == "0" && (zeros > 0 || digits.starts_with('0')) { "" } else { prefix };
        let text = format!("{sign}{prefix}{}{digits}", "0".repeat(zeros));
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(&text);
        self.flags.zero = zero;
    }

    fn unicode(&mut self, n: u64, negative: bool) {
        let mut text = format!("U+{n:04X}");
        let c = character(n, negative);
        if self.flags.sharp && quote(&c.to_string()).chars().count() == 3 {
            text.push_str(&format!(" '{c}'"));
        }
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(&text);
        self.flags.zero = zero;
    }

    fn float(&mut self, value: &Value, f: f64, verb: char) {
        let precision = match (verb, self.flags.precision) {
            ('v' | 'g' | 'G', precision) => precision,
            ('e' | 'E' | 'f' | 'F', precision) => Some(precision.unwrap_or(6)),
            (_, _) => return self.bad_verb(value, verb),
        };
        // More digits than a float has are zeros; a bound keeps the work small.
        let precision = precision.map(|p| p.min(self.bytes_max));
        let letter = match verb {
            'v' => 'g',
            'F' => 'f',
            other => other,
        };
        if precision.is_some_and(|p| p > 10_000) {
            self.full = true;
            return;
        }
        let text = number::float(f, letter, precision, self.flags.sharp && verb != 'v');
        let special = !f.is_finite();
        let zero = self.flags.zero;
        if special {
            self.flags.zero = false;
        }
        let (sign, digits) = text.split_at(1);
        let sign = match sign {
            "+" if self.flags.plus => "+",
            "+" if self.flags.space => " ",
            "+" if f.is_infinite() => "+",
            "+" => "",
            minus => minus,
        };
        if self.flags.zero && !sign.is_empty() && self.flags.width.is_some_and(|w| w > digits.len() + 1) {
            // The sign stands before the zeros.
            self.push(sign);
            let width = self.flags.width;
            self.flags.width = width.map(|w| w - 1);
            self.pad(digits);
            self.flags.width = width;
        } else {
            self.pad(&format!("{sign}{digits}"));
        }
        self.flags.zero = zero;
    }

    fn pad_string(&mut self, text: &str) {
        let cut = self.cut(text).to_owned();
        self.pad(&cut);
    }

    /// The first characters of a text, as many as the precision says.
    fn cut<'s>(&self, text: &'s str) -> &'s str {
        let Some(precision) = self.flags.precision else { return text };
        text.char_indices().nth(precision).map_or(text, |(end, _)| &text[..end])
    }

    fn string(&mut self, value: &Value, text: &str, verb: char) {
        match verb {
            'v' if self.flags.sharp_v => self.pad(&quote(text)),
            'v' | 's' => self.pad_string(text),
            'q' => {
                let cut = self.cut(text);
                let raw = self.flags.sharp
                    && !cut.contains(['`', '\u{feff}', '\u{7f}'])
                    && cut.chars().all(|c| c >= ' ' || c == '\t');
                let quoted = if raw {
                    format!("`{cut}`")
                } else if self.flags.plus {
                    ascii_quote(cut)
                } else {
                    quote(cut)
                };
                self.pad(&quoted);
            }
            'x' | 'X' => self.hex(text, verb == 'X'),
            _others => self.bad_verb(value, verb),
        }
    }

    fn hex(&mut self, text: &str, upper: bool) {
        let bytes = text.as_bytes();
        let bytes = &bytes[..self.flags.precision.unwrap_or(bytes.len()).min(bytes.len())];
        if bytes.len() > self.bytes_max {
            self.full = true;
            return;
        }
        let prefix = match (self.flags.sharp, upper) {
            (true, true) => "0X",
            (true, false) => "0x",
            (false, _) => "",
        };
        let mut out = String::new();
        for (i, byte) in bytes.iter().enumerate() {
            if i > 0 && self.flags.space {
                out.push(' ');
            }
            if i == 0 || self.flags.space {
                out.push_str(prefix);
            }
            out.push_str(&if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
        }
        self.pad(&out);
    }
}

fn character(n: u64, negative: bool) -> char {
    if negative {
        return char::REPLACEMENT_CHARACTER;
    }
    u32::try_from(n).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn quoted_character(c: char) -> String {
    let inner = match c {
        '\'' => "\\'".to_owned(),
        '"' => "\"".to_owned(),
        other => {
            let quoted = quote(&other.to_string());
            quoted[1..quoted.len() - 1].to_owned()
        }
    };
    format!("'{inner}'")
}

fn ascii_quote(text: &str) -> String {
    let mut out = String::new();
    for c in quote(text).chars() {
        match u32::from(c) {
            0..=0x7f => out.push(c),
            code @ 0x80..=0xffff => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    out
}
