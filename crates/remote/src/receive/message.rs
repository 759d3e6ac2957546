//! The two messages of remote write, and how a sender says which one it sends.

/// The media type of both messages.
const MEDIA_TYPE: &str = "application/x-protobuf";

/// A message of remote write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// `prometheus.WriteRequest`, remote write 1.0.
    V1,
    /// `io.prometheus.write.v2.Request`, remote write 2.0.
    V2,
}

/// Why a body of this kind is not taken. All of these are "unsupported media type".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Not protobuf.
    #[error("expected {MEDIA_TYPE} as the first (media) part, got {content_type} content-type")]
    MediaType {
        /// As sent.
        content_type: String,
    },
    /// A parameter that is no pair.
    #[error(
        "as per https://www.rfc-editor.org/rfc/rfc9110#parameter expected parameters to be key-values, got {parameter} in {content_type} content-type"
    )]
    Parameter {
        /// The parameter.
        parameter: String,
        /// As sent.
        content_type: String,
    },
    /// A message nobody knows.
    #[error(
        "got {content_type} content type; unknown remote write protobuf message {name}, supported: {supported}"
    )]
    Unknown {
        /// The message's name.
        name: String,
        /// As sent.
        content_type: String,
        /// What there is.
        supported: String,
    },
    /// A message that is switched off.
    #[error("{} protobuf message is not accepted by this server; only accepts {accepted}", message.as_str())]
    NotAccepted {
        /// The message.
        message: Message,
        /// What is switched on.
        accepted: String,
    },
    /// Not snappy.
    #[error("{encoding} encoding (compression) is not accepted by this server; only snappy is acceptable")]
    Encoding {
        /// As sent.
        encoding: String,
    },
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

    /// Decides by the headers of a request which message its body is. No content type means remote write 1.0.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn negotiate(
        content_type: Option<&str>,
        content_encoding: Option<&str>,
        accepted: &[Message],
    ) -> Result<Message, MessageError> {
        let message =
            Message::from_content_type(content_type.filter(|t| !t.is_empty()).unwrap_or(MEDIA_TYPE))?;
        if !accepted.contains(&message) {
            return Err(MessageError::NotAccepted { message, accepted: list(accepted) });
        }
        match content_encoding {
            None | Some("" | "snappy") => Ok(message),
            Some(encoding) => Err(MessageError::Encoding { encoding: encoding.to_owned() }),
        }
    }

    fn from_content_type(text: &str) -> Result<Message, MessageError> {
        let content_type = || text.to_owned();
        let mut parts = text.split(';').map(str::trim);
        if parts.next() != Some(MEDIA_TYPE) {
            return Err(MessageError::MediaType { content_type: content_type() });
        }
        for parameter in parts {
            let Some((name, value)) = parameter.split_once('=') else {
                let parameter = parameter.to_owned();
                return Err(MessageError::Parameter { parameter, content_type: content_type() });
            };
            if name == "proto" {
                return Message::from_name(value).ok_or_else(|| MessageError::Unknown {
                    name: value.to_owned(),
                    content_type: content_type(),
                    supported: list(&Message::ALL),
                });
            }
        }
        Ok(Message::V1)
    }
}

fn list(messages: &[Message]) -> String {
    messages.iter().map(|m| m.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negotiates() {
        let both = &Message::ALL[..];
        for (content_type, encoding, accepted, want) in [
            (None, Some("snappy"), both, Ok(Message::V1)),
            (Some("application/x-protobuf"), None, both, Ok(Message::V1)),
            (Some("application/x-protobuf;proto=prometheus.WriteRequest"), None, both, Ok(Message::V1)),
            (
                Some("application/x-protobuf; proto=io.prometheus.write.v2.Request"),
                Some("snappy"),
                both,
                Ok(Message::V2),
            ),
            (
                Some("text/plain"),
                None,
                both,
                Err("expected application/x-protobuf as the first (media) part, got text/plain content-type"),
            ),
            (
                Some("application/x-protobuf;proto=x.Y"),
                None,
                both,
                Err(
                    "got application/x-protobuf;proto=x.Y content type; unknown remote write protobuf message x.Y, supported: prometheus.WriteRequest, io.prometheus.write.v2.Request",
                ),
            ),
            (
                None,
                Some("zstd"),
                both,
                Err("zstd encoding (compression) is not accepted by this server; only snappy is acceptable"),
            ),
            (
                None,
                None,
                &[Message::V2][..],
                Err(
                    "prometheus.WriteRequest protobuf message is not accepted by this server; only accepts io.prometheus.write.v2.Request",
                ),
            ),
        ] {
            let got = Message::negotiate(content_type, encoding, accepted).map_err(|e| e.to_string());
            assert_eq!(got, want.map_err(str::to_owned), "{content_type:?}");
        }
    }
}
