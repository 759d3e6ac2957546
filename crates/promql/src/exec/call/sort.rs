//! `sort`, `sort_desc`, `sort_by_label`, `sort_by_label_desc`: the order of an instant query's result.

use std::cmp::Ordering;

use super::maps::FloatsOnly;
use super::{argument, text};
use crate::ast::Span;
use crate::error::QueryError;
use crate::exec::source::{Held, Series, Vector, collect, map};
use crate::exec::{Frame, long_sort};
use crate::functions::quantile::nan_first;
use crate::plan::{Call, Plan};

fn note_in_range(frame: &Frame<'_>, span: Span) {
    let text = "sort is ineffective for range queries since results are always ordered by labels";
    frame.query.note(|notes| notes.warn(span, text));
}

/// Sorts by value; NaN last, histograms left out.
pub(super) fn by_value<'a>(
    frame: &Frame<'a>,
    arg: &'a Plan,
    descending: bool,
    span: Span,
) -> Result<Vector<'a>, QueryError> {
    let vector = map(frame.vector(arg)?, FloatsOnly);
    if frame.grid.steps > 1 {
        note_in_range(frame, span);
        return Ok(vector);
    }
    let (mut series, held) = collect(frame, vector)?;
    let (stop, value) = (&frame.query.stop, |s: &Series| s.column.values[0]);
    if descending {
        long_sort::sort_by(&mut series, stop, |a, b| nan_first(&value(b), &value(a)))?;
    } else {
        long_sort::sort_by(&mut series, stop, |a, b| {
            let (a, b) = (value(a), value(b));
            a.is_nan().cmp(&b.is_nan()).then(a.partial_cmp(&b).unwrap_or(Ordering::Equal))
        })?;
    }
    drop(held);
    Held::vector(frame.query, series)
}

/// Sorts by the values of labels, numbers within them by size; equals by all labels.
pub(super) fn by_label<'a>(
    frame: &Frame<'a>,
    call: &'a Call,
    descending: bool,
    span: Span,
) -> Result<Vector<'a>, QueryError> {
    let vector = frame.vector(argument(call, 0)?)?;
    if frame.grid.steps > 1 {
        note_in_range(frame, span);
        return Ok(vector);
    }
    let names = (1..call.args.len()).map(|i| text(call, i)).collect::<Result<Vec<_>, _>>()?;
    let (mut series, held) = collect(frame, vector)?;
    long_sort::sort_by(&mut series, &frame.query.stop, |a, b| {
        let (a, b) = (&a.head.labels, &b.head.labels);
        let by_names = names.iter().map(|n| natural(a.get(n), b.get(n))).find(|o| o.is_ne());
        let order = by_names.unwrap_or_else(|| a.cmp(b));
        if descending { order.reverse() } else { order }
    })?;
    drop(held);
    Held::vector(frame.query, series)
}

/// Compares as people do: runs of digits as numbers, the rest by bytes.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (chunks(a), chunks(b));
    loop {
        match (x.next(), y.next()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(p), Some(q)) if p == q => {}
            (Some(p), Some(q)) => {
                if let (Ok(m), Ok(n)) = (p.parse::<u64>(), q.parse::<u64>()) {
                    // "01" and "1" are the same number; the longer comes first.
                    let order = m.cmp(&n).then(q.len().cmp(&p.len()));
                    if order.is_ne() {
                        return order;
                    }
                } else {
                    return p.cmp(q);
                }
            }
        }
    }
}

/// Splits where digits begin and end.
fn chunks(s: &str) -> impl Iterator<Item = &str> {
    s.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()).scan(0, move |at, chunk| {
        let start = *at;
        *at += chunk.len();
        s.get(start..*at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_naturally() {
        let mut names = ["node10", "node2", "node1", "node", "a2b10", "a2b9", "10", "9"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["9", "10", "a2b9", "a2b10", "node", "node1", "node2", "node10"]);
    }
}
