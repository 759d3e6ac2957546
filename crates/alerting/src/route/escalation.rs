//! Escalation: who is told besides if nobody answers.
//!
//! A route says it in a label, so that the file stays one that Alertmanager 0.34 loads:
//! `labels: {bongsu_escalate: '15m lead, 1h boss'}`. Routes below inherit it; an empty text ends that.

use jiff::SignedDuration;

/// The route label that holds the steps.
pub const LABEL: &str = "bongsu_escalate";
/// Most steps of a route.
const STEPS_MAX: usize = 16;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How long alerts may stay without an answer: neither acknowledged nor over.
    pub after: SignedDuration,
    /// Who is told then.
    pub receiver: String,
}

/// Reads steps: `15m lead, 1h boss`. They come sorted by time.
///
/// # Errors
/// What is wrong, with the part that is.
pub fn parse(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let Some((after, receiver)) = part.split_once(char::is_whitespace) else {
            return Err(format!(
                "{LABEL}: {part:?} needs a duration and a receiver, such as \"15m team-lead\""
            ));
        };
        let after = model::duration::parse(after)
            .ok()
            .and_then(|d| SignedDuration::try_from(d).ok())
            .filter(|d| d.is_positive())
            .ok_or_else(|| format!("{LABEL}: {after:?} is not a duration such as 15m"))?;
        steps.push(Step { after, receiver: receiver.trim().to_owned() });
    }
    if steps.len() > STEPS_MAX {
        return Err(format!("{LABEL}: {} steps are more than {STEPS_MAX}", steps.len()));
    }
    steps.sort_by_key(|step| step.after);
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_sorted() {
        let show = |text: &str| {
            parse(text).map(|steps| {
                steps.iter().map(|s| format!("{}={}", s.after.as_secs(), s.receiver)).collect::<Vec<_>>()
            })
        };
        for (text, expected) in [
            ("", Ok(vec![])),
            ("15m lead", Ok(vec!["900=lead"])),
            (" 1h  the boss ,15m lead,", Ok(vec!["900=lead", "3600=the boss"])),
            ("15m", Err("needs a duration and a receiver")),
            ("soon lead", Err("\"soon\" is not a duration")),
            ("0s lead", Err("\"0s\" is not a duration")),
        ] {
            match (show(text), expected) {
                (Ok(steps), Ok(expected)) => assert_eq!(steps, expected, "{text}"),
                (Err(error), Err(part)) => assert!(error.contains(part), "{text}: {error}"),
                (got, expected) => panic!("{text}: {got:?} instead of {expected:?}"),
            }
        }
        assert!(parse(&"1m a,".repeat(17)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9a-z:;,. -]{0,40}|.{0,40}") {
            parse(&text).ok();
        }
    }
}
