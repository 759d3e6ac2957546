use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::db::WalCompression;
use crate::error::FileError;

fn read_all(dir: &Path) -> (Vec<Vec<u8>>, Option<FileError>) {
    let mut records = Vec::new();
    for segment in segments(dir).unwrap() {
        let mut reader = SegmentReader::open(&segment.path).unwrap();
        loop {
            match reader.next_record() {
                Ok(Some(record)) => records.push(record.to_vec()),
                Ok(None) => break,
                Err(error) => return (records, Some(error)),
            }
        }
    }
    (records, None)
}

fn record(i: usize) -> Vec<u8> {
    // Sizes around the page size, contents that do not compress.
    let len = [1, 100, PAGE_BYTES - 7, PAGE_BYTES - 14, 3 * PAGE_BYTES, 70_000][i % 6];
    let mut state = i as u64 + 1;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    (0..len).map(|_| random()).collect()
}

#[test]
fn records_come_back_across_segments() {
    for compression in [WalCompression::None, WalCompression::Snappy, WalCompression::Zstd] {
        let dir = tempfile::tempdir().unwrap();
        let written: Vec<_> = (0..40).map(record).collect();
        let mut log = Log::open(dir.path(), 8 * PAGE_BYTES, compression).unwrap();
        for (i, record) in written.iter().enumerate() {
            log.push(record).unwrap();
            if i % 3 == 0 {
                log.flush().unwrap();
            }
        }
        log.close().unwrap();
        let all = segments(dir.path()).unwrap();
        assert!(all.len() > 3, "{compression:?}: {} segments", all.len());
        for closed in &all[..all.len() - 1] {
            let bytes = fs::metadata(&closed.path).unwrap().len();
            assert!(bytes % PAGE_BYTES as u64 == 0 && bytes <= 8 * PAGE_BYTES as u64, "{bytes}");
        }
        let (records, error) = read_all(dir.path());
        assert!(error.is_none(), "{error:?}");
        assert_eq!(records, written);
    }
}

#[test]
fn a_record_longer_than_a_segment_has_one_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let long: Vec<u8> = (0..5 * PAGE_BYTES).map(|k| k as u8).collect();
    let mut log = Log::open(dir.path(), PAGE_BYTES, WalCompression::None).unwrap();
    for record in [&[1][..], &long, &[2]] {
        log.push(record).unwrap();
    }
    log.close().unwrap();
    assert_eq!(read_all(dir.path()).0, [vec![1], long, vec![2]]);
}

#[test]
fn a_new_log_never_touches_old_segments() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..3u8 {
        let mut log = Log::open(dir.path(), PAGE_BYTES, WalCompression::None).unwrap();
        assert_eq!(log.segment(), u64::from(i));
        log.push(&[i]).unwrap();
        log.flush().unwrap();
    }
    assert_eq!(read_all(dir.path()).0, [[0], [1], [2]]);
    assert_eq!(segments(dir.path()).unwrap()[2].path.path(), dir.path().join("00000002"));
}

#[test]
fn a_missing_segment_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["00000001", "00000003"] {
        fs::write(dir.path().join(name), b"").unwrap();
    }
    assert!(segments(dir.path()).unwrap_err().to_string().contains("expected segment 00000002"));
}

/// Cuts or flips the first segment of two and repairs; returns what is left, and where the second begins.
fn repaired(spoil: impl FnOnce(&mut Vec<u8>)) -> (Vec<Vec<u8>>, usize) {
    let dir = tempfile::tempdir().unwrap();
    for part in 0..2u8 {
        let mut log = Log::open(dir.path(), 16 * PAGE_BYTES, WalCompression::Snappy).unwrap();
        for i in 0..10u8 {
            log.push(&vec![part * 10 + i; 9000]).unwrap();
            log.push(&record(usize::from(i))).unwrap();
        }
        log.close().unwrap();
    }
    let path = dir.path().join("00000000");
    let mut bytes = fs::read(&path).unwrap();
    spoil(&mut bytes);
    fs::write(&path, &bytes).unwrap();
    let Some(FileError::Corrupt(damage)) = read_all(dir.path()).1 else { panic!("damage is not seen") };
    let quarantine = dir.path().join("quarantine");
    cut(&(&path).into(), &damage, false, &(&quarantine).into()).unwrap();
    assert_eq!(fs::read(quarantine.join("00000000")).unwrap(), bytes);
    let (records, error) = read_all(dir.path());
    assert!(error.is_none(), "{error:?}");
    let second = records.iter().position(|r| *r == vec![10; 9000]).unwrap();
    (records, second)
}

#[test]
fn damage_keeps_what_stands_before_it_and_the_next_segment() {
    let (records, first) = repaired(|bytes| bytes[40_000] ^= 1);
    assert!(0 < first && first < 20 && records.len() == first + 20, "{first} of {}", records.len());
    assert_eq!(records[0], vec![0; 9000]);

    assert_eq!(repaired(|bytes| bytes[3] ^= 1).1, 0);

    let first = repaired(|bytes| bytes.truncate(bytes.len() - 1)).1;
    assert!(0 < first && first < 20, "{first}");
}

#[test]
fn a_log_with_gaps_gets_empty_segments() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..6 {
        let mut log = Log::open(dir.path(), PAGE_BYTES, WalCompression::None).unwrap();
        log.push(&[i; 3]).unwrap();
        log.close().unwrap();
    }
    for missing in [1, 2, 4] {
        fs::remove_file(dir.path().join(segment_name(missing))).unwrap();
    }
    assert!(segments(dir.path()).is_err());
    let damage = fill_gaps(&dir.path().into()).unwrap();
    let told: Vec<String> = damage.iter().map(|e| e.to_string()).collect();
    assert!(told.len() == 2 && told[0].contains("00000001") && told[1].contains("00000004"), "{told:?}");
    assert_eq!(read_all(dir.path()).0, [[0; 3], [3; 3], [5; 3]]);
    assert!(fill_gaps(&dir.path().into()).unwrap().is_empty());
    fs::write(dir.path().join("99999999"), "").unwrap();
    assert!(fill_gaps(&dir.path().into()).unwrap_err().is_corruption(), "not a hundred million files");
}

#[test]
fn a_segment_is_read_while_it_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::open(dir.path(), 1024 * PAGE_BYTES, WalCompression::Snappy).unwrap();
    let path = dir.path().join("00000000");
    let mut at = 0;
    for i in 0..60 {
        let written: Vec<Vec<u8>> = (0..i % 4).map(|k| record(i + k)).collect();
        written.iter().for_each(|r| log.push(r).unwrap());
        log.flush().unwrap();
        let end = log.end().bytes;
        log.push(&record(i)).unwrap(); // what is behind the end is no concern of the reader
        let mut reader = SegmentReader::resume(&path, at, end).unwrap();
        let mut read = Vec::new();
        while let Some(record) = reader.next_record().unwrap() {
            read.push(record.to_vec());
        }
        assert!(read == written, "{i}");
        at = end;
        log.flush().unwrap();
        let mut reader = SegmentReader::resume(&path, at, log.end().bytes).unwrap();
        assert!(reader.next_record().unwrap() == Some(&record(i)[..]), "{i}");
        assert_eq!(reader.next_record().unwrap(), None);
        at = reader.valid_end();
    }
}

#[test]
fn every_torn_tail_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::open(dir.path(), 16 * PAGE_BYTES, WalCompression::None).unwrap();
    for i in 0..20u8 {
        log.push(&[i; 20]).unwrap();
    }
    log.close().unwrap();
    let path = dir.path().join("00000000");
    let bytes = fs::read(&path).unwrap();
    for len in 0..bytes.len() {
        fs::write(&path, &bytes[..len]).unwrap();
        let (whole, error) = read_all(dir.path());
        assert_eq!(whole.len(), len / 27);
        assert_eq!(error.is_some(), len % 27 != 0, "{len}");
        if let Some(FileError::Corrupt(damage)) = error {
            cut(&(&path).into(), &damage, true, &dir.path().join("quarantine").into()).unwrap();
            assert_eq!(read_all(dir.path()).0, whole);
        }
    }
    assert!(!dir.path().join("quarantine").exists(), "a torn tail is nothing to look at");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("00000000"), bytes).unwrap();
        let _any = read_all(dir.path());
    }
}
