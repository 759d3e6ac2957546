//! Intervals, steps, and the variables in queries that come from them.

/// Longest interval that means anything: ten years.
pub const INTERVAL_MS_MAX: i64 = 10 * 366 * 24 * 3_600_000;
/// Most steps of a query over a range.
pub const STEPS_MAX: i64 = 11_000;
/// Points that a panel has room for if it does not say.
const POINTS_DEFAULT: i64 = 1_000;

/// Reads an interval: `15s`, `1m`, `500ms`, `1h`, `2d`; in milliseconds. Empty and unreadable texts have none.
pub fn parse_ms(text: &str) -> Option<i64> {
    let text = text.trim().trim_start_matches('>').trim();
    model::duration::parse(text)
        .ok()
        .and_then(|d| i64::try_from(d.as_millis()).ok())
        .filter(|ms| (1..=INTERVAL_MS_MAX).contains(ms))
}

/// Writes an interval: whole seconds as such, others in milliseconds.
pub fn text(ms: i64) -> String {
    if ms % 1000 == 0 { format!("{}s", ms / 1000) } else { format!("{ms}ms") }
}

/// The step of a query over its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The first millisecond.
    pub from_ms: i64,
    /// The last millisecond.
    pub to_ms: i64,
    /// The step in milliseconds, at least 1.
    pub ms: i64,
}

/// The step that a panel has room for, but not less than `least_ms`, and never more than [`STEPS_MAX`] steps.
pub fn step((from_ms, to_ms): (i64, i64), room_ms: Option<f64>, points: Option<f64>, least_ms: i64) -> Step {
    let range = to_ms.saturating_sub(from_ms).max(1);
    let points = points.map_or(POINTS_DEFAULT, |p| (p as i64).max(1));
    let room = room_ms.map_or(range / points, |ms| ms as i64);
    let bounded = range / STEPS_MAX + 1;
    let step = room.max(least_ms).clamp(1, INTERVAL_MS_MAX);
    // A step that would make too many points is rounded up to whole seconds.
    let ms = if step >= bounded { step } else { (bounded + 999) / 1000 * 1000 };
    Step { from_ms, to_ms, ms }
}

impl Step {
    /// Fills `$__interval`, `$__range` and their relatives into a text, in both of their spellings.
    pub fn fill(&self, text: &str) -> String {
        if !text.contains("$__") && !text.contains("${__") {
            return text.to_owned();
        }
        let range_ms = self.to_ms.saturating_sub(self.from_ms).max(0);
        let range_s = (range_ms as f64 / 1000.0).round() as i64;
        // Longer names first: `$__range` begins `$__range_s`.
        let variables = [
            ("interval_ms", self.ms.to_string()),
            ("interval", self::text(self.ms)),
            ("auto", self::text(self.ms)),
            ("range_ms", range_ms.to_string()),
            ("range_s", range_s.to_string()),
            ("range", format!("{range_s}s")),
        ];
        let mut filled = text.to_owned();
        for (name, value) in variables {
            filled = filled.replace(&format!("${{__{name}}}"), &value).replace(&format!("$__{name}"), &value);
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_fit_the_panel_and_the_bound() {
        let hour = 3_600_000;
        let cases = [
            (hour, Some(30_000.0), None, 1_000, 30_000),
            (hour, Some(100.0), None, 15_000, 15_000),
            (hour, None, Some(60.0), 1, 60_000),
            (24 * hour, Some(1.0), None, 1, 8_000),
            (0, None, None, 1, 1),
            (hour, Some(f64::NAN), Some(f64::INFINITY), 5, 1_000),
        ];
        for (range, room, points, least, want) in cases {
            assert_eq!(step((0, range), room, points, least).ms, want, "{range} {room:?} {points:?}");
        }
        assert!(step((i64::MIN, i64::MAX), None, None, 1).ms >= 1, "no overflow");
    }

    #[test]
    fn variables_are_filled_in_both_spellings() {
        let step = Step { from_ms: 0, to_ms: 3_600_000, ms: 1_500 };
        let cases = [
            ("[$__interval]", "[1500ms]"),
            ("${__interval_ms} $__range_s ${__range} $__range_ms", "1500 3600 3600s 3600000"),
            ("$__auto $other ${__nothing}", "1500ms $other ${__nothing}"),
        ];
        for (text, want) in cases {
            assert_eq!(step.fill(text), want);
        }
        assert_eq!(text(60_000), "60s");
        assert_eq!(parse_ms(">5m"), Some(300_000));
        assert_eq!(parse_ms("soon"), None);
    }
}
