//! Encodings with start times. The encoders here follow the tables of Prometheus 3.14 `tsdb/docs/format/chunks.md`.

use model::histogram::{Histogram, HistogramValue, ResetHint};
use model::value::{STALE_NAN, is_stale};
use proptest::prelude::*;
use storage::{Samples, TimeRange};

use super::bits::BitWriter;
use super::native::sealed::Codec;
use super::varbit::put_int;
use super::*;

/// A sample with the time its series started, 0 if it is not known.
type Sample = (i64, f64, i64);

/// Writes the starts of samples as `st.go` does.
#[derive(Default)]
struct StartWriter {
    start: i64,
    former: i64,
    from: usize,
    header: u8,
}

impl StartWriter {
    fn put(&mut self, bits: &mut BitWriter<'_>, i: usize, former_t: i64, t: i64, start: i64) {
        if i == 0 {
            if start != 0 {
                bits.put_varint(t - start);
                self.header = 0x80;
            }
        } else if self.from > 0 {
            put_int(bits, former_t - start - self.former);
            self.former = former_t - start;
        } else if start != self.start || i == 127 {
            put_int(bits, former_t - start);
            (self.former, self.from) = (former_t - start, i);
            self.header |= i as u8;
        }
        self.start = start;
    }
}

fn put_window(
    bits: &mut BitWriter<'_>,
    window: &mut Option<(u32, u32)>,
    delta: u64,
    reuse: (u64, u32),
    new: (u64, u32),
) {
    let (leading, trailing) = (delta.leading_zeros().min(31), delta.trailing_zeros());
    match *window {
        Some((l, t)) if leading >= l && trailing >= t => {
            bits.put(reuse.0, reuse.1);
            bits.put(delta >> t, 64 - l - t);
        }
        _ => {
            *window = Some((leading, trailing));
            let significant = 64 - leading - trailing;
            bits.put(new.0, new.1);
            bits.put(u64::from(leading), 5);
            bits.put(u64::from(significant & 63), 6);
            bits.put(delta >> trailing, significant);
        }
    }
}

fn encode_xor2(samples: &[Sample]) -> Vec<u8> {
    let mut chunk = (samples.len() as u16).to_be_bytes().to_vec();
    chunk.push(0);
    let mut starts = StartWriter::default();
    let (mut free, mut step, mut former_t, mut base, mut window) = (0, 0, 0, 0u64, None);
    for (i, &(t, v, start)) in samples.iter().enumerate() {
        let mut bits = BitWriter::resume(&mut chunk, free);
        let delta = base ^ v.to_bits();
        let change = t - former_t - step;
        step = t - former_t;
        match i {
            0 => {
                bits.put_varint(t);
                bits.put(v.to_bits(), 64);
                step = 0;
            }
            1 => bits.put_uvarint(step as u64),
            _ if change == 0 && is_stale(v) => bits.put(0b11111, 5),
            _ if change == 0 && delta == 0 => bits.put(0, 1),
            _ if change == 0 => {
                bits.put(0b10, 2);
                put_window(&mut bits, &mut window, delta, (0, 1), (1, 1));
            }
            _ if (-(1 << 12)..1 << 12).contains(&change) => {
                bits.put(0b110 << 13 | change as u64 & 0x1fff, 16)
            }
            _ if (-(1 << 19)..1 << 19).contains(&change) => {
                bits.put(0b1110 << 20 | change as u64 & 0xf_ffff, 24)
            }
            _ => {
                bits.put(0b11110, 5);
                bits.put(change as u64, 64);
            }
        }
        if i == 1 || i > 1 && change != 0 {
            match delta {
                _ if is_stale(v) => bits.put(0b111, 3),
                0 => bits.put(0, 1),
                _ => put_window(&mut bits, &mut window, delta, (0b10, 2), (0b110, 3)),
            }
        }
        starts.put(&mut bits, i, former_t, t, start);
        free = bits.free();
        former_t = t;
        base = if is_stale(v) { base } else { v.to_bits() };
    }
    chunk[2] = starts.header;
    chunk
}

fn samples() -> impl Strategy<Value = Vec<Sample>> {
    let step =
        prop_oneof![6 => Just(15_000i64), 2 => 14_000i64..16_000, 1 => 1i64..900_000, 1 => 1i64..1 << 40];
    let value = prop_oneof![
        4 => Just(None), 3 => (0i64..99).prop_map(|v| Some(v as f64)), 1 => any::<f64>().prop_map(Some), 1 => Just(Some(STALE_NAN))
    ];
    let start = prop_oneof![8 => Just(None), 1 => (0i64..1_000_000).prop_map(Some)];
    let known = any::<bool>();
    (known, prop::collection::vec((step, value, start), 0..200)).prop_map(|(known, steps)| {
        let (mut t, mut v, mut s) = (1_700_000_000_000, 1.0, if known { 1_699_999_999_000 } else { 0 });
        let next = |(step, value, start): (i64, Option<f64>, Option<i64>)| {
            t += step;
            v = value.unwrap_or(v);
            s = start.map_or(s, |back| t - back);
            (t, v, s)
        };
        steps.into_iter().map(next).collect()
    })
}

proptest! {
    #[test]
    fn xor2_chunks_are_read(samples in samples()) {
        let chunk = encode_xor2(&samples);
        let mut out = Samples::default();
        decode(Encoding::Xor2, &chunk, TimeRange::ALL, &mut out).unwrap();
        prop_assert_eq!(&out.t, &samples.iter().map(|s| s.0).collect::<Vec<_>>());
        for (i, s) in samples.iter().enumerate() {
            prop_assert_eq!(out.start(i), s.2);
        }
        let bits = |v: &f64| v.to_bits();
        prop_assert_eq!(out.v.iter().map(bits).collect::<Vec<_>>(), samples.iter().map(|s| bits(&s.1)).collect::<Vec<_>>());
    }

    #[test]
    fn our_encoder_writes_the_same_bytes(samples in samples(), split in 0usize..200) {
        let mut chunk = Vec::new();
        let mut appender = Xor2Appender::start(&mut chunk);
        for (i, &(t, v, start)) in samples.iter().enumerate() {
            if i == split {
                let resumed = Xor2Appender::resume(&chunk).unwrap();
                prop_assert_eq!(resumed.samples(), appender.samples());
                appender = resumed;
            }
            appender.append(&mut chunk, start, t, v);
        }
        prop_assert_eq!(chunk, encode_xor2(&samples));
        prop_assert_eq!(appender.last().map(|(t, v)| (t, v.to_bits())), samples.last().map(|s| (s.0, s.1.to_bits())));
    }

    #[test]
    fn histograms_with_starts_are_read_and_written(
        samples in samples(),
        gauge in any::<bool>(),
        split in 0usize..200,
    ) {
        let mut chunk = vec![0, 0, 0];
        let (mut free, mut step, mut former_t) = (0, 0, 0);
        let (mut starts, mut last, mut state) = (StartWriter::default(), Histogram::default(), Default::default());
        for (i, &(t, sum, start)) in samples.iter().filter(|s| !is_stale(s.1)).enumerate() {
            let h = Histogram { sum, count: i as u64, ..Histogram::default() };
            let mut bits = BitWriter::resume(&mut chunk, free);
            if i == 0 {
                layout::put_layout(&mut bits, 0, 0.0, [&[], &[]], &[]);
                put_int(&mut bits, t);
                h.put_first(&mut state, &mut bits);
                last = h;
            } else {
                put_int(&mut bits, t - former_t - step);
                step = t - former_t;
                last.put_next(&h, &mut state, &mut bits);
            }
            starts.put(&mut bits, i, former_t, t, start);
            free = bits.free();
            former_t = t;
        }
        let expected: Vec<_> = samples.iter().filter(|s| !is_stale(s.1)).map(|s| (s.0, s.1.to_bits())).collect();
        let header = (u16::from(gauge) * 3) << 14 | expected.len() as u16;
        chunk[..2].copy_from_slice(&header.to_be_bytes());
        chunk[2] = starts.header;
        let mut out = Samples::default();
        decode(Encoding::HistogramWithStarts, &chunk, TimeRange::ALL, &mut out).unwrap();
        prop_assert_eq!(usize::from(Encoding::HistogramWithStarts.samples_in(&chunk).unwrap()), expected.len());
        let found: Vec<_> = out.histograms.iter().map(|(t, h)| match h {
            HistogramValue::Integer(h) => {
                assert!(h.reset_hint == ResetHint::Gauge || !gauge);
                (*t, h.sum.to_bits())
            }
            HistogramValue::Float(_) => panic!("integer expected"),
        }).collect();
        prop_assert_eq!(found, expected);
        for (i, s) in samples.iter().filter(|s| !is_stale(s.1)).enumerate() {
            prop_assert_eq!(out.histogram_start(i), s.2);
        }
        // Our encoder writes the same bytes, also when it goes on with a chunk that was read.
        let (header, reset_hint) = match gauge {
            true => (ResetHeader::Gauge, ResetHint::Gauge),
            false => (ResetHeader::Unknown, ResetHint::Unknown),
        };
        let mut ours = Vec::new();
        let mut appender = HistogramAppender::start_with_starts(&mut ours, header);
        for (i, &(t, sum, start)) in samples.iter().filter(|s| !is_stale(s.1)).enumerate() {
            if i == split {
                appender = HistogramAppender::resume_with_starts(&ours).unwrap();
            }
            let h = Histogram { reset_hint, sum, count: i as u64, ..Histogram::default() };
            prop_assert_eq!(appender.append_started(&mut ours, start, t, &h), Appended::InPlace);
        }
        prop_assert_eq!(ours, chunk);
    }
}
