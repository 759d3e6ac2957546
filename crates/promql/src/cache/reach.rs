//! How far an expression looks, and whether its value at a step is its own or that of the whole query.
//!
//! A value may be kept from one query to the next only if it depends on nothing but the data and its own time. `@ start()`, `end()`, `range()`
//! and the like look at the query around the step; expressions with them are never kept.

use crate::ast::{At, DurationValue, Expr, ExprKind, RangeMode, VectorSelector};
use crate::functions::evaluation::{Evaluation, Folded, evaluation};
use crate::functions::find;

/// The newest data that a step looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// Milliseconds after the step; negative for before. `None` if nothing is looked at relative to the step.
    pub relative_ms: Option<i64>,
    /// A time that is looked at from every step (`@ 1234`).
    pub fixed_ms: Option<i64>,
}

impl Reach {
    /// The last step that a change of data at `changed_ms` and later leaves as it was; `None` if none.
    pub(super) fn last_valid_ms(&self, changed_ms: i64) -> Option<i64> {
        if self.fixed_ms.is_some_and(|t| t >= changed_ms) {
            return None;
        }
        let relative_ms = self.relative_ms.unwrap_or(i64::MIN);
        changed_ms.checked_sub(1).map(|t| t.saturating_sub(relative_ms))
    }

    fn read(&mut self, around: Around, after_ms: i64) {
        let (newest, t) = match around {
            Around::Step(shift_ms) => (&mut self.relative_ms, shift_ms.saturating_add(after_ms)),
            Around::Fixed(t) => (&mut self.fixed_ms, t.saturating_add(after_ms)),
        };
        *newest = Some(newest.map_or(t, |n| n.max(t)));
    }
}

/// The time around which a node is evaluated.
#[derive(Clone, Copy)]
enum Around {
    /// So much after the step.
    Step(i64),
    /// Always then.
    Fixed(i64),
}

impl Around {
    fn at(self, at: Option<At>, offset: Option<&DurationValue>) -> Option<Around> {
        let offset_ms = constant(offset)?;
        Some(match (at, self) {
            (Some(At::Start | At::End), _) => return None,
            (Some(At::Timestamp(t)), _) | (None, Around::Fixed(t)) => {
                Around::Fixed(t.saturating_sub(offset_ms))
            }
            (None, Around::Step(shift_ms)) => Around::Step(shift_ms.saturating_sub(offset_ms)),
        })
    }
}

/// Milliseconds of a duration that does not depend on the query; 0 for none.
fn constant(duration: Option<&DurationValue>) -> Option<i64> {
    match duration {
        None => Some(0),
        Some(DurationValue::Constant(ms)) => Some(*ms),
        Some(DurationValue::Expr(_)) => None,
    }
}

/// Returns how far an expression looks; `None` if its values must not be kept.
pub(super) fn reach(expr: &Expr, lookback_ms: i64) -> Option<Reach> {
    let mut reach = Reach::default();
    look(expr, Around::Step(0), lookback_ms, &mut reach)?;
    Some(reach)
}

fn look(expr: &Expr, around: Around, lookback_ms: i64, reach: &mut Reach) -> Option<()> {
    let select = |selector: &VectorSelector, reach: &mut Reach| {
        let around = around.at(selector.at, selector.offset.as_ref())?;
        let after_ms = match selector.mode {
            RangeMode::Smoothed => lookback_ms,
            RangeMode::Plain | RangeMode::Anchored => 0,
        };
        reach.read(around, after_ms);
        Some(())
    };
    match &expr.kind {
        ExprKind::Number { .. } | ExprKind::String(_) | ExprKind::Bytes(_) => Some(()),
        ExprKind::Vector(selector) => select(selector, reach),
        ExprKind::Matrix(m) => {
            constant(Some(&m.range))?;
            select(&m.selector, reach)
        }
        ExprKind::Subquery(s) => {
            constant(Some(&s.range))?;
            constant(s.step.as_ref())?;
            look(&s.expr, around.at(s.at, s.offset.as_ref())?, lookback_ms, reach)
        }
        // An extension that stands for an expression of its arguments.
        ExprKind::Call(call) if find(call.function.name).is_none() => {
            call.args.iter().try_for_each(|arg| look(arg, around, lookback_ms, reach))
        }
        ExprKind::Call(call) => match evaluation(call.function.name) {
            None => None,
            Some(Evaluation::Folded(folded)) => matches!(folded, Folded::Pi).then_some(()),
            Some(evaluation) => {
                if matches!(evaluation, Evaluation::Info) {
                    // It looks at `target_info`, too, where its argument looks or else at the step.
                    reach.read(around, 0);
                }
                call.args.iter().try_for_each(|arg| look(arg, around, lookback_ms, reach))
            }
        },
        ExprKind::Aggregate(a) => {
            std::iter::once(&a.expr).chain(&a.param).try_for_each(|e| look(e, around, lookback_ms, reach))
        }
        ExprKind::Binary(b) => {
            [&b.left, &b.right].into_iter().try_for_each(|e| look(e, around, lookback_ms, reach))
        }
        ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => look(expr, around, lookback_ms, reach),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ParseOptions, parse};

    fn of(text: &str) -> Option<(Option<i64>, Option<i64>)> {
        let options = ParseOptions {
            experimental_functions: true,
            extended_range_selectors: true,
            ..ParseOptions::default()
        };
        let expr = parse(text, &options).unwrap_or_else(|e| panic!("{text}: {e}"));
        reach(&expr, 300_000).map(|r| (r.relative_ms, r.fixed_ms))
    }

    #[test]
    fn newest_data_of_a_step() {
        for (text, relative, fixed) in [
            ("1", None, None),
            ("time() + pi()", None, None),
            ("x", Some(0), None),
            ("rate(x[5m]) / x offset 1h", Some(0), None),
            ("x offset 1h", Some(-3_600_000), None),
            ("x offset -1m", Some(60_000), None),
            ("x smoothed", Some(300_000), None),
            ("rate(x[5m] anchored)", Some(0), None),
            ("x @ 10", None, Some(10_000)),
            ("x @ 10 offset 4s", None, Some(6_000)),
            ("x @ 10 + x", Some(0), Some(10_000)),
            ("max_over_time(x[1h:1m] offset 2m)", Some(-120_000), None),
            ("max_over_time((x offset -5m)[1h:1m] offset 2m)", Some(180_000), None),
            ("max_over_time(x[1h:1m] @ 100 offset 10s)", None, Some(90_000)),
            ("max_over_time((x @ 50)[1h:1m])", None, Some(50_000)),
            ("info(x offset 1h)", Some(0), None),
            ("topk(scalar(y offset -1m), x)", Some(60_000), None),
        ] {
            assert_eq!(of(text), Some((relative, fixed)), "{text}");
        }
    }

    #[test]
    fn what_looks_at_the_whole_query_is_not_kept() {
        for text in [
            "x @ start()",
            "x @ end()",
            "max_over_time(x[1h:1m] @ end())",
            "sum(rate(x[5m] @ start()))",
            "start()",
            "x * step()",
            "x + end() - range()",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn last_valid_step() {
        let reach = |relative_ms, fixed_ms| Reach { relative_ms, fixed_ms };
        assert_eq!(reach(Some(0), None).last_valid_ms(1000), Some(999));
        assert_eq!(reach(Some(-50), None).last_valid_ms(1000), Some(1049));
        assert_eq!(reach(Some(50), None).last_valid_ms(1000), Some(949));
        assert_eq!(reach(None, Some(999)).last_valid_ms(1000), Some(i64::MAX));
        assert_eq!(reach(Some(0), Some(1000)).last_valid_ms(1000), None);
        assert_eq!(reach(Some(0), None).last_valid_ms(i64::MIN), None);
    }
}
