//! Why somebody was told of an alert, or not: the conclusion from what the ledger holds of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::entry::{Entry, Event};
use super::sentence::Style;
use crate::manager::What;
use crate::nflog::{IntegrationKey, Reason};

/// What became of an alert. Ordered: of several receivers the greatest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing is known.
    Unknown,
    /// It was over before its group was looked at.
    Resolved,
    /// Its group was not looked at yet.
    Waiting,
    /// Dropped because of a bound.
    Refused,
    /// Its route is quiet.
    Muted,
    /// Another alert inhibits it.
    Inhibited,
    /// It is silenced.
    Silenced,
    /// Somebody cares for it, so it is not told.
    Held,
    /// The receiver knew already.
    Known,
    /// Telling was tried and failed.
    Failed,
    /// A message was begun, and its end is not known.
    Begun,
    /// Somebody was told.
    Sent,
}

impl Verdict {
    /// Returns the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Unknown => "unknown",
            Verdict::Resolved => "resolved",
            Verdict::Waiting => "waiting",
            Verdict::Refused => "refused",
            Verdict::Muted => "muted",
            Verdict::Inhibited => "inhibited",
            Verdict::Silenced => "silenced",
            Verdict::Held => "held",
            Verdict::Known => "known",
            Verdict::Failed => "failed",
            Verdict::Begun => "begun",
            Verdict::Sent => "sent",
        }
    }
}

/// What one receiver was told, or why not.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Who.
    pub receiver: String,
    /// How; empty while nothing was tried.
    pub integration: String,
    /// What came of it.
    pub verdict: Verdict,
    /// When that was found.
    pub at: Timestamp,
    /// A sentence.
    pub text: String,
}

/// What is known right now, beside the ledger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Live {
    /// Whether the alert fires.
    pub fires: bool,
    /// When its groups are looked at next, by receiver.
    pub looks: Vec<(String, Timestamp)>,
    /// Silences that hold: name, author, comment, end.
    pub silences: Vec<(String, String, String, Timestamp)>,
}

/// The answer for one alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What became of it on the whole.
    pub verdict: Verdict,
    /// The paragraph.
    pub text: String,
    /// When somebody may be told next, if that is known.
    pub next: Option<Timestamp>,
    /// By receiver.
    pub receivers: Vec<Told>,
}

type Key = Option<Arc<str>>;

/// Where the story of a group stands.
#[derive(Default)]
struct InGroup<'a> {
    /// Who is told.
    receiver: Option<&'a str>,
    /// What keeps it quiet.
    quiet: Option<&'a Entry>,
    /// By integration: the entry that counts.
    told: BTreeMap<&'a IntegrationKey, (&'a Entry, Verdict)>,
}

/// Where the story of an alert stands.
#[derive(Default)]
struct Story<'a> {
    groups: BTreeMap<Key, InGroup<'a>>,
    begun: Option<&'a Entry>,
    over: Option<&'a Entry>,
    refused: Option<&'a Entry>,
    acknowledged: Option<&'a Entry>,
}

/// Draws the conclusion from the entries of one alert, oldest first, as of the last of them. `live` is what is known now, if the
/// question is about now.
pub fn why(entries: &[Entry], live: Option<&Live>, style: &Style) -> Answer {
    let begin = life_begins(entries);
    let story = read(entries.get(begin..).unwrap_or_default());
    let mut receivers: Vec<Told> = Vec::new();
    for (key, (entry, verdict)) in story.groups.values().flat_map(|group| &group.told) {
        receivers.push(Told {
            receiver: key.receiver.clone(),
            integration: format!("{}[{}]", key.integration, key.index),
            verdict: *verdict,
            at: entry.at,
            text: style.sentence(entry),
        });
    }
    for InGroup { receiver, quiet, told } in story.groups.values() {
        let (verdict, entry) = match quiet {
            Some(entry) => (quiet_verdict(entry), Some(*entry)),
            None if !told.is_empty() => continue,
            None if story.over.is_some() => (Verdict::Resolved, story.over),
            None => (Verdict::Waiting, story.begun),
        };
        let Some(entry) = entry else { continue };
        let text = match verdict {
            Verdict::Resolved => style.pick(
                "It was over before its group was looked at, so nobody was told.".to_owned(),
                "그룹을 확인하기 전에 해소되어 아무에게도 알리지 않았습니다.".to_owned(),
            ),
            Verdict::Waiting => style.pick(
                "Its group was not looked at yet.".to_owned(),
                "그룹을 아직 확인하지 않았습니다.".to_owned(),
            ),
            _quiet => style.sentence(entry),
        };
        let receiver = receiver.unwrap_or_default().to_owned();
        receivers.push(Told { receiver, integration: String::new(), verdict, at: entry.at, text });
    }
    let refused = story.refused.map(|_| Verdict::Refused);
    let verdict = receivers.iter().map(|told| told.verdict).chain(refused).max().unwrap_or(Verdict::Unknown);
    let next = live.filter(|live| live.fires).and_then(|live| live.looks.iter().map(|(_, at)| *at).min());
    let text = paragraph(&story, &receivers, verdict, live, style);
    Answer { verdict, text, next, receivers }
}

/// Returns where the last life of an alert begins. That it was received again is no new life unless it was over before: after a restart
/// all alerts are received again.
fn life_begins(entries: &[Entry]) -> usize {
    let received = |e: &Entry| matches!(e.event, Event::Decided(What::Received));
    let over = |e: &Entry| {
        matches!(
            e.event,
            Event::Decided(What::Resolved | What::TimedOut | What::Sent { reason: Reason::AllResolved, .. })
        )
    };
    let Some(last) = entries.iter().rposition(received) else { return 0 };
    let before = entries.get(..last).unwrap_or_default();
    let from = before.iter().rposition(over).map_or(0, |at| at + 1);
    entries.iter().skip(from).position(received).map_or(0, |at| from + at)
}

fn quiet_verdict(entry: &Entry) -> Verdict {
    match &entry.event {
        Event::Decided(What::Inhibited { .. }) => Verdict::Inhibited,
        Event::Decided(What::Silenced { .. }) => Verdict::Silenced,
        Event::Decided(What::Muted { .. }) => Verdict::Muted,
        Event::Decided(_) | Event::Rule { .. } => Verdict::Unknown,
    }
}

fn read(entries: &[Entry]) -> Story<'_> {
    let mut story = Story::default();
    for entry in entries {
        let Event::Decided(what) = &entry.event else { continue };
        let key = || entry.group_key.clone();
        let mut told = |integration, verdict| {
            let group = story.groups.entry(key()).or_default();
            let known = group.told.entry(integration).or_insert((entry, verdict));
            // That a receiver still knows is no news beside that it was told; a failure is, until the next message.
            if !(verdict == Verdict::Known && matches!(known.1, Verdict::Sent | Verdict::Held)) {
                *known = (entry, verdict);
            }
            group.quiet = None;
        };
        match what {
            What::Received => story.begun = story.begun.or(Some(entry)),
            What::Resolved | What::TimedOut => story.over = Some(entry),
            What::Refused { .. } => story.refused = Some(entry),
            What::Grouped { receiver, .. } => {
                story.groups.entry(key()).or_default().receiver = Some(receiver);
                story.begun = story.begun.or(Some(entry));
            }
            What::Inhibited { .. } | What::Silenced { .. } | What::Muted { .. } => {
                story.groups.entry(key()).or_default().quiet = Some(entry);
            }
            What::Known { integration, .. } => told(integration, Verdict::Known),
            What::Held { integration, .. } => told(integration, Verdict::Held),
            What::Begun { integration, .. } => told(integration, Verdict::Begun),
            What::Sent { integration, .. } => told(integration, Verdict::Sent),
            What::Failed { integration, .. } => told(integration, Verdict::Failed),
            What::Acknowledged { .. } => story.acknowledged = Some(entry),
            // A try that failed is followed by another, or by the end.
            What::Escalated { .. } | What::Retried { .. } | What::SilenceEnded { .. } => {}
        }
    }
    story
}

fn paragraph(
    story: &Story<'_>,
    receivers: &[Told],
    verdict: Verdict,
    live: Option<&Live>,
    style: &Style,
) -> String {
    let mut parts = Vec::new();
    if let Some(begun) = story.begun {
        let at = style.time(begun.at);
        parts.push(style.pick(format!("It began to fire at {at}."), format!("{at}에 발생했습니다.")));
    }
    parts.extend(story.refused.map(|entry| style.sentence(entry)));
    let mut told: Vec<&Told> = receivers.iter().collect();
    told.sort_by_key(|told| told.at);
    for told in told {
        parts.push(match told.verdict {
            Verdict::Resolved | Verdict::Waiting => told.text.clone(),
            Verdict::Begun => style.pick(
                format!("{}: {} Its outcome is not known.", style.time(told.at), told.text),
                format!("{}: {} 결과는 알 수 없습니다.", style.time(told.at), told.text),
            ),
            _other => format!("{}: {}", style.time(told.at), told.text),
        });
    }
    parts.extend(story.acknowledged.map(|entry| style.sentence(entry)));
    if let Some(over) = story.over.filter(|_| verdict != Verdict::Resolved) {
        let at = style.time(over.at);
        parts.push(style.pick(format!("It was over at {at}."), format!("{at}에 해소되었습니다.")));
    }
    if verdict == Verdict::Unknown {
        parts.push(style.pick(
            "The ledger knows nothing of it at this time.".to_owned(),
            "이 시각에 대한 기록이 없습니다.".to_owned(),
        ));
    }
    if let Some(live) = live.filter(|live| live.fires) {
        for (id, owner, comment, until) in &live.silences {
            let until = style.time(*until);
            parts.push(style.pick(
                format!("Silence {id} by {owner} ({comment}) holds until {until}."),
                format!("{owner}의 침묵 {id}({comment})이(가) {until}까지 유효합니다."),
            ));
        }
        for (receiver, at) in &live.looks {
            let at = style.time(*at);
            parts.push(style.pick(
                format!("The group of {receiver} is looked at next at {at}."),
                format!("{receiver} 그룹의 다음 확인은 {at}입니다."),
            ));
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests;
