//! A webhook that counts.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use parking_lot::Mutex;

/// Counts messages and the groups that they are about.
pub(super) struct Sink {
    pub(super) port: u16,
    groups: Arc<Mutex<HashSet<String>>>,
    messages: Arc<AtomicUsize>,
}

impl Sink {
    /// Listens in a thread of its own until the program ends.
    pub(super) fn start() -> Sink {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        let (groups, messages) = (Arc::new(Mutex::new(HashSet::new())), Arc::new(AtomicUsize::new(0)));
        let (seen, count) = (groups.clone(), messages.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let handler = move |body: String| {
                count.fetch_add(1, Ordering::Relaxed);
                if let Some(key) = body.split("\"groupKey\":\"").nth(1) {
                    seen.lock().insert(key.split("}\"").next().unwrap_or_default().to_owned());
                }
                async {}
            };
            let router = Router::new().route("/", post(handler)).layer(DefaultBodyLimit::disable());
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Sink { port, groups, messages }
    }

    pub(super) fn groups(&self) -> usize {
        self.groups.lock().len()
    }

    pub(super) fn messages(&self) -> usize {
        self.messages.load(Ordering::Relaxed)
    }
}
