//! What an answer means.

use super::Answer;
use super::templates::shorten;

/// What became of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It arrived.
    Sent,
    /// It did not; another try may help.
    Retry(FailureKind, String),
    /// It did not, and never will.
    GiveUp(FailureKind, String),
}

/// What kind of failure it was, for the metric's label `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// 4xx, but not the next two.
    Client,
    /// 5xx.
    Server,
    /// 401, 403.
    Authentication,
    /// 429.
    RateLimited,
    /// Shutdown or reload.
    Cancelled,
    /// Time ran out.
    DeadlineExceeded,
    /// Anything else.
    Other,
}

impl FailureKind {
    /// All kinds.
    pub const ALL: [FailureKind; 7] = [
        FailureKind::Client,
        FailureKind::Server,
        FailureKind::Authentication,
        FailureKind::RateLimited,
        FailureKind::Cancelled,
        FailureKind::DeadlineExceeded,
        FailureKind::Other,
    ];

    /// Returns Alertmanager's word.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureKind::Client => "clientError",
            FailureKind::Server => "serverError",
            FailureKind::Authentication => "authError",
            FailureKind::RateLimited => "rateLimited",
            FailureKind::Cancelled => "contextCanceled",
            FailureKind::DeadlineExceeded => "contextDeadlineExceeded",
            FailureKind::Other => "other",
        }
    }

    pub(super) fn of_status(status: u16) -> FailureKind {
        match status {
            401 | 403 => FailureKind::Authentication,
            429 => FailureKind::RateLimited,
            400..500 => FailureKind::Client,
            500..600 => FailureKind::Server,
            _other => FailureKind::Other,
        }
    }
}

/// The longest part of an answer that a message about it shows.
const DETAILS_MAX: usize = 512;
/// The longest part of an answer that is kept of a message that arrived.
const SUMMARY_MAX: usize = 200;

impl Answer<'_> {
    /// Returns the beginning of the body, for messages about it.
    pub(super) fn excerpt(&self) -> String {
        self.body.trim().chars().take(DETAILS_MAX).collect()
    }

    /// Returns status and beginning of the body in a line: `200 OK: {"ok":true}`.
    pub(crate) fn summary(&self) -> String {
        let reason = http::StatusCode::from_u16(self.status).ok().and_then(|s| s.canonical_reason());
        let status = match reason {
            Some(reason) => format!("{} {reason}", self.status),
            None => self.status.to_string(),
        };
        let begin = super::templates::first_bytes(self.body, 8 * SUMMARY_MAX);
        let words = begin.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.is_empty() {
            return status;
        }
        format!("{status}: {}", shorten(&words, SUMMARY_MAX))
    }
}

impl Verdict {
    /// [`Verdict::of_status`] with the answer's body as explanation.
    pub(super) fn of_answer(answer: Answer<'_>, retried: &[u16]) -> Verdict {
        Verdict::of_status(answer.status, answer.body, retried)
    }

    /// Says which channel a failure is about.
    pub(super) fn in_channel(self, channel: &str) -> Verdict {
        let named = |reason: String| format!("channel {}: {reason}", model::number::quote(channel));
        match self {
            Verdict::Sent => Verdict::Sent,
            Verdict::Retry(kind, reason) => Verdict::Retry(kind, named(reason)),
            Verdict::GiveUp(kind, reason) => Verdict::GiveUp(kind, named(reason)),
        }
    }

    /// The usual judgement: 2xx arrived, 5xx and the statuses in `retried` may be tried again, the rest not.
    pub fn of_status(status: u16, body: &str, retried: &[u16]) -> Verdict {
        if status / 100 == 2 {
            return Verdict::Sent;
        }
        let mut message = format!("unexpected status code {status}");
        let details: String = body.trim().chars().take(DETAILS_MAX).collect();
        if !details.is_empty() {
            message = format!("{message}: {details}");
        }
        let kind = FailureKind::of_status(status);
        if status / 100 == 5 || retried.contains(&status) {
            Verdict::Retry(kind, message)
        } else {
            Verdict::GiveUp(kind, message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses() {
        use FailureKind::{Authentication, Client, Other, RateLimited, Server};
        for (status, retried, expected) in [
            (200, &[][..], Verdict::Sent),
            (204, &[], Verdict::Sent),
            (302, &[], Verdict::GiveUp(Other, "unexpected status code 302: why".to_owned())),
            (400, &[], Verdict::GiveUp(Client, "unexpected status code 400: why".to_owned())),
            (403, &[], Verdict::GiveUp(Authentication, "unexpected status code 403: why".to_owned())),
            (429, &[], Verdict::GiveUp(RateLimited, "unexpected status code 429: why".to_owned())),
            (429, &[429], Verdict::Retry(RateLimited, "unexpected status code 429: why".to_owned())),
            (503, &[], Verdict::Retry(Server, "unexpected status code 503: why".to_owned())),
        ] {
            assert_eq!(Verdict::of_status(status, " why\n", retried), expected, "{status}");
        }
        assert_eq!(
            Verdict::of_status(500, "", &[]),
            Verdict::Retry(Server, "unexpected status code 500".to_owned())
        );
    }
}
