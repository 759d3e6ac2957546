//! Rows of time, texts and numbers as time series: each combination of texts is a series, its texts are labels.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use crate::error::SourceError;
use crate::frame::{Column, Field, Numbers};

/// Most series of one answer.
pub const SERIES_MAX: usize = 10_000;
/// Most values of a wide table, the empty ones too: times × series.
const CELLS_MAX: usize = 4_000_000;
/// Most points that filling may make in a series.
const POINTS_MAX: i64 = 100_000;

/// What stands where a series has no value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fill {
    /// Nothing.
    Null,
    /// The value before.
    Previous,
    /// A number.
    Number(f64),
}

/// Times to fill up: what a query groups by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filling {
    /// With what.
    pub with: Fill,
    /// Milliseconds between two times.
    pub every_ms: i64,
    /// The first and last millisecond.
    pub range: (i64, i64),
}

/// Makes time series of rows. The first time column is the time; rows without one are left out. Columns of texts are labels;
/// the one called `metric` names the series. Times ascend.
///
/// # Errors
/// No column of times or none of numbers, or too many series.
pub fn wide(fields: Vec<Field>, filling: Option<Filling>) -> Result<Vec<Field>, SourceError> {
    let query = |text: &str| SourceError::Query(text.to_owned());
    let (mut times, mut texts, mut values) = (None, Vec::new(), Vec::new());
    for field in fields {
        match field.column {
            Column::Time(column) if times.is_none() => times = Some(column),
            Column::Time(_) => {}
            Column::Text(column) => texts.push((field.name, column)),
            Column::Number(column) => values.push((field.name, column.0)),
            Column::Flag(column) => {
                let number = |flag: Option<bool>| flag.map(|flag| if flag { 1.0 } else { 0.0 });
                values.push((field.name, column.into_iter().map(number).collect()));
            }
            Column::Json(column) => {
                let text = |v: Value| (!v.is_null()).then(|| v.to_string());
                texts.push((field.name, column.into_iter().map(text).collect()));
            }
        }
    }
    let times = times.ok_or_else(|| {
        query("no time column found: a time series needs a column of times, or of Unix times called \"time\"")
    })?;
    if values.is_empty() {
        return Err(query("no value column found: a time series needs a column of numbers"));
    }
    // All times once, in their order, and where each is.
    let mut all: Vec<i64> = times.iter().flatten().copied().collect();
    if let Some(filling) = filling {
        all.extend(grid(filling)?);
    }
    all.sort_unstable();
    all.dedup();
    let rows: HashMap<i64, usize> = all.iter().enumerate().map(|(at, time)| (*time, at)).collect();
    // Series in the order in which they are first seen.
    let mut series: Vec<(Vec<Option<String>>, Vec<Numbers>)> = Vec::new();
    let mut known: BTreeMap<Vec<Option<String>>, usize> = BTreeMap::new();
    for (row, time) in times.iter().enumerate() {
        let Some(time) = time else { continue };
        let key: Vec<Option<String>> = texts.iter().map(|(_, column)| column[row].clone()).collect();
        let at = match known.get(&key) {
            Some(at) => *at,
            None => {
                let width = values.len().saturating_mul(series.len() + 1);
                if width > SERIES_MAX {
                    return Err(SourceError::TooLarge { limit: SERIES_MAX as u64, unit: "series" });
                }
                if width.saturating_mul(all.len()) > CELLS_MAX {
                    return Err(SourceError::TooLarge { limit: CELLS_MAX as u64, unit: "values" });
                }
                series.push((key.clone(), vec![Numbers(vec![None; all.len()]); values.len()]));
                known.insert(key, series.len() - 1);
                series.len() - 1
            }
        };
        for (column, (_, source)) in series[at].1.iter_mut().zip(&values) {
            column.0[rows[time]] = source[row];
        }
    }
    if series.is_empty() {
        series.push((vec![None; texts.len()], vec![Numbers(vec![None; all.len()]); values.len()]));
    }
    let mut out = vec![Field::times("time", all)];
    let names: Vec<String> = values.into_iter().map(|(name, _)| name).collect();
    for (key, columns) in series {
        let (metric, labels) = labels(&texts, key);
        for (name, mut numbers) in names.iter().zip(columns) {
            fill(&mut numbers, filling);
            let mut field = Field::new(name, Column::Number(numbers)).with_labels(labels.clone());
            if let Some(metric) = &metric {
                let shown = if names.len() == 1 { metric.clone() } else { format!("{metric} {name}") };
                field = field.shown_as(&shown);
            }
            out.push(field);
        }
    }
    Ok(out)
}

fn labels(
    texts: &[(String, Vec<Option<String>>)],
    key: Vec<Option<String>>,
) -> (Option<String>, Map<String, Value>) {
    let (mut metric, mut labels) = (None, Map::new());
    for ((name, _), value) in texts.iter().zip(key) {
        match (name.as_str(), value) {
            ("metric", Some(value)) => metric = Some(value),
            (name, value) => {
                labels.insert(name.to_owned(), value.unwrap_or_default().into());
            }
        }
    }
    (metric, labels)
}

fn grid(filling: Filling) -> Result<Vec<i64>, SourceError> {
    let every = filling.every_ms.max(1);
    let (from, to) = (filling.range.0.div_euclid(every), filling.range.1.div_euclid(every));
    if to.saturating_sub(from) > POINTS_MAX {
        return Err(SourceError::TooLarge { limit: POINTS_MAX as u64, unit: "filled points" });
    }
    Ok((from..=to).map(|step| step * every).collect())
}

fn fill(numbers: &mut Numbers, filling: Option<Filling>) {
    let Some(filling) = filling else { return };
    let mut previous = None;
    for value in &mut numbers.0 {
        match (&value, filling.with) {
            (Some(_), _) => previous = *value,
            (None, Fill::Null) => {}
            (None, Fill::Previous) => *value = previous,
            (None, Fill::Number(number)) => *value = Some(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Field> {
        let text = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect();
        vec![
            Field::new("time", Column::Time(vec![Some(2000), Some(1000), Some(1000), None])),
            Field::texts("host", text(&["a", "b", "a", "a"])),
            Field::texts("metric", text(&["m", "m", "m", "m"])),
            Field::numbers("value", vec![Some(1.0), Some(2.0), Some(3.0), Some(4.0)]),
        ]
    }

    #[test]
    fn texts_become_labels_and_times_ascend() {
        let fields = wide(rows(), None).unwrap();
        assert_eq!(fields[0].column, Column::Time(vec![Some(1000), Some(2000)]));
        let told: Vec<_> = fields[1..]
            .iter()
            .map(|f| {
                (
                    f.labels["host"].as_str().unwrap(),
                    f.config["displayNameFromDS"].as_str().unwrap(),
                    &f.column,
                )
            })
            .collect();
        let a = Column::Number(Numbers(vec![Some(3.0), Some(1.0)]));
        let b = Column::Number(Numbers(vec![Some(2.0), None]));
        assert_eq!(told, [("a", "m", &a), ("b", "m", &b)]);
    }

    #[test]
    fn gaps_are_filled_as_the_query_says() {
        let cases = [
            (Fill::Null, vec![None, Some(3.0), Some(1.0), None]),
            (Fill::Previous, vec![None, Some(3.0), Some(1.0), Some(1.0)]),
            (Fill::Number(0.0), vec![Some(0.0), Some(3.0), Some(1.0), Some(0.0)]),
        ];
        for (with, want) in cases {
            let filling = Filling { with, every_ms: 1000, range: (500, 3500) };
            let fields = wide(rows(), Some(filling)).unwrap();
            assert_eq!(fields[1].column, Column::Number(Numbers(want)), "{with:?}");
        }
    }

    #[test]
    fn what_is_no_series_says_what_is_missing() {
        let no_time = vec![Field::numbers("v", vec![Some(1.0)])];
        assert!(wide(no_time, None).unwrap_err().to_string().starts_with("no time column found"));
        let no_value = vec![Field::times("time", vec![1]), Field::texts("t", vec!["x".to_owned()])];
        assert!(wide(no_value, None).unwrap_err().to_string().starts_with("no value column found"));
        let endless = Filling { with: Fill::Null, every_ms: 1, range: (0, i64::MAX) };
        assert!(wide(rows(), Some(endless)).unwrap_err().to_string().contains("filled points"));
    }
}
