//! Any bytes as a remote-read request: answered whole and as a stream, or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::Labels;
use remote::read::{Request, Source, chunks, samples};
use storage::memory::MemoryStorage;
use storage::{Appendable, Cancel};

fuzz_target!(|message: &[u8]| {
    let body = remote::put::compress(message).expect("it is short");
    let Ok(request) = Request::decode(&body) else { return };
    let storage = MemoryStorage::default();
    let mut batch = storage.appender();
    let labels = Labels::from_pairs([("__name__", "a"), ("i", "1")]);
    let series = batch.resolve(&labels).expect("a new series");
    batch.sample(series, 1, 2.0).expect("its first sample");
    batch.commit().expect("memory");
    let external = Labels::from_pairs([("i", "2"), ("z", "3")]);
    let source = Source { data: &storage, external_labels: &external, cancel: &Cancel::default() };
    samples(&source, &request, 100).ok();
    chunks(&source, &request, 10, &mut |frame| {
        assert!(!frame.is_empty());
        Ok(())
    })
    .ok();
});
