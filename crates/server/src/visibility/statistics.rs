//! Where the head's series come from, of those that somebody sees.

use std::collections::HashMap;

use model::labels::METRIC_NAME;
use storage::{Cancel, Queryable, SelectRequest, TimeRange};

use crate::error::ApiError;
use crate::parts::{Count, DatabaseStats, HeadStats};

/// Most series that are looked at: they are counted one by one, for no index knows what a team sees.
const SERIES_MAX: usize = 2_000_000;

/// Series that are counted before it is looked again whether the client is still there.
const SERIES_BETWEEN_LOOKS: usize = 1024;

/// Series by value, by label.
type Table = HashMap<String, HashMap<String, u64>>;

/// Counts the series that are seen in the time of the head, of which `all` tells.
///
/// # Errors
/// The storage fails, or more is seen than is counted.
pub fn of_seen(
    data: &dyn Queryable,
    all: &DatabaseStats,
    limit: usize,
    cancel: &Cancel,
) -> Result<DatabaseStats, ApiError> {
    let range = TimeRange { min_ms: all.head_stats.min_time, max_ms: all.head_stats.max_time };
    let set = data
        .view(range)?
        .select(&SelectRequest { cancel: cancel.clone(), ..SelectRequest::new(&[], range) })?;
    if set.len() > SERIES_MAX {
        let text = format!("{} series are more than are counted for a team: {SERIES_MAX}", set.len());
        return Err(ApiError::internal(text));
    }
    let mut table = Table::new();
    for i in 0..set.len() {
        if i % SERIES_BETWEEN_LOOKS == 0 {
            cancel.check()?;
        }
        for (name, value) in set.labels(i).iter() {
            let values = table.entry(name.to_owned()).or_default();
            *values.entry(value.to_owned()).or_default() += 1;
        }
    }
    let names = table.get(METRIC_NAME);
    let of_labels = |figure: fn(&HashMap<String, u64>) -> u64| {
        most(table.iter().map(|(name, values)| (name.clone(), figure(values))), limit)
    };
    let pairs = table
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |(value, n)| (format!("{name}={value}"), *n)));
    Ok(DatabaseStats {
        head_stats: HeadStats {
            num_series: set.len() as u64,
            num_label_pairs: table.values().map(|values| values.len() as u64).sum(),
            chunk_count: 0,
            ..all.head_stats
        },
        series_count_by_metric_name: most(names.into_iter().flatten().map(|(n, c)| (n.clone(), *c)), limit),
        label_value_count_by_label_name: of_labels(|values| values.len() as u64),
        memory_in_bytes_by_label_name: of_labels(|values| values.keys().map(|v| v.len() as u64).sum()),
        series_count_by_label_value_pair: most(pairs, limit),
        // Memory and refused series are the whole server's.
        bongsu: crate::parts::Protection::default(),
    })
}

/// The greatest figures first, equal ones by name.
fn most(counts: impl Iterator<Item = (String, u64)>, limit: usize) -> Vec<Count> {
    let mut counts: Vec<Count> = counts.map(|(name, value)| Count { name, value }).collect();
    counts.sort_by(|a, b| b.value.cmp(&a.value).then_with(|| a.name.cmp(&b.name)));
    counts.truncate(limit);
    counts
}
