//! Work that may wait for a disk, away from the threads that serve sockets.

use crate::error::ApiError;

/// Runs `work` on a thread of its own.
///
/// # Errors
/// What `work` returns; `internal` if it panics.
pub async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(ApiError::internal("the request ended without an answer; see the log")),
    }
}
