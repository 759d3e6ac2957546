//! Which rows there are, and in which order.

use serde_json::Value;

use super::{remade, shown};
use crate::field::matcher::compare;
use crate::field::pattern::Pattern;
use crate::frame::{Cell, Field, Frame};
use crate::json::{as_number, at, flag, list, number, plain, text, text_or};
use crate::variables::options::natural;

/// `filterByRefId`: frames of some queries.
pub fn by_query(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let include = text(options, "include");
    if include.is_empty() {
        return frames.to_vec();
    }
    let wanted = |frame: &&Frame| {
        include.split('|').any(|letter| letter == frame.ref_id)
            || Pattern::new(&format!("/^(?:{})$/", include.trim_matches('/')))
                .is_some_and(|p| p.is_match(&frame.ref_id))
    };
    frames.iter().filter(wanted).cloned().collect()
}

fn kept(frame: &Frame, rows: &[usize]) -> Frame {
    let pick = |field: &Field| Field {
        values: rows.iter().map(|row| field.values.get(*row).cloned().unwrap_or(Cell::Null)).collect(),
        ..field.clone()
    };
    remade(frame, frame.fields.iter().map(pick).collect())
}

/// `filterByValue`: rows whose values hold (or do not hold) conditions.
pub fn by_value(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let filters = list(options, "filters");
    if filters.is_empty() {
        return frames.to_vec();
    }
    let all = text(options, "match") == "all";
    let excludes = text(options, "type") == "exclude";
    let filtered = |frame: &Frame| {
        let conditions: Vec<(&Field, &Value)> = filters
            .iter()
            .filter_map(|filter| {
                let name = text(filter, "fieldName");
                let field =
                    frame.fields.iter().find(|f| shown(f, frame, frames) == name || f.name == name)?;
                Some((field, at(filter, "config")))
            })
            .collect();
        if conditions.is_empty() {
            return frame.clone();
        }
        let passes = |row: &usize| {
            let hold = |(field, config): &(&Field, &Value)| {
                holds(field.values.get(*row).unwrap_or(&Cell::Null), config)
            };
            let hit = if all { conditions.iter().all(hold) } else { conditions.iter().any(hold) };
            hit != excludes
        };
        kept(frame, &(0..frame.rows()).filter(passes).collect::<Vec<_>>())
    };
    frames.iter().map(filtered).collect()
}

fn holds(cell: &Cell, config: &Value) -> bool {
    let value = at(config, "options.value");
    let number = |cell: &Cell| match cell {
        Cell::Text(text) => text.trim().parse().ok(),
        other => other.number(),
    };
    match text(config, "id") {
        "isNull" => *cell == Cell::Null,
        "isNotNull" => *cell != Cell::Null,
        "equal" => cell.plain() == plain(value),
        "notEqual" => cell.plain() != plain(value),
        "substring" => cell.plain().to_lowercase().contains(&plain(value).to_lowercase()),
        "notSubstring" => !cell.plain().to_lowercase().contains(&plain(value).to_lowercase()),
        "regex" => Pattern::new(&plain(value)).is_some_and(|pattern| pattern.is_match(&cell.plain())),
        "between" => {
            let (from, to) = (at(config, "options.from"), at(config, "options.to"));
            let ends = as_number(from).zip(as_number(to));
            number(cell).zip(ends).is_some_and(|(n, (from, to)): (f64, _)| n > from && n < to)
        }
        op => number(cell).zip(as_number(value)).is_some_and(|(left, right)| compare(left, op, right)),
    }
}

/// `sortBy`: by one column.
pub fn sort_by(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let Some(sort) = list(options, "sort").first() else { return frames.to_vec() };
    let (name, descending) = (text(sort, "field"), flag(sort, "desc"));
    let sorted = |frame: &Frame| {
        let field =
            frame.fields.iter().find(|field| shown(field, frame, frames) == name || field.name == name);
        let Some(field) = field else { return frame.clone() };
        let mut rows: Vec<usize> = (0..frame.rows()).collect();
        rows.sort_by(|a, b| order(field.values.get(*a), field.values.get(*b), descending));
        kept(frame, &rows)
    };
    frames.iter().map(sorted).collect()
}

/// The order of two cells; missing ones come last in either direction.
pub fn order(a: Option<&Cell>, b: Option<&Cell>, descending: bool) -> std::cmp::Ordering {
    let (a, b) = (a.unwrap_or(&Cell::Null), b.unwrap_or(&Cell::Null));
    match (a.is_missing(), b.is_missing()) {
        (true, true) => return std::cmp::Ordering::Equal,
        (true, false) => return std::cmp::Ordering::Greater,
        (false, true) => return std::cmp::Ordering::Less,
        (false, false) => {}
    }
    let found = match (a.number(), b.number()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_) | None, _) => natural(&a.plain(), &b.plain()),
    };
    if descending { found.reverse() } else { found }
}

/// `limit`: the first rows.
pub fn limit(frames: &[Frame], options: &Value) -> Vec<Frame> {
    let most = match text_or(options, "limitField", "") {
        "" => number(options, "limitField").unwrap_or(10.0),
        written => written.parse().unwrap_or(10.0),
    };
    let most = most.max(0.0) as usize;
    frames.iter().map(|frame| kept(frame, &(0..frame.rows().min(most)).collect::<Vec<_>>())).collect()
}
