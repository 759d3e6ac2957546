//! `POST /read`: remote read, as one message with samples or as a stream of chunks.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{StatusCode, header};
use remote::read::{self, ReadError, Source};
use storage::Cancel;
use telemetry::{Gauge, Registry};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::error::plain;
use crate::form::read_limited;
use crate::json::out::{CancelOnDrop, Piece, PieceBody};
use crate::router::App;
use crate::visibility::data::Data;

/// Largest compressed request, Prometheus's bound as well.
const BODY_BYTES_MAX: usize = 32 << 20;
/// The type of a streamed answer; compression leaves it alone.
pub const STREAM_TYPE: &str = "application/x-streamed-protobuf";
const STREAM_TYPE_FULL: &str = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";
/// Bytes of frames that are sent together.
const PIECE_BYTES: usize = 64 << 10;
/// Pieces that wait for a slow client; the reading thread waits instead of running ahead.
const PIECES_AHEAD_MAX: usize = 4;

/// Bounds of remote reads.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// Most samples in an answer that is not streamed; 0 for no bound.
    pub samples_max: u64,
    /// Most reads at the same time; others wait.
    pub concurrent_max: usize,
    /// About how large a frame of a streamed answer may be.
    pub frame_bytes: usize,
}

impl Default for ReadLimits {
    /// Prometheus's defaults.
    fn default() -> ReadLimits {
        ReadLimits { samples_max: 50_000_000, concurrent_max: 10, frame_bytes: 1 << 20 }
    }
}

/// The gate of remote reads.
pub struct Reads {
    limits: ReadLimits,
    places: Arc<Semaphore>,
    waiting_or_running: Gauge,
}

impl Reads {
    /// Builds the gate, and registers `prometheus_remote_read_handler_queries`.
    pub fn new(limits: ReadLimits, registry: &Registry) -> Reads {
        Reads {
            limits,
            places: Arc::new(Semaphore::new(limits.concurrent_max.clamp(1, Semaphore::MAX_PERMITS))),
            waiting_or_running: registry.gauge(
                "prometheus_remote_read_handler_queries",
                "The current number of remote read queries that are either in execution or queued on the handler.",
            ),
        }
    }
}

/// Counts a read for as long as it lives.
struct Counted(Gauge);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Answers a remote reader.
pub async fn read(State(app): State<Arc<App>>, data: Data, request: Request<Body>) -> Response {
    app.reads.waiting_or_running.inc();
    let counted = Counted(app.reads.waiting_or_running.clone());
    let Ok(place) = app.reads.places.clone().acquire_owned().await else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "the server ends");
    };
    let body = match read_limited(request.into_body(), BODY_BYTES_MAX).await {
        Ok(body) => body,
        Err(error) => return plain(StatusCode::BAD_REQUEST, &error.text),
    };
    let request = match read::Request::decode(&body) {
        Ok(request) => request,
        Err(error) => return failed(&error),
    };
    let cancel = CancelOnDrop(Cancel::default());
    let streamed = request.streamed;
    let (start, started) = oneshot::channel();
    let work = {
        let (app, cancel) = (app.clone(), cancel.0.clone());
        move || {
            let external_labels = app.parts.config.load().external_labels.clone();
            let source =
                Source { data: &*data.queryable, external_labels: &external_labels, cancel: &cancel };
            let limits = app.reads.limits;
            let mut answer = Answer { start: Some(start), pieces: None, buffer: Vec::new() };
            let done = if streamed {
                read::chunks(&source, &request, limits.frame_bytes, &mut |frame| answer.add(frame))
            } else {
                read::samples(&source, &request, limits.samples_max).map(|body| answer.buffer = body)
            };
            answer.end(done);
            drop((place, counted));
        }
    };
    tokio::task::spawn_blocking(work);
    let body = match started.await {
        Ok(Ok(Started::Whole(bytes))) => Body::from(bytes),
        Ok(Ok(Started::Stream(pieces))) => Body::new(PieceBody::new(pieces, cancel)),
        Ok(Err(error)) => return failed(&error),
        Err(_) => {
            return plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the request ended without an answer; see the log",
            );
        }
    };
    if streamed {
        ([(header::CONTENT_TYPE, STREAM_TYPE_FULL)], body).into_response()
    } else {
        let headers =
            [(header::CONTENT_TYPE, "application/x-protobuf"), (header::CONTENT_ENCODING, "snappy")];
        (headers, body).into_response()
    }
}

fn failed(error: &ReadError) -> Response {
    let status =
        if error.is_bad_request() { StatusCode::BAD_REQUEST } else { StatusCode::INTERNAL_SERVER_ERROR };
    plain(status, &error.to_string())
}

/// How an answer begins.
enum Started {
    Whole(Vec<u8>),
    Stream(mpsc::Receiver<Piece>),
}

/// An answer on its way: small ones are sent whole, of large ones a few pieces are ahead of the client.
struct Answer {
    start: Option<oneshot::Sender<Result<Started, ReadError>>>,
    pieces: Option<mpsc::Sender<Piece>>,
    buffer: Vec<u8>,
}

impl Answer {
    fn add(&mut self, frame: &[u8]) -> Result<(), ReadError> {
        self.buffer.extend_from_slice(frame);
        if self.buffer.len() < PIECE_BYTES { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), ReadError> {
        if let Some(start) = self.start.take() {
            let (sender, receiver) = mpsc::channel(PIECES_AHEAD_MAX);
            self.pieces = Some(sender);
            start.send(Ok(Started::Stream(receiver))).map_err(|_| ReadError::Gone)?;
        }
        let piece = Piece::Chunk(Bytes::from(std::mem::take(&mut self.buffer)));
        self.send(piece)
    }

    fn send(&self, piece: Piece) -> Result<(), ReadError> {
        let Some(pieces) = &self.pieces else { return Err(ReadError::Gone) };
        pieces.blocking_send(piece).map_err(|_| ReadError::Gone)
    }

    /// Ends the answer. A stream that failed breaks off, so that it does not look complete.
    fn end(mut self, done: Result<(), ReadError>) {
        match (done, self.start.take()) {
            // Nobody is left to tell if the receiver is gone.
            (Ok(()), Some(start)) => drop(start.send(Ok(Started::Whole(self.buffer)))),
            (Err(error), Some(start)) => drop(start.send(Err(error))),
            (Ok(()), None) => drop(self.flush().and_then(|()| self.send(Piece::End))),
            (Err(ReadError::Gone), None) => {}
            (Err(error), None) => tracing::error!(%error, "a remote read broke off"),
        }
    }
}
