//! Lines of start times: `metric@st -1m-1mx3`, each against the time of the sample in the line below.
//!
//! An item is a duration with a sign, alone, repeated (`x3` makes four) or growing (`-1m-1mx3`), or `_` for no start time
//! (`_x3` makes three).

/// Returns metric and start times of a line of start times; `None` for any other line.
pub(super) fn split(line: &str) -> Option<(&str, &str)> {
    let (metric, offsets) = line.split_once(char::is_whitespace)?;
    Some((metric.strip_suffix("@st")?, offsets))
}

/// Reads start times, in milliseconds against their samples.
pub(super) fn parse(text: &str) -> Result<Vec<Option<i64>>, String> {
    let mut starts = Vec::new();
    for item in text.split_whitespace() {
        parse_item(item, &mut starts).map_err(|fault| format!("invalid @st item {item:?}: {fault}"))?;
    }
    Ok(starts)
}

/// The most start times of one item.
const REPEATED_MAX: u64 = 1 << 20;

fn parse_item(item: &str, starts: &mut Vec<Option<i64>>) -> Result<(), String> {
    if item == "_" {
        starts.push(None);
        return Ok(());
    }
    if let Some(count) = item.strip_prefix("_x") {
        let count = repeated(count)?;
        starts.extend((0..count).map(|_| None));
        return Ok(());
    }
    let (first, rest) = duration(item)?;
    let (step, rest) = if rest.starts_with(['+', '-']) { duration(rest)? } else { (0, rest) };
    let more = match rest.strip_prefix('x') {
        Some(count) => repeated(count)?,
        None if rest.is_empty() && step == 0 => 0,
        None => return Err(format!("expected x and a count, found {rest:?}")),
    };
    starts.extend((0..=more as i64).map(|i| Some(first.saturating_add(step.saturating_mul(i)))));
    Ok(())
}

fn repeated(count: &str) -> Result<u64, String> {
    match count.parse() {
        Ok(n) if n <= REPEATED_MAX => Ok(n),
        Ok(_) | Err(_) => Err(format!("the count {count:?} is none up to {REPEATED_MAX}")),
    }
}

/// Takes a duration with or without sign off the front.
fn duration(text: &str) -> Result<(i64, &str), String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.trim_start_matches(|c: char| c.is_ascii_digit());
    // `x` repeats; no unit has one.
    let rest = digits.trim_start_matches(|c: char| c.is_ascii_alphabetic() && c != 'x');
    let written = &unsigned[..unsigned.len() - rest.len()];
    let parsed = model::duration::parse(written).map_err(|e| format!("duration {written:?}: {e}"))?;
    let ms = parsed.as_millis() as i64;
    Ok((if text.starts_with('-') { -ms } else { ms }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items() {
        let cases: [(&str, &[Option<i64>]); 8] = [
            ("_", &[None]),
            ("_x2", &[None, None]),
            ("-1m", &[Some(-60_000)]),
            ("0", &[Some(0)]),
            ("+30s", &[Some(30_000)]),
            ("-1msx2", &[Some(-1); 3]),
            ("-30s-1mx2", &[Some(-30_000), Some(-90_000), Some(-150_000)]),
            ("1ms+2msx1 _ -0s", &[Some(1), Some(3), None, Some(0)]),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).as_deref(), Ok(expected), "{text}");
        }
        for bad in ["x3", "-", "1m-", "1m+1m", "_x", "1mx-1", "1mx99999999999", "1q"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn lines() {
        assert_eq!(split("a{b=\"c\"}@st 1m"), Some(("a{b=\"c\"}", "1m")));
        assert_eq!(split("a{b=\"c\"} 1 2"), None);
        assert_eq!(split("a@st"), None);
    }
}
