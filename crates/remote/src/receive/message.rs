//! The two messages of remote write and how a sender names them.

/// A message of remote write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// `prometheus.WriteRequest`, remote write 1.0.
    V1,
    /// `io.prometheus.write.v2.Request`, remote write 2.0.
    V2,
}

impl Message {
    /// All messages.
    pub const ALL: [Message; 2] = [Message::V1, Message::V2];

    /// The protobuf name.
    pub fn as_str(self) -> &'static str {
        match self {
            Message::V1 => "prometheus.WriteRequest",
            Message::V2 => "io.prometheus.write.v2.Request",
        }
    }

    /// Finds a message by its protobuf name.
    pub fn from_name(name: &str) -> Option<Message> {
        Message::ALL.into_iter().find(|m| m.as_str() == name)
    }
}
