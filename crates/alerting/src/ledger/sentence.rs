//! What happened, as a sentence for people.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::entry::{Entry, Event};
use crate::manager::{Receipt, What};
use crate::nflog::{IntegrationKey, Reason};

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Korean.
    Korean,
}

impl Language {
    /// Reads `en` or `ko`.
    pub fn from_code(code: &str) -> Option<Language> {
        match code {
            "" | "en" => Some(Language::English),
            "ko" => Some(Language::Korean),
            _unknown => None,
        }
    }
}

/// How sentences are written.
#[derive(Clone, Debug)]
pub struct Style {
    /// In which language.
    pub language: Language,
    /// Whose clock times are shown by.
    pub zone: TimeZone,
}

impl Style {
    /// Prints a time: `2026-11-21 18:03:10 KST`.
    pub fn time(&self, t: Timestamp) -> String {
        t.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
    }

    /// Picks one of two texts.
    pub fn pick(&self, english: String, korean: String) -> String {
        match self.language {
            Language::English => english,
            Language::Korean => korean,
        }
    }

    /// Prints who is told: `ops (webhook)`.
    pub(super) fn integration(&self, key: &IntegrationKey) -> String {
        if key.index == 0 {
            format!("{} ({})", key.receiver, key.integration)
        } else {
            format!("{} ({}[{}])", key.receiver, key.integration, key.index)
        }
    }

    pub(super) fn reason(&self, reason: Reason) -> String {
        let korean = match reason {
            Reason::First => "첫 알림",
            Reason::NewAlerts => "새 경보 추가",
            Reason::SomeResolved => "일부 해소",
            Reason::AllResolved => "모두 해소",
            Reason::Repeat => "반복 주기 경과",
        };
        self.pick(reason.as_str().to_owned(), korean.to_owned())
    }

    /// Says what happened, without when and to which alerts.
    pub fn sentence(&self, entry: &Entry) -> String {
        let what = match &entry.event {
            Event::Rule { rule, state, value } => {
                let value = model::number::format_g(*value);
                let korean = match state.as_str() {
                    "pending" => "대기",
                    "firing" => "발생",
                    "inactive" => "해소",
                    other => other,
                };
                return self.pick(
                    format!("Rule {rule} found it {state} with value {value}."),
                    format!("규칙 {rule}이(가) 값 {value}(으)로 {korean} 상태를 확인했습니다."),
                );
            }
            Event::Decided(what) => what,
        };
        match what {
            What::Received => self.pick("It began to fire.".to_owned(), "경보가 발생했습니다.".to_owned()),
            What::Resolved => {
                self.pick("It was reported to be over.".to_owned(), "경보가 해소되었습니다.".to_owned())
            }
            What::TimedOut => {
                let at = self.time(entry.at);
                self.pick(
                    format!("Nobody reported it any more: it counts as over since {at}."),
                    format!("더 이상 보고되지 않아 {at}부터 해소된 것으로 봅니다."),
                )
            }
            What::Refused { limit } => self.pick(
                format!("It was dropped: there are {limit} alerts of its name already."),
                format!("같은 이름의 경보가 이미 {limit}개라서 버려졌습니다."),
            ),
            What::Grouped { receiver, due } => {
                let due = self.time(*due);
                self.pick(
                    format!("It waits in a group of receiver {receiver}, which is looked at next at {due}."),
                    format!("수신자 {receiver}의 그룹에서 대기합니다. 다음 확인은 {due}입니다."),
                )
            }
            What::Inhibited { by, rule } => {
                let rule = if rule.is_empty() { String::new() } else { format!(" ({rule})") };
                self.pick(
                    format!("It was left out: alert {by} inhibits it{rule}."),
                    format!("경보 {by}이(가) 억제하여 제외되었습니다{rule}."),
                )
            }
            What::Silenced { by } => {
                let by = by.join(", ");
                self.pick(
                    format!("It was left out: silence {by} silences it."),
                    format!("침묵 {by}(으)로 제외되었습니다."),
                )
            }
            What::Muted { by } => {
                let by = by.join(", ");
                self.pick(
                    format!("Its route is quiet at this time ({by})."),
                    format!("이 시간대에는 경로가 알리지 않습니다({by})."),
                )
            }
            What::Known { integration, told_by: None } => {
                let to = self.integration(integration);
                self.pick(
                    format!("{to} knows all of it: nothing was sent."),
                    format!("{to}은(는) 이미 알고 있어 보내지 않았습니다."),
                )
            }
            What::Known { integration, told_by: Some(peer) } => {
                let to = self.integration(integration);
                self.pick(
                    format!("{to} knows all of it from peer {peer}: nothing was sent."),
                    format!("동료 {peer}이(가) {to}에게 이미 알려 보내지 않았습니다."),
                )
            }
            What::Held { integration, by } => {
                let (to, by) = (self.integration(integration), by.join(", "));
                self.pick(
                    format!("{to} was not told: it is acknowledged ({by})."),
                    format!("담당자가 확인하여({by}) {to}에게 보내지 않았습니다."),
                )
            }
            What::Escalated { receiver, after } => {
                let after = model::duration::format_ms(i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
                self.pick(
                    format!("Nobody answered for {after}: {receiver} is told too."),
                    format!("{after} 동안 응답이 없어 {receiver}에게도 알립니다."),
                )
            }
            What::Begun { integration, reason } => {
                let (to, reason) = (self.integration(integration), self.reason(*reason));
                self.pick(
                    format!("A message to {to} was begun: {reason}."),
                    format!("{to}에게 보내기 시작했습니다: {reason}."),
                )
            }
            What::Retried { integration, attempt, error } => {
                let to = self.integration(integration);
                self.pick(
                    format!("Try {attempt} at telling {to} failed and is repeated: {error}."),
                    format!("{to}에게 보내는 {attempt}번째 시도가 실패하여 다시 보냅니다: {error}."),
                )
            }
            What::Sent { integration, reason, receipt } => {
                let (to, reason) = (self.integration(integration), self.reason(*reason));
                let (english, korean) = how(receipt);
                self.pick(
                    format!("{to} was told: {reason}{english}."),
                    format!("{to}에게 알렸습니다: {reason}{korean}."),
                )
            }
            What::Failed { integration, reason, error } => {
                let (to, reason) = (self.integration(integration), self.reason(*reason));
                self.pick(
                    format!("{to} could not be told ({reason}): {error}."),
                    format!("{to}에게 알리지 못했습니다({reason}): {error}."),
                )
            }
            What::Acknowledged { owner, note, .. } => {
                let note = if note.is_empty() { String::new() } else { format!(": {note}") };
                self.pick(
                    format!("{owner} acknowledged it{note}."),
                    format!("{owner}이(가) 확인했습니다{note}."),
                )
            }
            What::SilenceEnded { id } => {
                self.pick(format!("Silence {id} ended with it."), format!("침묵 {id}이(가) 함께 끝났습니다."))
            }
        }
    }
}

/// Says how a message arrived, in both languages: ` (try 2, answer "200 OK")`.
fn how(receipt: &Receipt) -> (String, String) {
    let answer = model::number::quote(&receipt.answer);
    match (receipt.attempts, receipt.answer.as_str()) {
        (0 | 1, "") => (String::new(), String::new()),
        (0 | 1, _) => (format!(" (answer {answer})"), format!("(응답 {answer})")),
        (n, "") => (format!(" (try {n})"), format!("({n}번째 시도)")),
        (n, _) => (format!(" (try {n}, answer {answer})"), format!("({n}번째 시도, 응답 {answer})")),
    }
}
