//! What was decided about alerts, for whoever wants to know why somebody was told or not.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::alert::Alert;
use crate::fingerprint::Fingerprint;
use crate::nflog::{IntegrationKey, Reason};

/// One decision about one or more alerts of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// The group; `None` for what happens before an alert is in one.
    pub group_key: Option<Arc<str>>,
    /// The alerts; never empty.
    pub alerts: Vec<Arc<Alert>>,
    /// What was decided.
    pub what: What,
}

/// How a message arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// How many tries it took; 0 if nobody counted.
    pub attempts: u32,
    /// What the receiver answered: status and the beginning of the text.
    pub answer: String,
}

/// What can be decided about alerts.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// It was reported to fire, for the first time or again after it was over.
    Received,
    /// It was reported to be over.
    Resolved,
    /// Its end came without another report. The time of the decision is its end, although it is seen later.
    TimedOut,
    /// It was dropped: there are too many of its name.
    Refused {
        /// The bound.
        limit: usize,
    },
    /// It waits in a group of a receiver.
    Grouped {
        /// Who will be told.
        receiver: String,
        /// When the group is looked at next.
        due: Timestamp,
    },
    /// It was left out: another inhibits it.
    Inhibited {
        /// The alert that inhibits.
        by: Fingerprint,
        /// The rule's name.
        rule: String,
    },
    /// It was left out: it is silenced.
    Silenced {
        /// The silences.
        by: Vec<String>,
    },
    /// The whole group was left out: its route is muted, or not active.
    Muted {
        /// The intervals that mute, or all that would make it active.
        by: Vec<String>,
    },
    /// An integration knows all of this already.
    Known {
        /// The integration.
        integration: IntegrationKey,
        /// The peer that told it, if it was not we.
        told_by: Option<Arc<str>>,
    },
    /// Nothing changed, and it is not repeated because somebody cares for all of it.
    Held {
        /// The integration.
        integration: IntegrationKey,
        /// The acknowledgements.
        by: Vec<String>,
    },
    /// Nobody answered for so long that another receiver is told too.
    Escalated {
        /// Who is told.
        receiver: String,
        /// After how long.
        after: SignedDuration,
    },
    /// A message was handed out to be sent.
    Begun {
        /// The integration.
        integration: IntegrationKey,
        /// Why.
        reason: Reason,
    },
    /// A try failed; another follows.
    Retried {
        /// The integration.
        integration: IntegrationKey,
        /// Which try it was, counted from 1.
        attempt: u32,
        /// The failure, with what the receiver answered.
        error: String,
    },
    /// A message arrived.
    Sent {
        /// The integration.
        integration: IntegrationKey,
        /// Why it was sent.
        reason: Reason,
        /// How.
        receipt: Receipt,
    },
    /// A message did not arrive.
    Failed {
        /// The integration.
        integration: IntegrationKey,
        /// Why it was sent.
        reason: Reason,
        /// The failure.
        error: String,
    },
    /// Somebody cares for it.
    Acknowledged {
        /// The acknowledgement.
        id: String,
        /// Who.
        owner: String,
        /// What they said.
        note: String,
    },
    /// A silence or acknowledgement that holds until its alerts are over has ended.
    SilenceEnded {
        /// The silence.
        id: String,
    },
}
