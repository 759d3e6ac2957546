//! Go's `fmt`: `Sprint`, `Sprintln`, `Sprintf` over template values, with Go's complaints inside the text (`%!d(string=x)`).
//!
//! Invariant: no text grows beyond the bound that the caller sets, whatever the format and the values.

mod number;
mod printer;
#[cfg(test)]
mod tests;

use crate::value::Value;
use printer::Printer;

/// Widths and precisions beyond this are refused, as in Go.
const NUMBER_MAX: i64 = 1_000_000;

/// Prints one value as a template action does.
///
/// # Errors
/// The text would be longer than `bytes_max`.
pub fn display(value: &Value, bytes_max: usize) -> Result<String, String> {
    if let Value::None = value {
        return Ok("<no value>".to_owned());
    }
    let mut printer = Printer::new(bytes_max);
    printer.arg(value, 'v');
    printer.finish()
}

/// Prints values with spaces between those of which neither is a string.
///
/// # Errors
/// The text would be longer than `bytes_max`.
pub fn sprint(args: &[Value], bytes_max: usize) -> Result<String, String> {
    let mut printer = Printer::new(bytes_max);
    let mut after_string = true;
    for (i, arg) in args.iter().enumerate() {
        let is_string = matches!(arg, Value::String(_) | Value::Safe(..));
        if i > 0 && !is_string && !after_string {
            printer.push(" ");
        }
        printer.arg(arg, 'v');
        after_string = is_string;
    }
    printer.finish()
}

/// Prints values with spaces between them and a line break behind.
///
/// # Errors
/// The text would be longer than `bytes_max`.
pub fn sprintln(args: &[Value], bytes_max: usize) -> Result<String, String> {
    let mut printer = Printer::new(bytes_max);
    for (i, arg) in args.iter().enumerate() {
        if i > 0 {
            printer.push(" ");
        }
        printer.arg(arg, 'v');
    }
    printer.push("\n");
    printer.finish()
}

/// Prints values as a format says.
///
/// # Errors
/// The text would be longer than `bytes_max`. What is wrong with the format stands in the text.
pub fn sprintf(format: &str, args: &[Value], bytes_max: usize) -> Result<String, String> {
    let mut run = Run { format, at: 0, args, next: 0, printer: Printer::new(bytes_max), reordered: false };
    run.all();
    run.printer.finish()
}

/// A format on its way.
struct Run<'a> {
    format: &'a str,
    at: usize,
    args: &'a [Value],
    /// The argument of the next verb.
    next: usize,
    printer: Printer,
    /// Some verb named its argument: then arguments that are left over are no mistake.
    reordered: bool,
}

impl Run<'_> {
    fn all(&mut self) {
        while let Some(found) = self.format[self.at..].find('%') {
            self.printer.push(&self.format[self.at..self.at + found]);
            self.at += found + 1;
            self.verb();
            if self.printer.is_full() {
                return;
            }
        }
        self.printer.push(&self.format[self.at..]);
        self.leftovers();
    }

    fn peek(&self) -> Option<u8> {
        self.format.as_bytes().get(self.at).copied()
    }

    fn verb(&mut self) {
        self.printer.clear_flags();
        self.flags();
        let mut good = true;
        let mut indexed = self.index(&mut good);
        indexed = self.width(indexed, &mut good);
        if self.peek() == Some(b'.') && self.at + 1 < self.format.len() {
            indexed = self.precision(indexed, &mut good);
        }
        if !indexed {
            self.index(&mut good);
        }
        let Some(verb) = self.format[self.at..].chars().next() else {
            self.printer.push("%!(NOVERB)");
            return;
        };
        self.at += verb.len_utf8();
        if verb == '%' {
            self.printer.push("%");
        } else if !good {
            self.printer.push(&format!("%!{verb}(BADINDEX)"));
        } else if let Some(arg) = self.args.get(self.next) {
            self.next += 1;
            if verb == 'v' {
                self.printer.value_flags();
            }
            self.printer.arg(arg, verb);
        } else {
            self.printer.push(&format!("%!{verb}(MISSING)"));
        }
    }

    fn flags(&mut self) {
        while let Some(c) = self.peek() {
            let flags = &mut self.printer.flags;
            match c {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = !flags.minus,
                b'+' => flags.plus = true,
                b'-' => {
                    flags.minus = true;
                    flags.zero = false;
                }
                b' ' => flags.space = true,
                _others => return,
            }
            self.at += 1;
        }
    }

    /// Reads `[n]`. Tells whether one stood there.
    fn index(&mut self, good: &mut bool) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = &self.format[self.at + 1..];
        let Some(end) = rest.find(']') else {
            *good = false;
            self.at += 1;
            return false;
        };
        self.at += end + 2;
        match rest[..end].parse::<usize>() {
            Ok(n) if (1..=self.args.len()).contains(&n) => {
                self.next = n - 1;
                true
            }
            Ok(_) | Err(_) => {
                *good = false;
                true
            }
        }
    }

    fn width(&mut self, indexed: bool, good: &mut bool) -> bool {
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.number_from_argument() {
                None => self.printer.push("%!(BADWIDTH)"),
                Some(width) => {
                    if width < 0 {
                        self.printer.flags.minus = true;
                        self.printer.flags.zero = false;
                    }
                    self.printer.flags.width = Some(width.unsigned_abs() as usize);
                }
            }
            return false;
        }
        self.printer.flags.width = self.digits();
        if indexed && self.printer.flags.width.is_some() {
            *good = false;
        }
        indexed
    }

    fn precision(&mut self, indexed: bool, good: &mut bool) -> bool {
        self.at += 1;
        if indexed {
            *good = false;
        }
        let indexed = self.index(good);
        if self.peek() == Some(b'*') {
            self.at += 1;
            let number = self.number_from_argument();
            self.printer.flags.precision = number.and_then(|n| usize::try_from(n).ok());
            if self.printer.flags.precision.is_none() {
                self.printer.push("%!(BADPREC)");
            }
            return false;
        }
        self.printer.flags.precision = Some(self.digits().unwrap_or(0));
        indexed
    }

    fn digits(&mut self) -> Option<usize> {
        let rest = &self.format[self.at..];
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..length].parse::<usize>().ok().filter(|n| *n as i64 <= NUMBER_MAX);
        self.at += length;
        number
    }

    fn number_from_argument(&mut self) -> Option<i64> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        match arg {
            Value::Int(n, _) if n.abs() <= NUMBER_MAX => Some(*n),
            Value::Int(..)
            | Value::Uint(_)
            | Value::None
            | Value::Bool(_)
            | Value::Float(_)
            | Value::String(_)
            | Value::Safe(..)
            | Value::List(..)
            | Value::Map(..)
            | Value::Struct(..)
            | Value::Time(_) => None,
        }
    }

    fn leftovers(&mut self) {
        let left = self.args.get(self.next..).unwrap_or_default();
        if self.reordered || left.is_empty() {
            return;
        }
        self.printer.clear_flags();
        self.printer.push("%!(EXTRA ");
        for (i, arg) in left.iter().enumerate() {
            if i > 0 {
                self.printer.push(", ");
            }
            self.printer.push(arg.type_name());
            if !matches!(arg, Value::None) {
                self.printer.push("=");
                self.printer.arg(arg, 'v');
            }
        }
        self.printer.push(")");
    }
}
