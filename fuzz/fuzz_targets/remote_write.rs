//! Any bytes as a remote-write message of either version: stored, or an error.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use remote::receive::{Message, Options, Receiver};
use storage::memory::MemoryStorage;
use telemetry::Registry;

fuzz_target!(|input: (bool, bool, &[u8])| {
    let (second, compressed_already, bytes) = input;
    let message = if second { Message::V2 } else { Message::V1 };
    let options = Options { start_zero: true, start_storage: true, metadata: true };
    let receiver = Receiver::new(Arc::new(MemoryStorage::default()), options, &Registry::new());
    let body = if compressed_already { bytes.to_vec() } else { remote::put::compress(bytes).expect("it is short") };
    if let Ok(outcome) = receiver.write(message, &body, 1_700_000_000_000) {
        assert!(outcome.refused.len() <= 100 && outcome.refused.len() <= outcome.refused_count);
    }
});
