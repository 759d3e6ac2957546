//! An index: symbols and lists are sorted, and each series stands in the lists of its labels and in no other.

use hashbrown::HashMap;
use model::Labels;
use storage::SelectError;

use super::Verified;
use crate::block::Block;
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::index::FILE_NAME;
use crate::postings::Postings;
use crate::select::IndexRead;

/// Series entries begin at multiples of this.
const SERIES_ALIGN: u64 = 16;

/// Returns the index of a block.
pub(super) fn path(dir: &DiskPath) -> DiskPath {
    dir.join(FILE_NAME)
}

/// Returns where a series' entry stands.
pub(super) fn offset(series: u32) -> u64 {
    u64::from(series) * SERIES_ALIGN
}

/// Returns the numbers of all series, after a look at symbols and order.
pub(super) fn series_numbers(part: &mut Verified, block: &Block) -> Vec<u32> {
    let path = path(block.dir());
    let mut last: Option<&str> = None;
    for symbol in block.index().symbols() {
        if let Some(last) = last.filter(|last| *last >= symbol) {
            let expected = format!("a string after {last:?}");
            part.found(FileError::corrupt(path.path(), 0, "symbols", expected, format!("{symbol:?}")));
        }
        last = Some(symbol);
    }
    let all = block.index().all_postings().map(Postings::into_vec).map_err(|e| file_error(e, &path));
    let all = part.note(all).unwrap_or_default();
    check_sorted(part, &path, "all series", &all);
    all
}

/// Which series have which label, as sums: how many, and a sum of their numbers' hashes. Two numbers a label pair, so
/// that an index of any size can be compared with its lists.
#[derive(Debug, Default)]
pub(super) struct Membership(HashMap<u64, (u64, u64)>);

impl Membership {
    /// Notes a series.
    pub(super) fn add(&mut self, series: u32, labels: &Labels) {
        for (name, value) in labels {
            let (count, sum) = self.0.entry(pair_hash(name, value)).or_default();
            *count += 1;
            *sum = sum.wrapping_add(series_hash(series));
        }
    }

    /// Compares with the lists of the index.
    pub(super) fn compare(mut self, part: &mut Verified, block: &Block) {
        let path = path(block.dir());
        let index = block.index();
        let names = part.note(index.label_names().map_err(|e| file_error(e, &path))).unwrap_or_default();
        for name in names {
            let mut values: Vec<String> = Vec::new();
            let visited = index.visit_label_values(&name, &[], &mut |value| values.push(value.to_owned()));
            part.note(visited.map_err(|e| file_error(e, &path)));
            for pair in values.windows(2).filter(|pair| pair[0] >= pair[1]) {
                let expected = format!("a value of {name} after {:?}", pair[0]);
                part.found(FileError::corrupt(
                    path.path(),
                    0,
                    "postings table",
                    expected,
                    format!("{:?}", pair[1]),
                ));
            }
            for value in values {
                let list = index.postings(&name, &value).map(Postings::into_vec);
                let Some(list) = part.note(list.map_err(|e| file_error(e, &path))) else { continue };
                let what = format!("series with {name}={value:?}");
                check_sorted(part, &path, &what, &list);
                let sum = list.iter().fold(0_u64, |sum, series| sum.wrapping_add(series_hash(*series)));
                let (count, want) = self.0.remove(&pair_hash(&name, &value)).unwrap_or_default();
                if (list.len() as u64, sum) != (count, want) {
                    let expected = format!("the {count} {what}");
                    let found = format!("{} others", list.len());
                    part.found(FileError::corrupt(path.path(), 0, "postings", expected, found));
                }
            }
        }
        if !self.0.is_empty() {
            let expected = format!("{} more label pairs of its series", self.0.len());
            part.found(FileError::corrupt(path.path(), 0, "postings table", expected, "none of them"));
        }
        // What is read of them was found again elsewhere.
        index.damaged_lists().into_iter().for_each(|error| part.found(error));
    }
}

fn check_sorted(part: &mut Verified, path: &DiskPath, what: &str, list: &[u32]) {
    if let Some(pair) = list.windows(2).find(|pair| pair[0] >= pair[1]) {
        let expected = format!("{what}: a number after {}", pair[0]);
        part.found(FileError::corrupt(path.path(), 0, "postings", expected, pair[1]));
    }
}

fn pair_hash(name: &str, value: &str) -> u64 {
    let mut bytes = Vec::with_capacity(name.len() + value.len() + 1);
    bytes.extend_from_slice(name.as_bytes());
    bytes.push(0xff); // in no UTF-8 text
    bytes.extend_from_slice(value.as_bytes());
    rapidhash::v3::rapidhash_v3(&bytes)
}

fn series_hash(series: u32) -> u64 {
    rapidhash::v3::rapidhash_v3(&series.to_be_bytes())
}

/// Unwraps what a block's reader met; anything else is reported as it reads.
fn file_error(error: SelectError, path: &DiskPath) -> FileError {
    if let SelectError::Storage(inner) = &error
        && let Some(file) = inner.downcast_ref::<FileError>()
    {
        return file.clone();
    }
    FileError::corrupt(path.path(), 0, "index", "a readable index", error)
}
