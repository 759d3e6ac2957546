//! `storage`: settings of the database that a reload may change.

use std::time::Duration;

use yaml::write::Map;
use yaml::{ByteSize, Read, Value};

use crate::Bongsu;

/// `storage`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Storage {
    /// How far back in time a sample may be older than the newest one; zero allows none.
    pub out_of_order_time_window: Duration,
    /// Share of stale series (0 to 1) above which they are written out at once; 0 never does.
    pub stale_series_compaction_threshold: f64,
    /// How float chunks are encoded; `None` leaves it to the flags.
    pub float_chunk_encoding: Option<FloatEncoding>,
    /// What is deleted. What is not set here is left to the flags.
    pub retention: Retention,
    /// `exemplars.max_exemplars`: how many exemplars are kept; 0 or less keeps none.
    pub max_exemplars: Option<i64>,
    /// `bongsu`: what Prometheus does not have.
    pub bongsu: Bongsu,
}

/// Bounds of what is kept. Zero means no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Retention {
    /// How long.
    pub time: Duration,
    /// How many bytes of blocks.
    pub size: ByteSize,
    /// How much of the disk, in percent.
    pub percentage: f64,
}

/// An encoding of float chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the encodings' own names")]
pub enum FloatEncoding {
    Xor,
    Xor2,
}

const FLOAT_ENCODINGS: [(&str, FloatEncoding); 2] =
    [("xor", FloatEncoding::Xor), ("xor2", FloatEncoding::Xor2)];

impl Read for Storage {
    fn read(value: &Value<'_>) -> Option<Storage> {
        value.fields(|f| {
            let mut storage = f.get("tsdb").and_then(|v| read_tsdb(&v)).unwrap_or_default();
            storage.max_exemplars =
                f.get("exemplars").and_then(|v| v.fields(|e| Some(e.or_default("max_exemplars"))));
            storage.bongsu = f.or_default("bongsu");
            Some(storage)
        })
    }
}

fn read_tsdb(value: &Value<'_>) -> Option<Storage> {
    value.fields(|f| {
        let encoding = f.get("chunk_encoding").and_then(|v| {
            v.fields(|c| {
                c.get("floats").filter(|v| !v.is_empty_text()).and_then(|v| v.one_of(&FLOAT_ENCODINGS))
            })
        });
        // Prometheus prints its window a second time, in milliseconds and under this name.
        f.get("outofordertimewindow");
        Some(Storage {
            out_of_order_time_window: f.or_default("out_of_order_time_window"),
            stale_series_compaction_threshold: f.or_default("stale_series_compaction_threshold"),
            float_chunk_encoding: encoding,
            retention: f.or_default("retention"),
            max_exemplars: None,
            bongsu: Bongsu::default(),
        })
    })
}

impl Read for Retention {
    fn read(value: &Value<'_>) -> Option<Retention> {
        value.fields(|f| {
            let percentage: f64 = f.or_default("percentage");
            if !(0.0..=100.0).contains(&percentage) {
                let shown = model::number::format_f(percentage);
                let message =
                    format!("'storage.tsdb.retention.percentage' must be in the range [0, 100], got {shown}");
                f.problem("percentage", message);
            }
            Some(Retention {
                time: f.or_default("time"),
                size: f.optional("size").unwrap_or_default(),
                percentage,
            })
        })
    }
}

impl Storage {
    pub(crate) fn to_yaml(&self) -> Map {
        let mut tsdb = Map::new();
        put_duration(&mut tsdb, "out_of_order_time_window", self.out_of_order_time_window);
        tsdb.put_if_set("stale_series_compaction_threshold", self.stale_series_compaction_threshold);
        if let Some(encoding) = self.float_chunk_encoding {
            let (word, _) =
                FLOAT_ENCODINGS.iter().find(|(_, e)| *e == encoding).unwrap_or(&FLOAT_ENCODINGS[0]);
            let mut chunk = Map::new();
            chunk.put("floats", *word);
            tsdb.put("chunk_encoding", chunk);
        }
        let mut retention = Map::new();
        put_duration(&mut retention, "time", self.retention.time);
        retention.put_if_set("size", self.retention.size).put_if_set("percentage", self.retention.percentage);
        tsdb.put_if_set("retention", retention);
        let mut map = Map::new();
        map.put_if_set("tsdb", tsdb);
        if let Some(max) = self.max_exemplars {
            let mut exemplars = Map::new();
            map.put("exemplars", exemplars.put("max_exemplars", max).clone());
        }
        map.put_if_set("bongsu", self.bongsu.to_yaml());
        map
    }
}

pub(crate) fn put_duration(map: &mut Map, key: &str, value: Duration) {
    if !value.is_zero() {
        map.put(key, value);
    }
}
