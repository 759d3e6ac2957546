//! Images from any bytes: refused, never a panic.

use proptest::prelude::*;

use super::sections::{Writer, sections};
use super::*;
use crate::disk::{DiskPath, RealDisk};
use crate::encoding::Cursor;

fn file_with(contents: &[(Kind, Vec<u8>)]) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = DiskPath::new(std::sync::Arc::new(RealDisk), dir.path().join(FILE_NAME));
    let mut writer = Writer::create(&path).unwrap();
    for (kind, contents) in contents {
        writer.section(*kind, &mut contents.clone()).unwrap();
    }
    let bytes = writer.end().unwrap();
    let file = path.read().unwrap();
    assert_eq!(file.len() as u64, bytes);
    file
}

proptest! {
    #[test]
    fn sections_come_back(contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 0..5)) {
        let written: Vec<_> = contents.iter().map(|c| (Kind::Records, c.clone())).collect();
        let file = file_with(&written);
        let found = sections(&file).unwrap();
        let read: Vec<Vec<u8>> = found.iter().map(|s| s.contents().unwrap().to_vec()).collect();
        prop_assert_eq!(read, contents);
        for cut in 0..file.len() {
            prop_assert!(sections(&file[..cut]).is_err());
        }
    }

    #[test]
    fn any_bytes_are_a_page_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut c = Cursor::new(&bytes);
        while page::take(&mut c).is_some() {}
    }
}
