use jiff::SignedDuration;
use jiff::tz::TimeZone;
use model::Labels;

use super::*;
use crate::fingerprint::Fingerprint;
use crate::ledger::Named;
use crate::ledger::sentence::Language;
use crate::manager::Receipt;
use crate::nflog::Reason;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn key(receiver: &str) -> IntegrationKey {
    IntegrationKey { receiver: receiver.to_owned(), integration: "webhook".to_owned(), index: 0 }
}

/// Entries a second apart, in the group of a receiver.
fn entries(whats: Vec<(&str, What)>) -> Vec<Entry> {
    let entry = |(i, (group, what)): (usize, (&str, What))| Entry {
        at: at(i as i64),
        group_key: (!group.is_empty()).then(|| Arc::from(group)),
        alerts: vec![Named { fingerprint: Fingerprint(1), labels: Labels::empty() }],
        event: Event::Decided(what),
    };
    whats.into_iter().enumerate().map(entry).collect()
}

fn style(language: Language) -> Style {
    Style { language, zone: TimeZone::UTC }
}

fn grouped(receiver: &str) -> What {
    What::Grouped { receiver: receiver.to_owned(), due: at(30) }
}

fn sent(receiver: &str) -> What {
    What::Sent { integration: key(receiver), reason: Reason::First, receipt: Receipt::default() }
}

fn over() -> What {
    What::Sent { integration: key("ops"), reason: Reason::AllResolved, receipt: Receipt::default() }
}

fn begun(receiver: &str) -> What {
    What::Begun { integration: key(receiver), reason: Reason::First }
}

fn silenced() -> What {
    What::Silenced { by: vec!["s1".to_owned()] }
}

fn failed() -> What {
    What::Failed { integration: key("ops"), reason: Reason::First, error: "503".to_owned() }
}

fn known() -> What {
    What::Known { integration: key("ops"), told_by: None }
}

fn inhibited() -> What {
    What::Inhibited { by: Fingerprint(2), rule: "down".to_owned() }
}

#[test]
fn the_verdict_follows_from_what_happened_since_it_began() {
    use Verdict as V;
    let begin = || ("", What::Received);
    for (whats, expected) in [
        (vec![], V::Unknown),
        (vec![begin(), ("g", grouped("ops"))], V::Waiting),
        (vec![begin(), ("g", grouped("ops")), ("", What::Resolved)], V::Resolved),
        (vec![begin(), ("g", grouped("ops")), ("g", begun("ops"))], V::Begun),
        (vec![begin(), ("g", grouped("ops")), ("g", begun("ops")), ("g", sent("ops"))], V::Sent),
        (vec![begin(), ("g", begun("ops")), ("g", failed())], V::Failed),
        (
            vec![begin(), ("g", begun("ops")), ("g", failed()), ("g", begun("ops")), ("g", sent("ops"))],
            V::Sent,
        ),
        (vec![begin(), ("g", grouped("ops")), ("g", silenced())], V::Silenced),
        (vec![begin(), ("g", grouped("ops")), ("g", inhibited())], V::Inhibited),
        (vec![begin(), ("g", grouped("ops")), ("g", What::Muted { by: vec!["n".to_owned()] })], V::Muted),
        (vec![begin(), ("g", sent("ops")), ("g", known())], V::Sent),
        (vec![begin(), ("g", known())], V::Known),
        (vec![begin(), ("g", What::Held { integration: key("ops"), by: vec![] })], V::Held),
        (vec![("", What::Refused { limit: 5 })], V::Refused),
        // Of an earlier life nothing counts.
        (vec![begin(), ("g", sent("ops")), ("", What::Resolved), begin(), ("g", silenced())], V::Silenced),
        // A restart is no new life.
        (vec![begin(), ("g", sent("ops")), begin(), ("g", grouped("ops")), ("g", known())], V::Sent),
        (vec![begin(), ("g", sent("ops")), ("g", over()), begin(), ("g", known())], V::Known),
        // One of two receivers was told.
        (vec![begin(), ("g", silenced()), ("h", sent("dev"))], V::Sent),
    ] {
        let answer = why(&entries(whats.clone()), None, &style(Language::English));
        assert_eq!(answer.verdict, expected, "{whats:?}: {}", answer.text);
    }
}

#[test]
fn paragraphs_read_well_in_both_languages() {
    let story = entries(vec![("", What::Received), ("g", grouped("ops")), ("g", silenced())]);
    let live = Live {
        fires: true,
        looks: vec![("ops".to_owned(), at(300))],
        silences: vec![("s1".to_owned(), "kim".to_owned(), "deploy".to_owned(), at(3600))],
    };
    let english = why(&story, Some(&live), &style(Language::English));
    assert_eq!(
        english.text,
        "It began to fire at 2023-11-14 22:13:20 UTC. 2023-11-14 22:13:22 UTC: It was left out: silence s1 silences it. \
         Silence s1 by kim (deploy) holds until 2023-11-14 23:13:20 UTC. The group of ops is looked at next at 2023-11-14 22:18:20 UTC."
    );
    assert_eq!(english.next, Some(at(300)));
    let korean = why(
        &story,
        Some(&live),
        &Style { language: Language::Korean, zone: TimeZone::get("Asia/Seoul").unwrap() },
    );
    assert!(korean.text.starts_with("2023-11-15 07:13:20 KST에 발생했습니다."), "{}", korean.text);
    assert!(korean.text.contains("침묵 s1(으)로 제외되었습니다."), "{}", korean.text);
}

#[test]
fn each_receiver_has_its_line() {
    let story = entries(vec![
        ("", What::Received),
        ("g", sent("ops")),
        ("g", What::Escalated { receiver: "boss".to_owned(), after: SignedDuration::from_mins(15) }),
        ("g", begun("boss")),
        ("h", silenced()),
    ]);
    let answer = why(&story, None, &style(Language::English));
    let lines: Vec<(&str, Verdict)> =
        answer.receivers.iter().map(|t| (t.receiver.as_str(), t.verdict)).collect();
    assert_eq!(lines, [("boss", Verdict::Begun), ("ops", Verdict::Sent), ("", Verdict::Silenced)]);
    assert!(answer.text.contains("Its outcome is not known."), "{}", answer.text);
}
