//! What names an alert or a group: a hash of its labels, equal to the one that Prometheus's libraries compute, because the
//! API shows it and inhibitions name it.

use std::fmt;

use model::Labels;

const OFFSET: u64 = 14_695_981_039_346_656_037;
const PRIME: u64 = 1_099_511_628_211;
const SEPARATOR: u8 = 0xff;

/// The 64-bit FNV-1a hash over sorted names and values, each followed by the byte 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// Computes the fingerprint of a label set.
    pub fn of(labels: &Labels) -> Fingerprint {
        let mut hash = OFFSET;
        let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        for (name, value) in labels.iter() {
            name.bytes().for_each(&mut add);
            add(SEPARATOR);
            value.bytes().for_each(&mut add);
            add(SEPARATOR);
        }
        Fingerprint(hash)
    }
}

/// Prints sixteen hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_to_the_original() {
        // Values of the test of prometheus/common, `model/signature_test.go`.
        let known = Labels::from_pairs([("name", "garland, briggs"), ("fear", "love is not enough")]);
        assert_eq!(Fingerprint::of(&known), Fingerprint(5_799_056_148_416_392_346));
        assert_eq!(Fingerprint::of(&Labels::empty()).to_string(), "cbf29ce484222325");
    }
}
