//! Late samples: what is taken, and that it is there whatever happens.

use super::*;

const WINDOW: i64 = 3 * BLOCK / 2;

fn with_window() -> Options {
    Options { out_of_order_window_ms: WINDOW, ..options() }
}

fn try_put(db: &Db, i: usize, t: i64, v: f64) -> Result<(), AppendError> {
    let mut batch = db.appender();
    let id = batch.resolve(&series(i)).unwrap();
    let result = batch.sample(id, t, v);
    batch.commit().unwrap();
    result
}

fn floats(db: &Db, i: usize) -> Vec<(i64, f64)> {
    let view = db.view(TimeRange::ALL).unwrap();
    floats_of(&*view, i)
}

fn floats_of(view: &dyn Select, i: usize) -> Vec<(i64, f64)> {
    let matchers = [Matcher::equal("i", i.to_string())];
    let found = view.select(&SelectRequest::new(&matchers, TimeRange::ALL)).unwrap();
    let mut out = Samples::default();
    if !found.is_empty() {
        found.read(0, TimeRange::ALL, &mut out).unwrap();
    }
    out.t.into_iter().zip(out.v).collect()
}

#[test]
fn verdicts_are_those_of_the_original() {
    use AppendError::{DuplicateTimestamp, OutOfBounds, OutOfOrder, TooOld};
    // Newest of all: 10,000. In order from 9,500 on (half a block); series 0 ends at 9,900, series 1 at 8,000.
    /// What, window, series, time, value, refusal.
    type Case = (&'static str, i64, usize, i64, f64, Option<AppendError>);
    let cases: [Case; 14] = [
        ("newer", WINDOW, 0, 9_950, 1.0, None),
        ("older than the series, within the window", WINDOW, 0, 9_600, 1.0, None),
        ("older than half a block", WINDOW, 0, 9_000, 1.0, None),
        ("newer than its series, but not in order", WINDOW, 1, 9_000, 1.0, None),
        ("at the window's end", WINDOW, 0, 10_000 - WINDOW, 1.0, None),
        ("beyond the window", WINDOW, 0, 10_000 - WINDOW - 1, 1.0, Some(TooOld)),
        ("a new series beyond the window", WINDOW, 5, 10_000 - WINDOW - 1, 1.0, Some(TooOld)),
        ("a new series within it", WINDOW, 5, 10_000 - WINDOW, 1.0, None),
        ("the same again", WINDOW, 0, 9_900, 9_900.0, None),
        ("another at that time", WINDOW, 0, 9_900, 1.0, Some(DuplicateTimestamp)),
        ("without a window", 0, 0, 9_600, 1.0, Some(OutOfOrder)),
        ("without a window, beyond half a block", 0, 0, 9_000, 1.0, Some(OutOfBounds)),
        ("without a window, a new series", 0, 5, 9_600, 1.0, None),
        ("without a window, the same again", 0, 0, 9_900, 9_900.0, None),
    ];
    for (what, window, i, t, v, expected) in cases {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(dir.path(), Options { out_of_order_window_ms: window, ..options() }).unwrap();
        put(&db, &[(1, 8_000, 1.0), (0, 9_900, 9_900.0), (2, 10_000, 1.0)]);
        let found = try_put(&db, i, t, v).err();
        assert_eq!(found.map(|e| e.to_string()), expected.map(|e| e.to_string()), "{what}");
    }
}

#[test]
fn a_batch_that_refuses_late_samples_gets_told() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), with_window()).unwrap();
    put(&db, &[(0, 5_000, 1.0)]);
    let mut batch = db.appender();
    batch.refuse_out_of_order();
    let id = batch.resolve(&series(0)).unwrap();
    assert!(matches!(batch.sample(id, 4_900, 1.0), Err(AppendError::OutOfOrder)));
    assert!(matches!(batch.sample(id, 5_000 - WINDOW - 1, 1.0), Err(AppendError::TooOld)));
    batch.sample(id, 5_100, 1.0).unwrap();
    batch.commit().unwrap();
    assert_eq!(floats(&db, 0), [(5_000, 1.0), (5_100, 1.0)]);
}

#[test]
fn one_batch_may_be_out_of_order_in_itself() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), with_window()).unwrap();
    let mut batch = db.appender();
    let id = batch.resolve(&series(0)).unwrap();
    for t in [5_000, 4_990, 5_010, 4_995] {
        batch.sample(id, t, t as f64).unwrap();
    }
    let summary = batch.commit().unwrap();
    assert_eq!((summary.samples, summary.dropped), (4, 0));
    let expected: Vec<_> = [4_990, 4_995, 5_000, 5_010].map(|t| (t, t as f64)).to_vec();
    assert_eq!(floats(&db, 0), expected);
    std::mem::forget(db);
    assert_eq!(floats(&Db::open(dir.path(), with_window()).unwrap(), 0), expected);
}

#[test]
fn a_view_sees_late_commits_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), with_window()).unwrap();
    put(&db, &[(0, 5_000, 1.0), (1, 5_000, 1.0)]);
    put(&db, &[(0, 4_500, 2.0)]);
    let view = db.view(TimeRange::ALL).unwrap();
    let before = floats_of(&*view, 0);
    // More than a list holds, so that some wait to become chunks.
    for t in 0..70 {
        put(&db, &[(0, 4_501 + t, 3.0), (1, 4_501 + t, 3.0)]);
    }
    db.inner.head.write_late_lists().unwrap();
    assert_eq!(floats_of(&*view, 0), before);
    assert_eq!(floats_of(&*view, 1), [(5_000, 1.0)]);
    assert_eq!(floats(&db, 0).len(), 72);
    assert_eq!(db.inner.head.chunk_files().bytes(), 0, "what an open view must not see stays in memory");
    drop(view);
    assert_eq!(db.inner.head.write_late_lists().unwrap(), 2);
    assert!(db.inner.head.chunk_files().bytes() > 0);
    assert_eq!((floats(&db, 0).len(), floats(&db, 1).len()), (72, 71));
}

#[test]
fn late_samples_go_to_blocks_of_their_own_which_are_joined() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), with_window()).unwrap();
    let mut expected = Vec::new();
    for t in (0..3_000).step_by(50) {
        put(&db, &[(0, t, 1.0)]);
        expected.push((t, 1.0));
    }
    for t in (1_525..2_900).step_by(50) {
        try_put(&db, 0, t, 2.0).unwrap();
        expected.push((t, 2.0));
    }
    expected.sort_by_key(|(t, _)| *t);
    assert_eq!(floats(&db, 0), expected);
    // The head holds more than a block and a half: blocks are cut, and late samples leave the head.
    db.compact().unwrap();
    let stats = db.stats();
    assert_eq!(floats(&db, 0), expected);
    assert_eq!((db.inner.head.late().min_t(), stats.compactions_failed_total), (i64::MAX, 0));
    let ranges: Vec<(i64, i64, u32)> =
        db.blocks().iter().map(|b| (b.min_time_ms, b.max_time_ms, b.level)).collect();
    // [1000, 2000) was cut from both and joined; [2000, 3000) is still in the head, but for what came late.
    assert_eq!(ranges, [(0, 1_000, 1), (1_000, 2_000, 2), (2_000, 3_000, 1)]);
    let wbl: Vec<_> = std::fs::read_dir(dir.path().join("wbl")).unwrap().collect();
    assert_eq!(wbl.len(), 1, "only the segment that is being written is left");
    drop(db);
    let db = Db::open(dir.path(), with_window()).unwrap();
    assert_eq!(floats(&db, 0), expected, "the block of late samples does not tell where the head begins");
    // The rest of that range leaves the head too.
    for t in (3_000..4_000).step_by(50) {
        put(&db, &[(0, t, 1.0)]);
        expected.push((t, 1.0));
    }
    db.compact().unwrap();
    assert_eq!(floats(&db, 0), expected);
    assert_eq!(db.blocks().iter().filter(|b| b.min_time_ms == 2_000).count(), 1);
}

#[test]
fn overlapping_blocks_stay_where_another_program_compacts() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), Options { overlapping_compaction: false, ..with_window() }).unwrap();
    for t in (0..3_000).step_by(50) {
        put(&db, &[(0, t, 1.0)]);
    }
    for t in (1_525..1_900).step_by(50) {
        try_put(&db, 0, t, 2.0).unwrap();
    }
    let before = floats(&db, 0);
    db.compact().unwrap();
    assert_eq!(db.blocks().iter().filter(|b| b.min_time_ms == 1_000).count(), 2);
    assert_eq!(floats(&db, 0), before);
    drop(db);
    let db = Db::open(dir.path(), with_window()).unwrap();
    db.compact().unwrap();
    assert_eq!(db.blocks().iter().filter(|b| b.min_time_ms == 1_000).count(), 1);
    assert_eq!(floats(&db, 0), before);
}

#[test]
fn a_window_can_be_opened_and_closed_while_running() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), options()).unwrap();
    put(&db, &[(0, 5_000, 1.0)]);
    assert!(matches!(try_put(&db, 0, 4_900, 1.0), Err(AppendError::OutOfOrder)));
    db.set_out_of_order_window(WINDOW);
    try_put(&db, 0, 4_900, 2.0).unwrap();
    db.set_out_of_order_window(0);
    assert!(matches!(try_put(&db, 0, 4_800, 1.0), Err(AppendError::OutOfOrder)));
    let expected = [(4_900, 2.0), (5_000, 1.0)];
    assert_eq!(floats(&db, 0), expected);
    drop(db);
    assert_eq!(floats(&Db::open(dir.path(), options()).unwrap(), 0), expected);
}

#[test]
fn start_times_stay_with_their_samples() {
    let dir = tempfile::tempdir().unwrap();
    let mut expected = Samples::default();
    let put = |db: &Db, start: i64, t: i64| {
        let mut batch = db.appender();
        let id = batch.resolve(&series(0)).unwrap();
        batch.sample_started(id, start, t, t as f64).unwrap();
        batch.commit().unwrap();
    };
    let read = |db: &Db| {
        let view = db.view(TimeRange::ALL).unwrap();
        let found = view.select(&SelectRequest::new(&[Matcher::equal("i", "0")], TimeRange::ALL)).unwrap();
        let mut out = Samples::default();
        found.read(0, TimeRange::ALL, &mut out).unwrap();
        out
    };
    let mut db = Db::open(dir.path(), with_window()).unwrap();
    for t in (0..3_000).step_by(50) {
        // Without for a while, then with one, then another for each sample.
        let start = match t {
            0..500 => 0,
            500..1_200 => 400,
            _ => t - 30,
        };
        put(&db, start, t);
        expected.push_started(start, t, t as f64);
        if t == 2_000 {
            put(&db, 1_111, 1_975); // late
            expected = {
                let mut joined = expected.split_off(0, 0);
                let last = joined.split_off(joined.t.len() - 1, 0);
                joined.push_started(1_111, 1_975, 1_975.0);
                append(&mut joined, last);
                joined
            };
        }
        if t % 700 == 0 {
            std::mem::forget(db);
            db = Db::open(dir.path(), with_window()).unwrap();
            assert_eq!(read(&db), expected, "after the log was read at {t}");
        }
    }
    db.inner.head.write_waiting_chunks().unwrap();
    assert_eq!(read(&db), expected);
    drop(db);
    let db = Db::open(dir.path(), with_window()).unwrap();
    assert_eq!(read(&db), expected);
    db.compact().unwrap();
    assert!(!db.blocks().is_empty());
    assert_eq!(read(&db), expected, "from blocks");
}

#[test]
fn chunks_are_xor2_where_that_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let with_xor2 = || Options { xor2: true, ..options() };
    let db = Db::open(dir.path(), with_xor2()).unwrap();
    let mut expected = Vec::new();
    for t in (0..3_000).step_by(50) {
        put(&db, &[(0, t, t as f64)]);
        expected.push((t, t as f64));
    }
    db.compact().unwrap();
    let block = db.inner.blocks.get()[0].clone();
    let (_, _, chunks) = block.series().next().unwrap().unwrap();
    let (encoding, _) = block.chunks().chunk(chunks[0].chunk).unwrap();
    assert_eq!(encoding, crate::chunkenc::Encoding::Xor2);
    drop(db);
    for options in [with_xor2(), options()] {
        assert_eq!(floats(&Db::open(dir.path(), options).unwrap(), 0), expected);
    }
}

/// What may be found at a time.
#[derive(Clone, Debug, Default)]
struct Expected {
    values: Vec<String>,
    /// Put where samples were deleted before: deletions of the head may hide it.
    optional: bool,
}

/// The plain map: by series and time.
#[derive(Default)]
struct Model {
    samples: BTreeMap<(usize, i64), Expected>,
    deleted: Vec<(usize, i64, i64)>,
}

impl Model {
    fn put(&mut self, i: usize, t: i64, value: String) {
        let hidden = self.deleted.iter().any(|(d, from, to)| *d == i && (from..=to).contains(&&t));
        let expected =
            self.samples.entry((i, t)).or_insert(Expected { values: Vec::new(), optional: hidden });
        expected.values.push(value);
    }

    fn delete(&mut self, i: usize, from: i64, to: i64) {
        self.samples.retain(|(s, t), _| *s != i || !(from..=to).contains(t));
        self.deleted.push((i, from, to));
    }

    fn check(&self, found: &Contents) {
        let mut left = self.samples.clone();
        for i in 0..6 {
            for (t, value) in found.get(&series(i).to_string()).into_iter().flatten() {
                let expected = left.remove(&(i, *t));
                let fits = expected.as_ref().is_some_and(|e| e.values.contains(value));
                assert!(fits, "series {i} at {t}: {value}, expected {expected:?}");
            }
        }
        left.retain(|_, e| !e.optional);
        assert!(left.is_empty(), "missing: {left:?}");
    }
}

/// One step of the model test.
#[derive(Clone, Debug)]
enum Late {
    /// Samples: series, how late, value; value 0 is a histogram.
    Put(Vec<(usize, i64, u8)>),
    Wait(i64),
    Compact,
    Flush,
    Reopen,
    /// The process dies: the logs keep what was committed.
    Kill,
    Delete(usize, i64, i64),
    Clean,
    Window(bool),
}

fn late_step() -> impl Strategy<Value = Late> {
    let sample = (0usize..6, prop_oneof![2 => -40i64..40, 3 => 0i64..WINDOW + 300], any::<u8>());
    prop_oneof![
        16 => proptest::collection::vec(sample, 1..40).prop_map(Late::Put),
        6 => (1i64..600).prop_map(Late::Wait),
        3 => Just(Late::Compact),
        2 => Just(Late::Flush),
        1 => Just(Late::Reopen),
        2 => Just(Late::Kill),
        1 => (0usize..6, 0i64..3000, 0i64..3000).prop_map(|(i, a, b)| Late::Delete(i, a, b)),
        1 => Just(Late::Clean),
        1 => any::<bool>().prop_map(Late::Window),
    ]
}

fn put_late(db: &Db, model: &mut Model, now: i64, samples: &[(usize, i64, u8)]) {
    let mut batch = db.appender();
    let mut taken: Vec<(usize, i64, String)> = Vec::new();
    let open = db.inner.head.late().window_ms() > 0;
    for (i, late, value) in samples {
        // Without a window a batch that is out of order in itself loses samples at commit.
        if !open && taken.iter().any(|(of, _, _)| of == i) {
            continue;
        }
        let (t, id) = (now - late, batch.resolve(&series(*i)).unwrap());
        let (result, text) = match value {
            0..20 => {
                let count = u64::from(*value) + 1;
                let h = histogram(count);
                let text = format!("{:?}", h.to_float().positive_buckets);
                (batch.histogram(id, t, h), text)
            }
            20.. => (batch.sample(id, t, f64::from(*value)), format!("{:x}", f64::from(*value).to_bits())),
        };
        if result.is_ok() {
            taken.push((*i, t, text));
        }
    }
    let dropped = batch.commit().unwrap().dropped;
    // Only repeats of one time within a batch are dropped at commit.
    let mut times: Vec<_> = taken.iter().map(|(i, t, _)| (*i, *t)).collect();
    times.sort_unstable();
    let repeats = times.windows(2).filter(|w| w[0] == w[1]).count() as u64;
    assert!(dropped <= repeats, "{dropped} samples dropped, {repeats} repeats");
    taken.into_iter().for_each(|(i, t, text)| model.put(i, t, text));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn late_samples_equal_a_plain_map(steps in proptest::collection::vec(late_step(), 1..60)) {
        let dir = tempfile::tempdir().unwrap();
        let mut model = Model::default();
        let mut window = WINDOW;
        let open = |window| {
            Db::open(dir.path(), Options { out_of_order_window_ms: window, ..options() }).unwrap()
        };
        let mut db = open(window);
        let mut now = 10 * BLOCK;
        for step in &steps {
            match step {
                Late::Put(samples) => {
                    now += 41;
                    put_late(&db, &mut model, now, samples);
                }
                Late::Wait(ms) => now += ms,
                Late::Compact => db.compact().unwrap(),
                Late::Flush => drop(db.inner.head.write_late_lists().unwrap()),
                Late::Reopen => {
                    drop(db);
                    db = open(window);
                }
                Late::Kill => {
                    std::mem::forget(db);
                    db = open(window);
                }
                Late::Delete(i, a, b) => {
                    let (from, to) = (now - a.max(b), now - a.min(b));
                    let range = TimeRange { min_ms: from, max_ms: to };
                    db.delete(range, &[vec![Matcher::equal("i", i.to_string())]]).unwrap();
                    model.delete(*i, from, to);
                }
                Late::Clean => db.clean_tombstones().unwrap(),
                Late::Window(on) => {
                    window = if *on { WINDOW } else { 0 };
                    db.set_out_of_order_window(window);
                }
            }
            model.check(&all_of(&db));
        }
    }
}
