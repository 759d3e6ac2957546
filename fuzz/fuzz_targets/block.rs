//! A sound block with one file replaced or damaged: `verify` reads all of it and finds words for what is wrong.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::Labels;
use tsdb::tools::{NewBlocks, verify};

const FILES: [&str; 4] = ["index", "chunks/000001", "tombstones", "meta.json"];

fuzz_target!(|input: (u8, Option<(u16, u8)>, &[u8])| {
    let (which, flip, bytes) = input;
    let dir = tempfile::tempdir().expect("a directory for the input");
    let mut blocks = NewBlocks::new(7_200_000);
    for i in 0..3 {
        let series = blocks.series(&Labels::from_pairs([("__name__", "a".to_owned()), ("i", i.to_string())]));
        (0..130).for_each(|t| blocks.float(series, t * 1000, f64::from(i) * t as f64));
    }
    let mut block = dir.path().to_owned();
    blocks
        .write(dir.path(), 1, |written| {
            block.push(written.meta.ulid.to_string());
            Ok::<(), tsdb::error::FileError>(())
        })
        .expect("room for a block");
    let file = block.join(FILES[usize::from(which) % FILES.len()]);
    let content = match flip {
        None => bytes.to_vec(),
        Some((at, bits)) => {
            let mut content = std::fs::read(&file).expect("the block has it");
            let at = usize::from(at) % content.len();
            content[at] ^= bits;
            content
        }
    };
    std::fs::write(&file, content).expect("room for the input");
    verify(&block, &mut |part| {
        for finding in &part.findings {
            assert!(!finding.to_string().is_empty());
        }
        Ok(())
    })
    .expect("the directory is there");
});
