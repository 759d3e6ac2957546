//! Headers added to every request.

use std::path::PathBuf;

use yaml::Secret;

/// One header with its values in the order in which they are sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// The name as written. Never one that the client itself sets.
    pub name: String,
    /// The values: first `values`, then `secrets`, then `files`.
    pub values: Vec<HeaderValue>,
}

/// One value of a header.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderValue {
    /// Shown in the printed configuration.
    Plain(String),
    /// Never shown.
    Secret(Secret),
    /// The trimmed content of a file, read for each request.
    File(PathBuf),
}
