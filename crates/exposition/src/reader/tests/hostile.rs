//! No bytes make a reader panic, loop, or return more than the body can hold.

use proptest::prelude::*;

use super::*;

const ALL: [BodyFormat; 3] = [BodyFormat::Text, BodyFormat::OpenMetrics, BodyFormat::Protobuf];

fn drain(body: &[u8]) {
    for format in ALL {
        for bits in 0..16u8 {
            let options = Options {
                ignore_native: bits & 1 != 0,
                convert_classic: bits & 2 != 0,
                keep_classic: bits & 4 != 0,
                start_times: bits & 8 != 0,
            };
            let mut reader = Reader::new(body, format, options);
            let mut entries = 0;
            while let Ok(Some(entry)) = reader.next() {
                if let Entry::Sample { series, .. } | Entry::Histogram { series, .. } = entry {
                    // Duplicate labels are fine here.
                    drop(series.labels());
                }
                entries += 1;
                assert!(entries <= 4 * body.len() + 4, "{entries} entries in {} bytes", body.len());
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..200)) {
        drain(&body);
    }

    #[test]
    fn bytes_that_look_like_a_body(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "# TYPE ", "# HELP ", "# UNIT ", "# EOF", "\n", " ", "\t", "{", "}", "\"", "\\", ",", "=", "a", "le", "1",
            "1.5e3", "NaN", "+Inf", "_bucket", "_count", "_created", " # {", "histogram", "counter", "summary", "é",
            "\u{0}", "h_bucket{le=\"1\"} 1\n", "h_count 1\n", "# TYPE h histogram\n",
        ]), 0..60),
    ) {
        drain(pieces.concat().as_bytes());
    }
}
