//! What stands around every packet and stream: whose it is, and what.
//!
//! ```text
//! packet  "BgG1" │ label length u8 │ label │ payload
//! stream  "BgS1" │ label length u8 │ label │ kind u8 │ length u32 │ body
//! ```

const PACKET: &[u8; 4] = b"BgG1";
const STREAM: &[u8; 4] = b"BgS1";

/// Longest label in bytes, as in the original.
pub(in crate::cluster) const LABEL_BYTES_MAX: usize = 255;
/// Largest body of a stream: about a hundred thousand silences.
pub(in crate::cluster) const BODY_BYTES_MAX: usize = 64 << 20;

/// What a stream brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cluster) enum Kind {
    /// All that the dialling side knows; the answer is of the same kind.
    Exchange,
    /// News of one store; the answer is [`Kind::Taken`].
    News,
    /// They arrived.
    Taken,
    /// What would else be a UDP packet: with TLS everything goes by TCP.
    Packet,
}

/// Why bytes are not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Something else speaks here.
    #[error("not a message of a Bongsu cluster")]
    Magic,
    /// Another cluster.
    #[error("the label is another cluster's")]
    Label,
    /// Less than was announced.
    #[error("the message ends too early")]
    Short,
    /// More than we take.
    #[error("{0} bytes announced, at most {BODY_BYTES_MAX} are taken")]
    Long(usize),
    /// An unknown kind.
    #[error("unknown kind of message {0}")]
    Kind(u8),
    /// Members that cannot be read, or too many.
    #[error("the list of members cannot be read")]
    Members,
}

/// Writes and reads frames.
pub(in crate::cluster) struct Frame;

/// Returns how many bytes stand before a packet's payload.
pub(super) fn overhead(label: &str) -> usize {
    PACKET.len() + 1 + label.len().min(LABEL_BYTES_MAX)
}

fn begin(magic: &[u8; 4], label: &str, room: usize) -> Vec<u8> {
    let label = &label.as_bytes()[..label.len().min(LABEL_BYTES_MAX)];
    let mut out = Vec::with_capacity(overhead("") + label.len() + room);
    out.extend_from_slice(magic);
    out.push(u8::try_from(label.len()).expect("cut to 255 bytes above"));
    out.extend_from_slice(label);
    out
}

impl Frame {
    /// Puts a payload into a packet.
    pub(super) fn packed(payload: &[u8], label: &str) -> Vec<u8> {
        let mut out = begin(PACKET, label, payload.len());
        out.extend_from_slice(payload);
        out
    }

    /// Takes the payload out of a packet.
    pub(super) fn packet<'a>(packet: &'a [u8], label: &str) -> Result<&'a [u8], FrameError> {
        let rest = packet.strip_prefix(PACKET).ok_or(FrameError::Magic)?;
        let (length, rest) = rest.split_first().ok_or(FrameError::Short)?;
        let (theirs, payload) = rest.split_at_checked(usize::from(*length)).ok_or(FrameError::Short)?;
        if theirs == label.as_bytes() { Ok(payload) } else { Err(FrameError::Label) }
    }

    /// Returns what stands before a body.
    pub(in crate::cluster) fn stream_head(
        kind: Kind,
        body: usize,
        label: &str,
    ) -> Result<Vec<u8>, FrameError> {
        let length = u32::try_from(body).ok().filter(|_| body <= BODY_BYTES_MAX);
        let length = length.ok_or(FrameError::Long(body))?;
        let mut out = begin(STREAM, label, 5);
        out.push(match kind {
            Kind::Exchange => 1,
            Kind::News => 2,
            Kind::Taken => 3,
            Kind::Packet => 4,
        });
        out.extend_from_slice(&length.to_be_bytes());
        Ok(out)
    }

    /// Returns how long the head of our streams is.
    pub(in crate::cluster) fn stream_head_bytes(label: &str) -> usize {
        overhead(label) + 5
    }

    /// Reads the head of a stream that has our label's length. Returns kind and length of the body.
    pub(in crate::cluster) fn read_stream_head(
        head: &[u8],
        label: &str,
    ) -> Result<(Kind, usize), FrameError> {
        let rest = head.strip_prefix(STREAM).ok_or(FrameError::Magic)?;
        let (length, rest) = rest.split_first().ok_or(FrameError::Short)?;
        let theirs = rest.get(..usize::from(*length));
        if theirs != Some(label.as_bytes()) {
            return Err(FrameError::Label);
        }
        let (kind, length) = rest[label.len()..].split_first().ok_or(FrameError::Short)?;
        let kind = match kind {
            1 => Kind::Exchange,
            2 => Kind::News,
            3 => Kind::Taken,
            4 => Kind::Packet,
            other => return Err(FrameError::Kind(*other)),
        };
        let length = u32::from_be_bytes(length.try_into().map_err(|_| FrameError::Short)?) as usize;
        if length > BODY_BYTES_MAX { Err(FrameError::Long(length)) } else { Ok((kind, length)) }
    }
}
