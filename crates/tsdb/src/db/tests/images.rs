//! Images of the head: what a start reads by one is what it reads without.

use model::{Exemplar, Metadata, MetricType};

use super::*;
use crate::disk::crashing::{CrashingDisk, Keep, Random};
use crate::head::IMAGE_FILE;

const DIR: &str = "/data";

fn on(disk: &CrashingDisk) -> Options {
    Options {
        disk: Arc::new(disk.clone()),
        image_log_bytes: 1,
        exemplars_max: 10,
        out_of_order_window_ms: BLOCK,
        ..options()
    }
}

fn open(disk: &CrashingDisk) -> Db {
    Db::open(Path::new(DIR), on(disk)).unwrap()
}

/// What a killed process leaves.
fn killed(disk: &CrashingDisk) -> CrashingDisk {
    disk.image().restart(Keep::All)
}

fn without_image(disk: &CrashingDisk) -> CrashingDisk {
    let disk = killed(disk);
    let image = DiskPath::new(Arc::new(disk.clone()), DIR).join(IMAGE_FILE);
    if image.is_there() {
        image.remove_file().unwrap();
    }
    disk
}

fn image_path() -> std::path::PathBuf {
    Path::new(DIR).join(IMAGE_FILE)
}

fn histogram(n: u64) -> HistogramValue {
    HistogramValue::Integer(Histogram {
        count: n,
        sum: n as f64,
        positive_spans: vec![Span { offset: 0, length: 1 }],
        positive_deltas: vec![n as i64],
        ..Histogram::default()
    })
}

/// Series of all kinds: floats with closed and open chunks, with start times, histograms, exemplars, metadata, a deletion.
fn furnish(db: &Db) {
    for t in (0..900).step_by(30) {
        let mut batch = db.appender();
        for i in 0..5 {
            let id = batch.resolve(&series(i)).unwrap();
            match i {
                3 => batch.histogram(id, t, histogram(t as u64)).unwrap(),
                4 => batch.sample_started(id, 5, t + 10, t as f64).unwrap(),
                _floats => batch.sample(id, t, t as f64).unwrap(),
            }
            if t == 60 {
                let kind = MetricType::Counter;
                batch.metadata(id, &Metadata { kind, unit: "u".into(), help: "h".into() }).unwrap();
            }
            if i == 0 {
                let labels = Labels::from_pairs([("trace", t.to_string())]);
                batch.exemplar(id, &Exemplar { labels, value: 1.0, timestamp_ms: Some(t) }).unwrap();
            }
        }
        batch.commit().unwrap();
    }
    db.delete(TimeRange { min_ms: 100, max_ms: 200 }, &[vec![Matcher::equal("i", "1")]]).unwrap();
}

#[derive(Debug, PartialEq)]
struct Visible {
    samples: Contents,
    exemplars: Vec<(Labels, Vec<Exemplar>)>,
    metadata: Option<Metadata>,
    series: u64,
}

/// All that can be seen of a head.
fn visible(db: &Db) -> Visible {
    Visible {
        samples: all_of(db),
        exemplars: db.inner.head.with_exemplars(|e| e.select(TimeRange::ALL, |_| true)),
        metadata: db.metadata(&series(2)),
        series: db.stats().head_series,
    }
}

#[test]
fn a_start_by_an_image_shows_what_the_whole_log_shows() {
    let disk = CrashingDisk::default();
    let db = open(&disk);
    furnish(&db);
    db.inner.head.write_waiting_chunks().unwrap();
    for t in (900..1300).step_by(30) {
        put(&db, &[(0, t, 1.0), (1, t, 2.0), (7, t, 3.0)]);
    }
    db.inner.write_last_image();
    // What comes after the image: new samples, a new series, closed chunks that waited when it was written.
    for t in (1300..1600).step_by(30) {
        put(&db, &[(0, t, 1.0), (8, t, 2.0)]);
    }
    db.inner.head.write_waiting_chunks().unwrap();
    put(&db, &[(0, 1650, 1.0), (1, 1200, 7.0)]); // the second is late
    let expected = visible(&db);
    assert_eq!(expected.exemplars[0].1.len(), 10, "a full ring");

    let (by_image, by_log) = (open(&killed(&disk)), open(&without_image(&disk)));
    assert!(by_image.inner.read_from.is_some() && by_log.inner.read_from.is_none());
    for (reopened, how) in [(&by_image, "image"), (&by_log, "log")] {
        assert_eq!(visible(reopened), expected, "by {how}");
        assert_eq!(reopened.stats().corruptions_total, 0);
        // They go on with the same series, and cut chunks at the same place.
        for t in (1700..2000).step_by(30) {
            put(reopened, &[(0, t, 1.0), (1, t, 2.0), (4, t, 1.0)]);
        }
        assert_eq!(reopened.stats().head_series, expected.series);
    }
    assert_eq!(visible(&by_image), visible(&by_log));
    assert_eq!(by_image.stats().head_chunks, by_log.stats().head_chunks);
    // Numbers that are in use are not given again.
    for reopened in [by_image, by_log] {
        put(&reopened, &[(99, 2000, 1.0)]);
        assert_eq!(all_of(&reopened).len(), expected.samples.len() + 1);
    }
}

#[test]
fn after_any_step_an_image_and_the_whole_log_agree() {
    for seed in 0..4 {
        let (disk, mut random) = (CrashingDisk::default(), Random(seed));
        let mut db = open(&disk);
        let (mut t, mut by_image) = (0, 0);
        for step in 0..80 {
            match random.below(16) {
                0 => {
                    db.close().unwrap();
                    db = open(&disk);
                }
                1 | 2 => db.compact().unwrap(),
                3 => db.inner.write_last_image(),
                4 => {
                    let range = TimeRange { min_ms: t - 300, max_ms: t - random.below(300) as i64 };
                    db.delete(range, &[vec![Matcher::equal("i", "1")]]).unwrap();
                }
                5 => {
                    db.inner.head.write_waiting_chunks().unwrap();
                }
                6 => put(&db, &[(1, t - 150 - random.below(100) as i64, 9.0)]),
                _commit => {
                    t += 20 + random.below(120) as i64;
                    let first = random.below(6) as usize;
                    put(&db, &(first..first + 3).map(|i| (i, t, step as f64)).collect::<Vec<_>>());
                }
            }
            let expected = all_of(&db);
            let (with, without) = (open(&killed(&disk)), open(&without_image(&disk)));
            by_image += usize::from(with.inner.read_from.is_some());
            assert_eq!(all_of(&with), expected, "seed {seed}, step {step}, by image");
            assert_eq!(all_of(&without), expected, "seed {seed}, step {step}, by log");
            assert_eq!(with.stats().corruptions_total, 0);
        }
        assert!(by_image > 10, "seed {seed}: {by_image} starts by image");
    }
}

#[test]
fn a_damaged_image_is_set_aside_and_costs_no_sample() {
    let disk = CrashingDisk::default();
    let db = open(&disk);
    furnish(&db);
    let expected = all_of(&db);
    db.close().unwrap();
    let length = DiskPath::new(Arc::new(disk.clone()), image_path()).length().unwrap() as usize;
    let flips = (0..length).step_by(7).map(|at| (at, None));
    let cuts = (0..length).step_by(31).map(|at| (at, Some(at)));
    for (at, cut) in flips.chain(cuts) {
        let disk = killed(&disk);
        disk.damage(&image_path(), |bytes| match cut {
            Some(length) => bytes.truncate(length),
            None => bytes[at] ^= 0x10,
        });
        let db = open(&disk);
        assert_eq!(all_of(&db), expected, "byte {at}, cut {cut:?}");
        assert_eq!(db.stats().corruptions_total, 1, "byte {at}, cut {cut:?}");
        assert!(disk.files().iter().any(|f| f.starts_with("/data/quarantine")), "byte {at}");
    }
}

#[test]
fn an_image_that_does_not_fit_the_files_beside_it_is_left_out() {
    let disk = CrashingDisk::default();
    let db = open(&disk);
    furnish(&db);
    db.inner.head.write_waiting_chunks().unwrap();
    let expected = all_of(&db);
    db.close().unwrap();
    let last_segment = disk.files().into_iter().filter(|f| f.starts_with("/data/wal")).max().unwrap();
    let chunk_file = disk.files().into_iter().find(|f| f.starts_with("/data/chunks_head")).unwrap();
    let path = |path: &Path, disk: &CrashingDisk| DiskPath::new(Arc::new(disk.clone()), path);
    type Change<'a> = (&'a str, &'a dyn Fn(&CrashingDisk));
    let changes: [Change<'_>; 2] = [
        ("no segment", &|disk| path(&last_segment, disk).remove_file().unwrap()),
        ("no chunk file", &|disk| path(&chunk_file, disk).remove_file().unwrap()),
    ];
    for (what, change) in changes {
        let disk = killed(&disk);
        change(&disk);
        let db = open(&disk);
        assert!(db.inner.read_from.is_none(), "{what}");
        if what == "no chunk file" {
            assert_eq!(all_of(&db), expected, "{what}");
        }
    }
    let db = open(&killed(&disk));
    assert!(db.inner.read_from.is_some());
    assert_eq!(all_of(&db), expected);
}

#[test]
fn images_are_written_while_others_write() {
    let dir = tempfile::tempdir().unwrap();
    let real = || Options { image_log_bytes: 1, ..options() };
    let db = Db::open(dir.path(), real()).unwrap();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..2)
            .map(|w| {
                let db = &db;
                scope.spawn(move || {
                    for t in 1..400 {
                        let some = (0..20).map(|i| (w * 1000 + i + (t / 100 * 20) as usize, t, t as f64));
                        put(db, &some.collect::<Vec<_>>());
                    }
                })
            })
            .collect();
        while !writers.iter().all(|w| w.is_finished()) {
            db.inner.write_last_image();
        }
    });
    put(&db, &[(0, 500, 1.0)]);
    let expected = all_of(&db);
    let copy = tempfile::tempdir().unwrap();
    for name in ["wal", "chunks_head", "."] {
        let from = dir.path().join(name);
        std::fs::create_dir_all(copy.path().join(name)).unwrap();
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap).filter(|e| e.path().is_file()) {
            std::fs::copy(entry.path(), copy.path().join(name).join(entry.file_name())).unwrap();
        }
    }
    let reopened = Db::open(copy.path(), real()).unwrap();
    assert!(reopened.inner.read_from.is_some());
    assert_eq!(all_of(&reopened), expected);
}

#[test]
fn an_image_is_due_when_the_log_has_outgrown_it() {
    let disk = CrashingDisk::default();
    let db = Db::open(Path::new(DIR), Options { image_log_bytes: 20_000, ..on(&disk) }).unwrap();
    let mut t = 0;
    let mut commits_until_due = || {
        let start = t;
        while !db.inner.is_image_due() {
            t += 1;
            put(&db, &(0..20).map(|i| (i, t, (t * 7919 % 1000) as f64 / 7.0)).collect::<Vec<_>>());
        }
        db.inner.write_image_if_due();
        assert!(!db.inner.is_image_due());
        t - start
    };
    let (first, second) = (commits_until_due(), commits_until_due());
    assert!(first > 30 && second > 30, "{first} and {second} commits");
    let never = Options { image_log_bytes: u64::MAX, ..on(&disk) };
    db.close().unwrap();
    let db = Db::open(Path::new(DIR), never).unwrap();
    (0..200).for_each(|n| put(&db, &[(0, t + 1 + n, 0.5)]));
    assert!(!db.inner.is_image_due());
}
