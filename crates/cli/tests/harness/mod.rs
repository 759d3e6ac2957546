//! Starts the built program as a user would, in a directory of its own, and asks it things over HTTP.
//!
//! Nothing here waits for a fixed time: [`until`] looks again and again until what is waited for is there, and fails the
//! test, with the program's log, when it does not come. Every process ends with the value that stands for it.

#![allow(dead_code, reason = "each file of tests uses a part of this one")]

pub mod http;
pub mod program;
pub mod target;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long anything may take. Far more than it does: it only ends tests that would wait for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until there is something, and returns it.
///
/// # Panics
/// When it does not come. `what` says what was waited for.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Returns a port that nothing listens on, for programs that cannot choose one themselves.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Returns the path of a file of the repository, which must be there: `make test-setup` makes what is not checked in.
pub fn repository_file(path: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    assert!(file.exists(), "{path} is missing: run `make test-setup`");
    file
}
