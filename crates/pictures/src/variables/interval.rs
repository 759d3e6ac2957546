//! Steps of queries and durations as people write them.

const UNITS_MS: [(&str, f64); 8] = [
    ("ms", 1.0),
    ("s", 1000.0),
    ("m", 60_000.0),
    ("h", 3_600_000.0),
    ("d", 86_400_000.0),
    ("w", 604_800_000.0),
    ("M", 2_592_000_000.0),
    ("y", 31_536_000_000.0),
];

/// Milliseconds of `15s`, `1h30m` or `250ms`; nothing for anything else.
pub fn parse(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let amount: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, size) = UNITS_MS.iter().find(|(unit, _)| rest.starts_with(unit))?;
        total += amount * size;
        rest = &rest[unit.len()..];
    }
    total.is_finite().then_some(total)
}

/// The shortest text of a duration in one unit: 90 000 ms is `90s`, 120 000 ms is `2m`.
pub fn format(ms: f64) -> String {
    for (unit, size) in [("d", 86_400_000.0), ("h", 3_600_000.0), ("m", 60_000.0), ("s", 1000.0)] {
        if ms >= size && ms % size == 0.0 {
            return format!("{}{unit}", ms / size);
        }
    }
    format!("{}ms", ms.round().max(1.0))
}

/// Steps that people expect, each with the raw interval below which it stands, in milliseconds.
const ROUND: [(f64, f64); 29] = [
    (10.0, 1.0),
    (15.0, 10.0),
    (35.0, 20.0),
    (75.0, 50.0),
    (150.0, 100.0),
    (350.0, 200.0),
    (750.0, 500.0),
    (1500.0, 1000.0),
    (3500.0, 2000.0),
    (7500.0, 5000.0),
    (12_500.0, 10_000.0),
    (17_500.0, 15_000.0),
    (25_000.0, 20_000.0),
    (45_000.0, 30_000.0),
    (90_000.0, 60_000.0),
    (210_000.0, 120_000.0),
    (450_000.0, 300_000.0),
    (750_000.0, 600_000.0),
    (1_050_000.0, 900_000.0),
    (1_500_000.0, 1_200_000.0),
    (2_700_000.0, 1_800_000.0),
    (5_400_000.0, 3_600_000.0),
    (9_000_000.0, 7_200_000.0),
    (16_200_000.0, 10_800_000.0),
    (32_400_000.0, 21_600_000.0),
    (86_400_000.0, 43_200_000.0),
    (604_800_000.0, 86_400_000.0),
    (1_814_400_000.0, 604_800_000.0),
    (3_628_800_000.0, 2_592_000_000.0),
];

/// A round step near a raw interval.
pub fn round(ms: f64) -> f64 {
    ROUND.iter().find(|(limit, _)| ms < *limit).map_or(31_536_000_000.0, |(_, step)| *step)
}

/// The step for so many points over a span, at least `least`.
pub fn of(span_ms: f64, points: f64, least: f64) -> f64 {
    round(span_ms / points.max(1.0)).max(least).max(1.0)
}

/// The step of a query: never more than 11 000 points.
pub fn safe(span_ms: f64, step_ms: f64, least: f64) -> f64 {
    let floor = span_ms / 11_000.0;
    let safe = if floor > 1000.0 { (floor / 1000.0).ceil() * 1000.0 } else { floor };
    step_ms.max(safe).max(least).max(1.0).ceil()
}

/// `$__rate_interval`: wide enough that a `rate()` sees at least four scrapes.
pub fn rate(step_ms: f64, scrape_ms: f64) -> f64 {
    (step_ms + scrape_ms).max(4.0 * scrape_ms)
}
