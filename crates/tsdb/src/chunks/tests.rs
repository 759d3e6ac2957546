//! Chunk files: round trip, cutting, damage.

use super::*;
use crate::chunkenc::Encoding;

fn write(dir: &std::path::Path, segment_bytes: u64, chunks: &[Vec<u8>]) -> Vec<ChunkMeta> {
    let mut writer = ChunkWriter::create(dir, segment_bytes).unwrap();
    let metas = chunks
        .iter()
        .map(|data| writer.write(&NewChunk { encoding: Encoding::Xor, data, min_ms: 1, max_ms: 2 }).unwrap())
        .collect();
    writer.finish().unwrap();
    metas
}

#[test]
fn chunks_come_back_from_several_files() {
    let dir = tempfile::tempdir().unwrap();
    let chunks: Vec<Vec<u8>> = (0..100u8).map(|i| vec![i; 10 * usize::from(i)]).collect();
    let metas = write(dir.path(), 4096, &chunks);
    assert!(metas.windows(2).all(|w| w[0].chunk < w[1].chunk));
    assert!(metas[99].chunk.segment() > 10);
    let reader = ChunkReader::open(dir.path()).unwrap();
    for (meta, data) in metas.iter().zip(&chunks) {
        assert_eq!(reader.chunk(meta.chunk).unwrap(), (Encoding::Xor, &data[..]));
    }
    let files = std::fs::read_dir(dir.path()).unwrap();
    let disk: u64 = files.map(|f| f.unwrap().metadata().unwrap().len()).sum();
    assert_eq!(reader.bytes(), disk);
}

#[test]
fn damage_names_file_and_offset() {
    let dir = tempfile::tempdir().unwrap();
    let metas = write(dir.path(), SEGMENT_BYTES, &[vec![1; 20], vec![2; 20]]);
    let path = dir.path().join("000001");
    let good = std::fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x55;
        std::fs::write(&path, &bad).unwrap();
        let Ok(reader) = ChunkReader::open(dir.path()) else {
            assert!(at < 5, "byte {at} is not part of the header");
            continue;
        };
        let failed: Vec<bool> = metas.iter().map(|m| reader.chunk(m.chunk).is_err()).collect();
        let second = metas[1].chunk.offset();
        assert_eq!(failed, [(8..second).contains(&at), at >= second], "byte {at}");
    }
    std::fs::write(&path, &good[..good.len() - 1]).unwrap();
    let error = ChunkReader::open(dir.path()).unwrap().chunk(metas[1].chunk).unwrap_err();
    let expected = format!(
        "corrupt chunk at offset 34 of {}: expected 20 bytes of data, found 25 bytes up to the end",
        path.display()
    );
    assert_eq!(error.to_string(), expected);
    for wild in [ChunkRef(u64::MAX), ChunkRef::new(0, 0), ChunkRef::new(0, u32::MAX), ChunkRef::new(1, 8)] {
        assert!(ChunkReader::open(dir.path()).unwrap().chunk(wild).is_err());
    }
}
