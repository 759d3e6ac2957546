//! `and`, `or`, `unless`: step by step, by match labels.

use super::matching::{Matched, any_bits, mask};
use crate::ast::{BinaryOp, VectorMatching};
use crate::error::QueryError;
use crate::exec::Frame;
use crate::exec::labels::{Repeated, join_repeated};
use crate::exec::source::{Held, Series, Vector, collect};
use crate::plan::Operation;

/// Evaluates a set operation.
pub(crate) fn evaluate<'a>(
    frame: &Frame<'a>,
    operation: &'a Operation,
    matching: &VectorMatching,
) -> Result<Vector<'a>, QueryError> {
    let mut left = collect(frame, frame.vector(&operation.left)?)?;
    let mut right = collect(frame, frame.vector(&operation.right)?)?;
    let matched = Matched::new(matching, &left, &right);
    let words = frame.grid.steps.div_ceil(64);
    let of_group =
        |members: &[usize], series: &[Series]| any_bits(words, members.iter().map(|&i| &series[i]));
    match operation.op {
        BinaryOp::And | BinaryOp::Unless => {
            let flip = if operation.op == BinaryOp::Unless { !0 } else { 0 };
            let keep: Vec<Vec<u64>> = (matched.groups.iter())
                .map(|g| of_group(&g.right, &right).into_iter().map(|w| w ^ flip).collect())
                .collect();
            for (s, &group) in left.iter_mut().zip(&matched.left) {
                mask(&mut s.column, &keep[group]);
            }
        }
        _ => {
            let keep: Vec<Vec<u64>> = matched
                .groups
                .iter()
                .map(|g| of_group(&g.left, &left).into_iter().map(|w| !w).collect())
                .collect();
            for (s, &group) in right.iter_mut().zip(&matched.right) {
                mask(&mut s.column, &keep[group]);
            }
            left.append(&mut right);
        }
    }
    left.retain(|s| !s.column.is_empty());
    // With delayed name removal an instant query looks for repetitions only at its end.
    if operation.op == BinaryOp::Or && !(frame.query.features.delayed_name_removal && frame.grid.steps == 1) {
        left = join_repeated(left, Repeated::Join)?;
    }
    Held::vector(frame.query, left)
}
