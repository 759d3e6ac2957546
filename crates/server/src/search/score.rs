//! How well a text fits what was typed: 1 for a perfect fit, 0 for none.
//!
//! The numbers are Prometheus's to the last bit, so the order of operations matters. Source: Prometheus 3.14 `util/strutil` and
//! `web/api/v1/search_filters.go`.

/// Non-exact subsequence matches stay visibly below an exact one.
const NOT_EXACT: f64 = 0.999;
/// How much a common beginning adds to a Jaro similarity, per character of it.
const PREFIX_WEIGHT: f64 = 0.1;
/// Characters of a common beginning that count.
const PREFIX_MAX: usize = 4;

/// `typed` stands in `text` as it is: earlier places score higher. `None` if it does not.
pub fn substring(typed: &str, text: &str) -> Option<f64> {
    let at = text.find(typed)?;
    if at == 0 {
        return Some(1.0);
    }
    let place = text[..at].chars().count();
    let last = text.chars().count() - typed.chars().count();
    Some(1.0 - 0.9 * place as f64 / last as f64)
}

/// The characters of `typed` stand in `text` in this order: long runs score high, gaps cost. 0 if they do not.
pub fn subsequence(typed: &str, text: &str) -> f64 {
    if typed.is_empty() || typed == text {
        return 1.0;
    }
    if typed.len() > text.len() {
        return 0.0;
    }
    if typed.is_ascii() && text.is_ascii() {
        return best_run(typed.as_bytes(), text.as_bytes());
    }
    let chars = |s: &str| s.chars().collect::<Vec<char>>();
    best_run(&chars(typed), &chars(text))
}

fn best_run<T: Copy + Eq>(typed: &[T], text: &[T]) -> f64 {
    let Some(last_start) = text.len().checked_sub(typed.len()) else { return 0.0 };
    let mut best: f64 = -1.0;
    for start in (0..=last_start).filter(|&i| text[i] == typed[0]) {
        // What does not fit from here fits from nowhere later.
        let Some(score) = runs_from(typed, text, start) else { break };
        if score > best {
            best = score;
        }
    }
    if best < 0.0 { 0.0 } else { best / (typed.len() * typed.len()) as f64 * NOT_EXACT }
}

/// Takes the first place for each character from `start` on: Σ run² − Σ gap ÷ length − trailing ÷ (2 × length).
fn runs_from<T: Copy + Eq>(typed: &[T], text: &[T], start: usize) -> Option<f64> {
    let per_character = 1.0 / text.len() as f64;
    let (mut score, mut next, mut done) = (0.0, start, 0);
    let mut gap_from = 0;
    while done < typed.len() {
        let from = next + text[next..].iter().position(|c| *c == typed[done])?;
        let run = text[from..].iter().zip(&typed[done..]).take_while(|(a, b)| a == b).count();
        let gap = from - gap_from;
        if gap > 0 {
            score -= gap as f64 * per_character;
        }
        score += (run * run) as f64;
        done += run;
        next = from + run;
        gap_from = next;
    }
    let trailing = text.len() - next;
    if trailing > 0 {
        score -= trailing as f64 * per_character * 0.5;
    }
    Some(score)
}

/// Jaro-Winkler similarity.
pub fn jaro_winkler(typed: &str, text: &str) -> f64 {
    if typed == text {
        return 1.0;
    }
    if typed.is_empty() || text.is_empty() {
        return 0.0;
    }
    if typed.is_ascii() && text.is_ascii() {
        return similarity(typed.as_bytes(), text.as_bytes());
    }
    let chars = |s: &str| s.chars().collect::<Vec<char>>();
    similarity(&chars(typed), &chars(text))
}

fn similarity<T: Copy + Eq>(a: &[T], b: &[T]) -> f64 {
    let (short, long) = if a.len() > b.len() { (b, a) } else { (a, b) };
    let distance = (long.len() / 2).saturating_sub(1);
    let mut taken = vec![false; long.len()];
    let mut matched = Vec::with_capacity(short.len());
    for (i, c) in short.iter().enumerate() {
        let near = i.saturating_sub(distance)..(i + distance + 1).min(long.len());
        if let Some(j) = near.into_iter().find(|&j| !taken[j] && long[j] == *c) {
            taken[j] = true;
            matched.push(*c);
        }
    }
    if matched.is_empty() {
        return 0.0;
    }
    let in_long = long.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(c, _)| c);
    let out_of_place = matched.iter().zip(in_long).filter(|(a, b)| a != b).count() as f64;
    let matches = matched.len() as f64;
    let (per_short, per_long) = (1.0 / short.len() as f64, 1.0 / long.len() as f64);
    let jaro = (matches * per_short + matches * per_long + (matches - out_of_place * 0.5) / matches) / 3.0;
    let prefix = short.iter().zip(long).take(PREFIX_MAX).take_while(|(a, b)| a == b).count();
    jaro + prefix as f64 * PREFIX_WEIGHT * (1.0 - jaro)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn substrings_score_by_their_place() {
        for (typed, text, want) in [
            ("go", "go_goroutines", Some(1.0)),
            ("", "x", Some(1.0)),
            ("abc", "xyzabc", Some(1.0 - 0.9)),
            ("b", "abcde", Some(1.0 - 0.9 * 1.0 / 4.0)),
            ("é", "aébcd", Some(1.0 - 0.9 * 1.0 / 4.0)),
            ("x", "abc", None),
        ] {
            assert_eq!(substring(typed, text), want, "{typed} in {text}");
        }
    }

    #[test]
    fn subsequences_like_runs_and_dislike_gaps() {
        let exactly = |raw: f64, typed: usize| raw / (typed * typed) as f64 * NOT_EXACT;
        for (typed, text, want) in [
            ("", "x", 1.0),
            ("abc", "abc", 1.0),
            ("abc", "ab", 0.0),
            ("x", "", 0.0),
            ("ba", "ab", 0.0),
            ("é", "e", 0.0),
            // A run of three and two characters after it.
            ("abc", "abcxx", exactly(9.0 - 2.0 * (1.0 / 5.0) * 0.5, 3)),
            // A run of two, a gap of one, a run of one.
            ("abc", "abxc", exactly(4.0 - 1.0 * (1.0 / 4.0) + 1.0, 3)),
            // One before, found at the second of two starts.
            ("ab", "a_ab", exactly(-2.0 * (1.0 / 4.0) + 4.0, 2)),
            // Gaps outweigh the only character.
            ("a", "xxxxxxxxxa", exactly(-9.0 * (1.0 / 10.0) + 1.0, 1)),
            ("é", "xé", exactly(1.0 - 1.0 / 2.0, 1)),
        ] {
            assert_eq!(subsequence(typed, text).to_bits(), want.to_bits(), "{typed} in {text}");
        }
    }

    #[test]
    fn jaro_winkler_of_the_textbook() {
        for (a, b, want) in [
            ("martha", "marhta", 0.9611),
            ("dixon", "dicksonx", 0.8133),
            ("dwayne", "duane", 0.84),
            ("crate", "trace", 0.7333),
            ("abc", "xyz", 0.0),
            ("", "a", 0.0),
            ("same", "same", 1.0),
            ("añb", "anb", 0.8),
        ] {
            let got = jaro_winkler(a, b);
            assert!((got - want).abs() < 5e-5, "{a} {b}: {got}");
            assert_eq!(got.to_bits(), jaro_winkler(b, a).to_bits(), "either way");
        }
    }

    #[test]
    fn all_scores_lie_between_none_and_perfect() {
        let words =
            ["", "a", "up", "node_cpu_seconds_total", "ñandú_µ", "aaaaaaaa", "go_gc_duration_seconds"];
        for typed in words {
            for text in words {
                for score in [
                    subsequence(typed, text),
                    jaro_winkler(typed, text),
                    substring(typed, text).unwrap_or(0.0),
                ] {
                    assert!((0.0..=1.0).contains(&score), "{typed} {text}: {score}");
                }
            }
        }
    }
}
