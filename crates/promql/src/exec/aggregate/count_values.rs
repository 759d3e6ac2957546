//! `count_values`: one series per group and value.

use std::sync::Arc;

use hashbrown::HashMap;
use model::Labels;
use model::number::{format_f, quote};

use super::Accumulator;
use super::extremes::Count;
use super::groups::{Groups, Key};
use crate::ast::Grouping;
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::Frame;
use crate::exec::budget::Load;
use crate::exec::labels::Head;
use crate::exec::source::{Held, Series, Vector, for_shards};
use crate::notes::Notes;
use crate::plan::Aggregation;

/// Evaluates the aggregation.
pub(crate) fn count<'a>(
    frame: &Frame<'a>,
    aggregation: &'a Aggregation,
    label: &'a str,
) -> Result<Vector<'a>, QueryError> {
    // Bytes that are no UTF-8 (`"\xff"`) arrive here as U+FFFD.
    if label.is_empty() || label.contains(char::REPLACEMENT_CHARACTER) {
        return Err(QueryError::Execution(format!("invalid label name {}", quote(label))));
    }
    let mut grouping: Grouping = aggregation.grouping.clone();
    if !grouping.without {
        grouping.labels.push(Arc::from(label));
    }
    let key = Key::new(&grouping);
    let source = frame.vector(&aggregation.input)?;
    let steps = frame.grid.steps;
    let mut all: Groups<Count> = Groups::default();
    // Where each series has values of its own there is a group for each.
    let of_group = Load::bytes((steps * Count::STEP_BYTES) as u64);
    let held = frame.query.budget.hold();
    for_shards(
        frame,
        &*source,
        |range, work| {
            let mut groups: Groups<Count> = Groups::default();
            let mut column = work.column();
            for i in range {
                frame.query.check()?;
                source.column(i, work, &mut column)?;
                if column.is_empty() {
                    continue;
                }
                let labels = source.head(i).labels;
                for (at, (value, steps_with_it)) in by_value(&column).into_iter().enumerate() {
                    frame.query.stop.check_at(at)?;
                    let (labels, before) = (with_value(&labels, label, &value), groups.len());
                    let group = groups.entry(&key, &Head::new(labels), || Count::new(steps));
                    group.add(&steps_with_it);
                    if groups.len() > before {
                        held.take(of_group)?;
                    }
                }
            }
            work.give_back(column);
            Ok(groups)
        },
        |groups| {
            let together = all.len() + groups.len();
            all.merge(groups, &mut Notes::default())?;
            (all.len()..together).for_each(|_| held.give_back(of_group));
            Ok(())
        },
    )?;
    let mut series = Vec::with_capacity(all.len());
    for (i, (head, counts)) in all.into_groups().enumerate() {
        frame.query.stop.check_at(i)?;
        series.push(Series { head, column: counts.finish(&mut Notes::default())? });
    }
    drop(held);
    Held::vector(frame.query, series)
}

fn with_value(labels: &Labels, label: &str, value: &str) -> Labels {
    labels.builder().set(label, value).labels()
}

/// The steps at which a column has each of its values, by what they print as, in the order in which the values first come.
fn by_value(column: &Column) -> Vec<(String, Vec<usize>)> {
    let mut places: HashMap<u64, usize, foldhash::fast::RandomState> = HashMap::default();
    let mut parts: Vec<(String, Vec<usize>)> = Vec::new();
    column.for_each_float(|step, v| {
        // All NaNs print alike.
        let bits = if v.is_nan() { f64::NAN.to_bits() } else { v.to_bits() };
        let place = *places.entry(bits).or_insert_with(|| {
            parts.push((format_f(v), Vec::new()));
            parts.len() - 1
        });
        parts[place].1.push(step);
    });
    column.for_each_histogram(|step, h| {
        let text = h.to_string();
        let place = parts.iter().position(|(t, _)| *t == text).unwrap_or_else(|| {
            parts.push((text, Vec::new()));
            parts.len() - 1
        });
        parts[place].1.push(step);
    });
    parts
}
