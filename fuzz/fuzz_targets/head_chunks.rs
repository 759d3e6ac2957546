//! Any bytes as a file of closed head chunks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tsdb::tools::verify;

fuzz_target!(|bytes: &[u8]| {
    let dir = tempfile::tempdir().expect("a directory for the input");
    let head = dir.path().join("chunks_head");
    std::fs::create_dir(&head).expect("room for the input");
    let mut file = vec![0x01, 0x30, 0xbc, 0x91, 1, 0, 0, 0];
    file.extend_from_slice(bytes);
    std::fs::write(head.join("000001"), file).expect("room for the input");
    verify(&head, &mut |_| Ok(())).expect("the directory is there");
});
