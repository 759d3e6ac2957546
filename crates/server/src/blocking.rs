//! Work that may wait for a disk, away from the threads that serve sockets.

use axum::body::Body;
use storage::Cancel;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::answer::{self, Answer};
use crate::error::ApiError;
use crate::json::out::{CancelOnDrop, Out, PieceBody, Started};

/// Runs `work` on a thread of its own.
///
/// # Errors
/// What `work` returns; `internal` if it panics.
pub async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(without_answer()),
    }
}

/// As [`run`], for work that ends when the client has left.
///
/// # Errors
/// As [`run`].
pub async fn run_until_left<T: Send + 'static>(
    work: impl FnOnce(Cancel) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let cancel = CancelOnDrop(Cancel::default());
    let of_work = cancel.0.clone();
    run(move || work(of_work)).await
}

/// Runs work that writes its answer piece by piece, until the client has left.
///
/// # Errors
/// As [`run`].
pub async fn stream(work: impl FnOnce(Out, Cancel) + Send + 'static) -> Answer {
    let (start, started) = oneshot::channel();
    let cancel = CancelOnDrop(Cancel::default());
    let of_work = cancel.0.clone();
    tokio::task::spawn_blocking(move || work(Out::new(start, CancellationToken::new()), of_work));
    answer_of(started, cancel).await
}

/// Answers with what an [`Out`] gets, as soon as there is a first piece of it.
///
/// # Errors
/// As [`run`].
pub async fn answer_of(
    started: oneshot::Receiver<Result<Started, ApiError>>,
    cancel: CancelOnDrop,
) -> Answer {
    match started.await {
        Ok(Ok(Started::Whole(text))) => Ok(answer::json(text)),
        Ok(Ok(Started::Stream(pieces))) => Ok(answer::json(Body::new(PieceBody::new(pieces, cancel)))),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(without_answer()),
    }
}

fn without_answer() -> ApiError {
    ApiError::internal("the request ended without an answer; see the log")
}
