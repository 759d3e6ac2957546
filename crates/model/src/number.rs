//! Numbers and strings as Go prints and reads them. Never print a user-visible float with `{}`: Rust's shortest
//! digits differ from Go's in rare cases, and its layouts always do.
//!
//! Source of the rules: Go `strconv` (`ftoa.go`, `atof.go`, `quote.go`) and Prometheus `util/jsonutil`.

/// The digits of a finite, non-zero number: `0.d1d2d3… × 10^point`.
struct Decimal {
    digits: [u8; 20],
    len: usize,
    point: i32,
}

impl Decimal {
    /// Takes the shortest digits that read back as `v`. `v` must be finite and positive.
    fn shortest(v: f64) -> Decimal {
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(v);
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((m, e)) => (m, e.parse().unwrap_or(0)),
            None => (text, 0),
        };
        let mut d = Decimal { digits: [0; 20], len: 0, point: exponent };
        let mut after_point = false;
        for b in mantissa.bytes() {
            match b {
                b'.' => after_point = true,
                b'0' if d.len == 0 => d.point -= i32::from(after_point),
                _ => {
                    d.digits[d.len] = b;
                    d.len += 1;
                    d.point += i32::from(!after_point);
                }
            }
        }
        while d.len > 1 && d.digits[d.len - 1] == b'0' {
            d.len -= 1;
        }
        d
    }

    fn digits(&self) -> &str {
        std::str::from_utf8(&self.digits[..self.len]).expect("digits are ASCII")
    }

    fn write_plain(&self, out: &mut String) {
        let digits = self.digits();
        if self.point <= 0 {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', self.point.unsigned_abs() as usize));
            out.push_str(digits);
        } else if (self.point as usize) < digits.len() {
            let (whole, fraction) = digits.split_at(self.point as usize);
            out.push_str(whole);
            out.push('.');
            out.push_str(fraction);
        } else {
            out.push_str(digits);
            out.extend(std::iter::repeat_n('0', self.point as usize - digits.len()));
        }
    }

    /// Writes `d.ddde±dd`: at least two digits of exponent.
    fn write_exponent(&self, out: &mut String) {
        let (first, rest) = self.digits().split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        }
        let exponent = self.point - 1;
        out.push_str(if exponent < 0 { "e-" } else { "e+" });
        let mut buffer = itoa::Buffer::new();
        let text = buffer.format(exponent.unsigned_abs());
        out.extend(std::iter::repeat_n('0', 2usize.saturating_sub(text.len())));
        out.push_str(text);
    }
}

/// Writes what needs no digits (NaN, infinities, zero) or the sign, and returns the rest to be written.
fn write_special(out: &mut String, v: f64) -> Option<Decimal> {
    if v.is_nan() {
        out.push_str("NaN");
        return None;
    }
    if v.is_infinite() {
        out.push_str(if v > 0.0 { "+Inf" } else { "-Inf" });
        return None;
    }
    if v.is_sign_negative() {
        out.push('-');
    }
    if v == 0.0 {
        out.push('0');
        return None;
    }
    Some(Decimal::shortest(v.abs()))
}

/// Writes a whole number below 2^53 without looking for its shortest digits. Tells whether it did.
fn write_integer(out: &mut String, v: f64, below: f64) -> bool {
    if v.abs() >= below || v != v.trunc() || (v == 0.0 && v.is_sign_negative()) {
        return false;
    }
    out.push_str(itoa::Buffer::new().format(v as i64));
    true
}

/// Appends a float as Go's `FormatFloat(v, 'g', -1, 64)`, which is also `%v`: `1e+06`, `0.0001`, `+Inf`.
pub fn write_g(out: &mut String, v: f64) {
    if write_integer(out, v, 1e6) {
        return;
    }
    if let Some(d) = write_special(out, v) {
        // For shortest digits Go decides as if a precision of 6 had been asked for.
        let exponent = d.point - 1;
        if (-4..6).contains(&exponent) { d.write_plain(out) } else { d.write_exponent(out) }
    }
}

/// Appends a float as Go's `FormatFloat(v, 'f', -1, 64)`: never an exponent.
pub fn write_f(out: &mut String, v: f64) {
    if write_integer(out, v, 9_007_199_254_740_992.0) {
        return;
    }
    if let Some(d) = write_special(out, v) {
        d.write_plain(out);
    }
}

/// Appends a float as Prometheus's HTTP API writes sample values (without the quotes): plain, but with an exponent
/// below 1e-6 and from 1e21 on.
pub fn write_json(out: &mut String, v: f64) {
    if write_integer(out, v, 9_007_199_254_740_992.0) {
        return;
    }
    if let Some(d) = write_special(out, v) {
        let magnitude = v.abs();
        if (1e-6..1e21).contains(&magnitude) {
            d.write_plain(out);
        } else {
            d.write_exponent(out);
        }
    }
}

/// Returns a float as Go's `FormatFloat(v, 'e', -1, 64)`: always with an exponent, such as `1e+00`.
pub fn format_e(v: f64) -> String {
    let mut out = String::new();
    if v == 0.0 {
        return if v.is_sign_negative() { "-0e+00" } else { "0e+00" }.to_owned();
    }
    if let Some(digits) = write_special(&mut out, v) {
        digits.write_exponent(&mut out);
    }
    out
}

/// Returns what [`write_g`] writes.
pub fn format_g(v: f64) -> String {
    let mut out = String::new();
    write_g(&mut out, v);
    out
}

/// Returns what [`write_f`] writes.
pub fn format_f(v: f64) -> String {
    let mut out = String::new();
    write_f(&mut out, v);
    out
}

/// Returns what [`write_json`] writes.
pub fn format_json(v: f64) -> String {
    let mut out = String::new();
    write_json(&mut out, v);
    out
}

/// Reads a float as Go's `ParseFloat(s, 64)`: decimal or hexadecimal, `_` between digits, `inf`, `infinity`, `nan` in any case.
/// Values out of range become infinities, as Go returns beside its range error; use [`parse_float_in_range`] to refuse them.
///
/// Returns `None` where Go reports a syntax error.
pub fn parse_float(s: &str) -> Option<f64> {
    let (negative, body) = match s.as_bytes().first()? {
        b'-' => (true, &s[1..]),
        b'+' => (false, &s[1..]),
        _ => (false, s),
    };
    let sign = if negative { -1.0 } else { 1.0 };
    match *body.as_bytes().first()? {
        b'i' | b'I' => {
            let known = body.eq_ignore_ascii_case("inf") || body.eq_ignore_ascii_case("infinity");
            return known.then_some(sign * f64::INFINITY);
        }
        b'n' | b'N' => {
            return (body.len() == s.len() && body.eq_ignore_ascii_case("nan"))
                .then_some(crate::value::NORMAL_NAN);
        }
        b'0'..=b'9' | b'.' => {}
        _other => return None,
    }
    let clean;
    let body = if body.contains('_') {
        if !underscores_ok(body) {
            return None;
        }
        clean = body.replace('_', "");
        clean.as_str()
    } else {
        body
    };
    if body.len() > 2 && body.as_bytes()[0] == b'0' && body.as_bytes()[1] | 0x20 == b'x' {
        return parse_hex_float(&body[2..]).map(|v| sign * v);
    }
    fast_float2::parse::<f64, _>(body).ok().map(|v| sign * v)
}

/// As [`parse_float`], but `None` also for a finite number too large for a float, as callers that check Go's error do.
pub fn parse_float_in_range(s: &str) -> Option<f64> {
    parse_float(s).filter(|v| v.is_finite() || s.bytes().any(|b| b | 0x20 == b'n'))
}

/// Go allows `_` only between digits, or between the base prefix and a digit.
fn underscores_ok(s: &str) -> bool {
    let b = s.as_bytes();
    let hex = b.len() >= 2 && b[0] == b'0' && b[1] | 0x20 == b'x';
    let is_digit = |c: u8| c.is_ascii_digit() || (hex && c.is_ascii_hexdigit());
    // A prefix counts as a digit before an underscore.
    let mut previous_is_digit = hex;
    let rest = if hex { &b[2..] } else { b };
    for (i, &c) in rest.iter().enumerate() {
        if c == b'_' && !(previous_is_digit && rest.get(i + 1).is_some_and(|&n| is_digit(n))) {
            return false;
        }
        previous_is_digit = is_digit(c);
    }
    true
}

/// Reads `h.hhhp±d` (the `p` part is required, as in Go). Exact for up to 53 significant bits, else rounded to nearest even.
fn parse_hex_float(s: &str) -> Option<f64> {
    let (mantissa, exponent) = s.split_once(['p', 'P'])?;
    let exponent: i32 = match exponent.strip_prefix('+').unwrap_or(exponent) {
        e if !e.is_empty() && e.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit()) => {
            e.parse::<i64>()
                .unwrap_or(if e.starts_with('-') { -100_000 } else { 100_000 })
                .clamp(-100_000, 100_000) as i32
        }
        _malformed => return None,
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (mut bits, mut scale, mut sticky) = (0u64, exponent, false);
    for (i, c) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(c.to_digit(16)?);
        let in_fraction = i >= whole.len();
        if bits >> 59 == 0 {
            bits = bits << 4 | digit;
            scale -= if in_fraction { 4 } else { 0 };
        } else {
            sticky |= digit != 0;
            scale += if in_fraction { 0 } else { 4 };
        }
    }
    // The lowest bit stands for all that was cut off, so that the conversion rounds as if it saw it.
    bits |= u64::from(sticky);
    Some(scale_by_power_of_two(bits as f64, scale))
}

/// Multiplies by 2^n in steps that do not overflow on the way.
fn scale_by_power_of_two(mut v: f64, mut n: i32) -> f64 {
    while n > 1000 && v.is_finite() && v != 0.0 {
        v *= f64::from_bits((1023 + 1000) << 52);
        n -= 1000;
    }
    while n < -1000 && v != 0.0 {
        v *= f64::from_bits((1023 - 1000) << 52);
        n += 1000;
    }
    v * f64::from_bits(((1023 + n.clamp(-1000, 1000)) as u64) << 52)
}

/// Quotes as Go's `strconv.Quote`: printable characters as they are, others as `\n`, `\x01`, `\u200b`.
pub fn quote(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            c if is_printable(c) => out.push(c),
            c if (c as u32) < 0x80 => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if (c as u32) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
    out
}

/// Tells whether Go's `strconv.IsPrint` holds: letters, marks, numbers, punctuation, symbols and the ASCII space.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    // Rust's own debug escape follows the same Unicode classes, but also escapes marks that extend graphemes.
    let mut escaped = c.escape_debug();
    escaped.len() == 1 || (escaped.next() == Some('\\') && is_grapheme_extend(c))
}

/// Combining marks, which Go prints.
fn is_grapheme_extend(c: char) -> bool {
    matches!(c as u32, 0x300..=0x36f | 0x483..=0x489 | 0x591..=0x5c7 | 0x610..=0x61a | 0x64b..=0x65f | 0x900..=0xdff | 0xe31..=0xe4e | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20f0 | 0x302a..=0x302f | 0x3099..=0x309a | 0xfe00..=0xfe0f | 0xfe20..=0xfe2f)
}

#[cfg(test)]
mod tests;
