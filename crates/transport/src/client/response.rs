//! An answer whose body is still coming.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use super::Deadline;
use super::limited::Inflater;
use crate::error::{Failure, hyper_failure};

/// An answer: status, headers, and a body that is read under the request's deadline.
pub struct Response {
    inner: http::Response<Incoming>,
    uri: Uri,
    deadline: Deadline,
}

impl Response {
    pub(super) fn new(inner: http::Response<Incoming>, uri: Uri, deadline: Deadline) -> Response {
        Response { inner, uri, deadline }
    }

    /// Returns the status.
    pub fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// Returns a header's first value if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.inner.headers().get(name).and_then(|v| v.to_str().ok())
    }

    /// Returns where the answer came from, after redirects.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Returns the next bytes as they came, `None` at the end.
    ///
    /// # Errors
    /// Time ran out, or the connection broke.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        let body = self.inner.body_mut();
        let read = async {
            loop {
                match body.frame().await {
                    None => return Ok(None),
                    Some(Err(error)) => return Err(hyper_failure(&error)),
                    Some(Ok(frame)) => {
                        if let Ok(data) = frame.into_data() {
                            return Ok(Some(data));
                        } // trailers say nothing to us
                    }
                }
            }
        };
        self.deadline.guard(read).await
    }

    /// Returns the whole body if it came in one piece that needs no unpacking; otherwise appends it to `out` as
    /// [`Response::read_to`].
    ///
    /// # Errors
    /// As [`Response::read_to`].
    pub async fn read_whole(&mut self, out: &mut Vec<u8>, limit: u64) -> Result<Option<Bytes>, Failure> {
        let encoding = self.header("content-encoding").unwrap_or_default().to_owned();
        let mut inflater = Inflater::new(&encoding, limit)?;
        while let Some(chunk) = self.chunk().await? {
            if out.is_empty() && self.inner.body().is_end_stream() && inflater.passes(chunk.len()) {
                return Ok(Some(chunk));
            }
            inflater.push(&chunk, out)?;
        }
        inflater.finish(out)?;
        Ok(None)
    }

    /// Appends the whole body to `out`, unpacked if it is gzipped. Never appends more than `limit` bytes.
    ///
    /// # Errors
    /// Time ran out, the connection broke, the body is larger than the limit or its compression broken. What `out` then
    /// holds is part of the body.
    pub async fn read_to(&mut self, out: &mut Vec<u8>, limit: u64) -> Result<(), Failure> {
        let encoding = self.header("content-encoding").unwrap_or_default().to_owned();
        let mut inflater = Inflater::new(&encoding, limit)?;
        while let Some(chunk) = self.chunk().await? {
            inflater.push(&chunk, out)?;
        }
        inflater.finish(out)
    }
}
