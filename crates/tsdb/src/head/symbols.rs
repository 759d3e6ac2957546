//! Label strings, each stored once and named by a number.
//!
//! Invariants: 1. Equal strings have equal numbers.  2. A number stays valid until [`Symbols::sweep`], which frees those
//! that no series uses; freed numbers are used again.

use hashbrown::HashTable;
use rapidhash::v3::rapidhash_v3;

/// A label's name and value, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pair {
    /// The name.
    pub name: u32,
    /// The value.
    pub value: u32,
}

/// The strings.
#[derive(Debug, Default)]
pub struct Symbols {
    strings: Vec<Option<Box<str>>>,
    free: Vec<u32>,
    numbers: HashTable<u32>,
    bytes: usize,
}

impl Symbols {
    /// Returns the number of a string.
    pub fn find(&self, string: &str) -> Option<u32> {
        let hash = rapidhash_v3(string.as_bytes());
        self.numbers.find(hash, |&n| self.get(n) == string).copied()
    }

    /// Returns the string with this number, or `""` for a number that is free.
    #[inline]
    pub fn get(&self, number: u32) -> &str {
        self.strings.get(number as usize).and_then(|s| s.as_deref()).unwrap_or("")
    }

    /// Returns the number of a string, giving it one if it has none.
    pub fn intern(&mut self, string: &str) -> u32 {
        if let Some(number) = self.find(string) {
            return number;
        }
        let number = self.free.pop().unwrap_or_else(|| {
            self.strings.push(None);
            (self.strings.len() - 1) as u32
        });
        self.strings[number as usize] = Some(string.into());
        self.bytes += string.len();
        let strings = &self.strings;
        self.numbers.insert_unique(rapidhash_v3(string.as_bytes()), number, |&n| hash_of(strings, n));
        number
    }

    /// Gives a string the next number, or leaves that free for an empty string. False if the string has a number already.
    pub fn restore_next(&mut self, string: &str) -> bool {
        let number = self.strings.len() as u32;
        if string.is_empty() {
            self.strings.push(None);
            self.free.push(number);
            return true;
        }
        let hash = rapidhash_v3(string.as_bytes());
        if self.numbers.find(hash, |&n| self.get(n) == string).is_some() {
            return false;
        }
        self.strings.push(Some(string.into()));
        self.bytes += string.len();
        let strings = &self.strings;
        self.numbers.insert_unique(hash, number, |&n| hash_of(strings, n));
        true
    }

    /// Returns the bytes that strings and tables take.
    pub fn heap_bytes(&self) -> usize {
        self.bytes + self.strings.capacity() * size_of::<Option<Box<str>>>() + self.numbers.allocation_size()
    }

    /// Returns one past the largest number.
    pub fn bound(&self) -> usize {
        self.strings.len()
    }

    /// Forgets the strings whose number is not marked in `used`.
    pub fn sweep(&mut self, used: &[bool]) {
        for number in 0..self.strings.len() as u32 {
            if used.get(number as usize).copied().unwrap_or(false) {
                continue;
            }
            let hash = hash_of(&self.strings, number);
            if let Some(string) = self.strings[number as usize].take() {
                self.bytes -= string.len();
                self.free.push(number);
                if let Ok(entry) = self.numbers.find_entry(hash, |&n| n == number) {
                    entry.remove();
                }
            }
        }
    }
}

fn hash_of(strings: &[Option<Box<str>>], number: u32) -> u64 {
    rapidhash_v3(strings[number as usize].as_deref().unwrap_or("").as_bytes())
}
