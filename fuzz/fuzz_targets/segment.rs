//! Any bytes as a segment of a log, that of out-of-order samples included: records up to the first damage.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tsdb::tools::{PartKind, verify};

fuzz_target!(|input: (bool, &[u8])| {
    let dir = tempfile::tempdir().expect("a directory for the input");
    let log = dir.path().join(if input.0 { "wal" } else { "wbl" });
    std::fs::create_dir(&log).expect("room for the input");
    std::fs::write(log.join("00000000"), input.1).expect("room for the input");
    let mut parts = 0;
    verify(&log, &mut |part| {
        assert_eq!(part.kind, PartKind::Log);
        parts += 1;
        Ok(())
    })
    .expect("the directory is there");
    assert_eq!(parts, 1);
});
