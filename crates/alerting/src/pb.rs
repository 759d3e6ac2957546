//! The messages of Alertmanager's snapshots and gossip, and the framing around them.
//!
//! Source: `silence/silencepb/silence.proto` and `nflog/nflogpb/nflog.proto` of Alertmanager; a file or a gossip state is
//! messages one after another, each after its length as a varint.

use std::collections::HashMap;

use jiff::Timestamp;
use prost::Message;

/// `google.protobuf.Timestamp`.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct Time {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

impl From<Timestamp> for Time {
    fn from(t: Timestamp) -> Time {
        // Both parts of the message count forwards, those of a time before 1970 count backwards here.
        let nanos = t.subsec_nanosecond();
        let borrow = i64::from(nanos < 0);
        Time { seconds: t.as_second() - borrow, nanos: nanos + if borrow == 1 { 1_000_000_000 } else { 0 } }
    }
}

impl Time {
    /// Returns the moment, or `None` for one that is out of all calendars.
    pub(crate) fn moment(self) -> Option<Timestamp> {
        Timestamp::new(self.seconds, self.nanos).ok()
    }
}

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum MatcherType {
    Equal = 0,
    Regexp = 1,
    NotEqual = 2,
    NotRegexp = 3,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct Matcher {
    #[prost(enumeration = "MatcherType", tag = "1")]
    pub(crate) kind: i32,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(string, tag = "3")]
    pub(crate) pattern: String,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct MatcherSet {
    #[prost(message, repeated, tag = "1")]
    pub(crate) matchers: Vec<Matcher>,
}

/// How older versions kept author and comment.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct Comment {
    #[prost(string, tag = "1")]
    pub(crate) author: String,
    #[prost(string, tag = "2")]
    pub(crate) comment: String,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct Silence {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    /// The first of `matcher_sets`, for older versions.
    #[prost(message, repeated, tag = "2")]
    pub(crate) matchers: Vec<Matcher>,
    #[prost(message, optional, tag = "3")]
    pub(crate) starts_at: Option<Time>,
    #[prost(message, optional, tag = "4")]
    pub(crate) ends_at: Option<Time>,
    #[prost(message, optional, tag = "5")]
    pub(crate) updated_at: Option<Time>,
    #[prost(message, repeated, tag = "7")]
    pub(crate) comments: Vec<Comment>,
    #[prost(string, tag = "8")]
    pub(crate) created_by: String,
    #[prost(string, tag = "9")]
    pub(crate) comment: String,
    #[prost(map = "string, string", tag = "10")]
    pub(crate) annotations: HashMap<String, String>,
    #[prost(message, repeated, tag = "11")]
    pub(crate) matcher_sets: Vec<MatcherSet>,
    #[prost(message, repeated, tag = "12")]
    pub(crate) receiver_matcher_sets: Vec<MatcherSet>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct MeshSilence {
    #[prost(message, optional, tag = "1")]
    pub(crate) silence: Option<Silence>,
    #[prost(message, optional, tag = "2")]
    pub(crate) expires_at: Option<Time>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct Receiver {
    #[prost(string, tag = "1")]
    pub(crate) group_name: String,
    #[prost(string, tag = "2")]
    pub(crate) integration: String,
    #[prost(uint32, tag = "3")]
    pub(crate) idx: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ReceiverDataValue {
    #[prost(oneof = "DataValue", tags = "1, 2, 3")]
    pub(crate) value: Option<DataValue>,
}

/// What a receiver keeps for its next message of the group.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum DataValue {
    /// A text, such as the identifier of a posted message.
    #[prost(string, tag = "1")]
    Text(String),
    /// A whole number.
    #[prost(int64, tag = "2")]
    Integer(i64),
    /// A number.
    #[prost(double, tag = "3")]
    Float(f64),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Entry {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) group_key: Vec<u8>,
    #[prost(message, optional, tag = "2")]
    pub(crate) receiver: Option<Receiver>,
    #[prost(message, optional, tag = "5")]
    pub(crate) timestamp: Option<Time>,
    #[prost(uint64, repeated, tag = "6")]
    pub(crate) firing_alerts: Vec<u64>,
    #[prost(uint64, repeated, tag = "7")]
    pub(crate) resolved_alerts: Vec<u64>,
    #[prost(map = "string, message", tag = "8")]
    pub(crate) receiver_data: HashMap<String, ReceiverDataValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct MeshEntry {
    #[prost(message, optional, tag = "1")]
    pub(crate) entry: Option<Entry>,
    #[prost(message, optional, tag = "2")]
    pub(crate) expires_at: Option<Time>,
    /// Ours: the replica that told the receiver, if it is not the one whose file or message this is. The original skips it.
    #[prost(string, tag = "100")]
    pub(crate) told_by: String,
}

/// Why bytes are not a list of messages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("message at byte {offset}: {reason}")]
pub struct StateError {
    /// Where the message begins.
    pub offset: usize,
    /// What is wrong.
    pub reason: String,
}

/// Reads messages until the end. What stands before a mistake is good, so it is handed out in any case.
pub(crate) fn decode_all<M: Message + Default>(
    bytes: &[u8],
    mut each: impl FnMut(M),
) -> Result<(), StateError> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let offset = bytes.len() - rest.len();
        let message = M::decode_length_delimited(&mut rest)
            .map_err(|e| StateError { offset, reason: e.to_string() })?;
        each(message);
    }
    Ok(())
}
