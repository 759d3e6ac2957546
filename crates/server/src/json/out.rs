//! Where JSON is written to: a buffer that becomes chunks of a response as it fills.
//!
//! Invariants: 1. A small answer is one piece with a length.  2. Of a big one, no more than [`CHUNKS_AHEAD_MAX`] chunks wait
//! for a slow client; the writing thread waits instead.  3. A body that was not written to its end fails; it never looks
//! complete.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use storage::Cancel;
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::error::ApiError;

/// Size at which a chunk is sent.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks that wait for the client.
const CHUNKS_AHEAD_MAX: usize = 4;

/// How an answer begins.
pub enum Started {
    /// All of it.
    Whole(String),
    /// The first of many chunks is coming.
    Stream(mpsc::Receiver<Piece>),
}

/// A part of a body on its way.
pub enum Piece {
    /// Bytes.
    Chunk(Bytes),
    /// The body is complete.
    End,
}

/// The client is gone, or the query was ended: stop writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// A text that is sent away as it grows.
pub struct Out {
    /// What was written since the last chunk.
    pub text: String,
    start: Option<oneshot::Sender<Result<Started, ApiError>>>,
    pieces: Option<mpsc::Sender<Piece>>,
    stop: CancellationToken,
}

impl Out {
    /// Starts an answer for the one who waits at the other end of `start`; `stop` breaks it off. To be used on a blocking thread of
    /// a runtime.
    pub fn new(start: oneshot::Sender<Result<Started, ApiError>>, stop: CancellationToken) -> Out {
        Out { text: String::with_capacity(4096), start: Some(start), pieces: None, stop }
    }

    /// Sends a chunk if there is enough for one. To be called between any two values.
    ///
    /// # Errors
    /// [`Gone`].
    #[inline]
    pub fn breathe(&mut self) -> Result<(), Gone> {
        if self.text.len() < CHUNK_BYTES { Ok(()) } else { self.flush() }
    }

    /// Answers with an error. Possible only while nothing was sent.
    pub fn fail(mut self, error: ApiError) {
        if let Some(start) = self.start.take() {
            start.send(Err(error)).ok();
        }
    }

    /// Sends what is left and ends the body.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn finish(mut self) -> Result<(), Gone> {
        if let Some(start) = self.start.take() {
            return start.send(Ok(Started::Whole(self.text))).map_err(|_| Gone);
        }
        self.flush()?;
        self.send(Piece::End)
    }

    #[cold]
    fn flush(&mut self) -> Result<(), Gone> {
        if let Some(start) = self.start.take() {
            let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD_MAX);
            self.pieces = Some(sender);
            start.send(Ok(Started::Stream(receiver))).map_err(|_| Gone)?;
        }
        let text = std::mem::replace(&mut self.text, String::with_capacity(CHUNK_BYTES + 4096));
        self.send(Piece::Chunk(Bytes::from(text)))
    }

    fn send(&self, piece: Piece) -> Result<(), Gone> {
        let Some(pieces) = self.pieces.as_ref().filter(|_| !self.stop.is_cancelled()) else {
            return Err(Gone);
        };
        let piece = match pieces.try_send(piece) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(_)) => return Err(Gone),
            Err(TrySendError::Full(piece)) => piece,
        };
        // A slow client is waited for, but not longer than anybody wants the answer.
        Handle::current().block_on(async {
            tokio::select! {
                () = self.stop.cancelled() => Err(Gone),
                sent = pieces.send(piece) => sent.map_err(|_| Gone),
            }
        })
    }
}

/// Cancels the work for an answer when whoever waits for it goes away.
#[derive(Debug)]
pub struct CancelOnDrop(pub Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The body of a streamed answer.
pub struct PieceBody {
    pieces: mpsc::Receiver<Piece>,
    done: bool,
    _cancel: CancelOnDrop,
}

impl PieceBody {
    /// A body of these pieces; dropping it cancels.
    pub fn new(pieces: mpsc::Receiver<Piece>, cancel: CancelOnDrop) -> PieceBody {
        PieceBody { pieces, done: false, _cancel: cancel }
    }
}

impl Body for PieceBody {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        if self.done {
            return Poll::Ready(None);
        }
        self.pieces.poll_recv(context).map(|piece| match piece {
            Some(Piece::Chunk(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Piece::End) => {
                self.done = true;
                None
            }
            None => {
                self.done = true;
                Some(Err("the answer broke off".into()))
            }
        })
    }
}
