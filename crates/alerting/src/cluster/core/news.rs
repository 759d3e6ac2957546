//! News that wait to be sent: a few small ones go in packets, large ones and many go in streams.
//!
//! A packet holds a handful of messages, and each is sent many times; a storm of thousands would need minutes that way, and
//! replicas that wait for one another would have stopped waiting. So beyond [`PACKET_NEWS_MAX`] everything goes by TCP.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use parking_lot::Mutex;

use super::identity::Identity;

/// Larger news go by TCP: half a packet, as in the original.
pub(super) const PACKET_NEWS_BYTES_MAX: usize = super::PACKET_BYTES_MAX / 2;
/// If more than this wait for packets, the rest goes by TCP.
const PACKET_NEWS_MAX: usize = 64;
/// News in one stream, in bytes; one message may be larger.
const STREAM_NEWS_BYTES_MAX: usize = 1 << 20;
/// News that wait, in bytes. Older ones are dropped: an exchange of everything makes up for it.
const WAITING_BYTES_MAX: usize = 32 << 20;

/// What is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Silences.
    Silences,
    /// The notification log.
    Log,
}

impl Part {
    /// All of them.
    pub const ALL: [Part; 2] = [Part::Silences, Part::Log];

    /// Returns what it is called in the original's metrics.
    pub fn key(self) -> &'static str {
        match self {
            Part::Silences => "sil",
            Part::Log => "nfl",
        }
    }

    pub(in crate::cluster) fn tag(self) -> u8 {
        match self {
            Part::Silences => 1,
            Part::Log => 2,
        }
    }

    pub(in crate::cluster) fn from_tag(tag: u8) -> Option<Part> {
        Part::ALL.into_iter().find(|part| part.tag() == tag)
    }
}

/// What a peer tells of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Messages {
    /// The store.
    pub part: Part,
    /// The peer's name.
    pub from: String,
    /// Messages one after another, each with its length.
    pub bytes: Vec<u8>,
}

/// What is sent together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) part: Part,
    pub(super) bytes: Vec<u8>,
    /// By TCP.
    pub(super) streamed: bool,
}

impl Batch {
    /// Returns it as a piece of a packet.
    pub(super) fn packed(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 + self.bytes.len());
        out.push(self.part.tag());
        out.extend_from_slice(&self.bytes);
        out
    }
}

/// News that wait.
#[derive(Debug, Default)]
pub(super) struct News {
    waiting: VecDeque<(Part, Vec<u8>)>,
    bytes: usize,
}

impl News {
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Adds messages. Returns how many had to be dropped.
    pub(super) fn add(&mut self, part: Part, messages: Vec<Vec<u8>>) -> u64 {
        let mut dropped = 0;
        for message in messages {
            self.bytes += message.len();
            self.waiting.push_back((part, message));
            while self.bytes > WAITING_BYTES_MAX {
                let Some((_, oldest)) = self.waiting.pop_front() else { break };
                self.bytes -= oldest.len();
                dropped += 1;
            }
        }
        dropped
    }

    /// Takes all, as it is to be sent. `packets` is how much waits for packets already.
    pub(super) fn take(&mut self, packets: usize) -> Vec<Batch> {
        let few = self.waiting.len() + packets <= PACKET_NEWS_MAX;
        let mut batches: Vec<Batch> = Vec::new();
        self.bytes = 0;
        for (part, message) in self.waiting.drain(..) {
            if few && message.len() <= PACKET_NEWS_BYTES_MAX {
                batches.push(Batch { part, bytes: message, streamed: false });
                continue;
            }
            let fits = |batch: &&mut Batch| {
                batch.streamed
                    && batch.part == part
                    && batch.bytes.len() + message.len() <= STREAM_NEWS_BYTES_MAX
            };
            match batches.iter_mut().rev().find(fits) {
                Some(batch) => batch.bytes.extend_from_slice(&message),
                None => batches.push(Batch { part, bytes: message, streamed: true }),
            }
        }
        batches
    }
}

/// News that packets brought, for the core to take. Shared, because the membership protocol owns one end.
#[derive(Clone, Debug, Default)]
pub(super) struct Inbox(Arc<Mutex<Vec<Messages>>>);

impl Inbox {
    pub(super) fn take(&self) -> Vec<Messages> {
        std::mem::take(&mut *self.0.lock())
    }
}

/// What names a piece of news while it is sent: a hash of its bytes.
#[derive(Debug)]
pub(super) struct NewsKey(u64);

impl foca::Invalidates for NewsKey {
    fn invalidates(&self, other: &NewsKey) -> bool {
        self.0 == other.0
    }
}

impl foca::BroadcastHandler<Identity> for Inbox {
    type Key = NewsKey;
    type Error = Infallible;

    /// Ours are sent; those of others go to the stores, which say what of them is new and is to be sent on.
    fn receive_item(
        &mut self,
        data: &[u8],
        sender: Option<&Identity>,
    ) -> Result<Option<NewsKey>, Infallible> {
        let Some(sender) = sender else {
            return Ok(Some(NewsKey(xxhash_rust::xxh3::xxh3_64(data))));
        };
        if let Some((part, message)) =
            data.split_first().and_then(|(tag, message)| Some((Part::from_tag(*tag)?, message)))
        {
            let (from, bytes) = (sender.name.clone(), message.to_vec());
            self.0.lock().push(Messages { part, from, bytes });
        }
        // What is not known comes from a newer version and is left to those who know it.
        Ok(None)
    }
}
