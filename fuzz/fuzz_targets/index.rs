//! Any bytes as an index: all of it is read, or an error says what is wrong.
#![no_main]

use libfuzzer_sys::fuzz_target;
use storage::SelectError;
use tsdb::encoding::crc32c;
use tsdb::index::IndexReader;
use tsdb::select::IndexRead;

/// Makes the table of contents valid, or nearly no input would come past it.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut file = bytes.to_vec();
    let length = file.len();
    if length >= 57 {
        file[..5].copy_from_slice(&[0xba, 0xaa, 0xd7, 0, 2]);
        let sum = crc32c(&file[length - 52..length - 4]);
        file[length - 4..].copy_from_slice(&sum.to_be_bytes());
    }
    file
}

fuzz_target!(|bytes: &[u8]| {
    let dir = tempfile::tempdir().expect("a directory for the input");
    let path = dir.path().join("index");
    std::fs::write(&path, sealed(bytes)).expect("room for the input");
    let _ = read_all(&path);
});

fn read_all(path: &std::path::Path) -> Result<(), SelectError> {
    let reader = IndexReader::open(path)?;
    for series in reader.all_postings()?.iter() {
        reader.chunks(series, &mut Vec::new())?;
        reader.labels(series)?;
    }
    for name in reader.label_names()? {
        reader.postings_where(&name, &[], &mut |_| true)?;
    }
    Ok(())
}
