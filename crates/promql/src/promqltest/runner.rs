//! Commands to a report.

use std::sync::Arc;

use storage::memory::MemoryStorage;

use super::compare::{Answer, compare, compare_vector};
use super::pin::{asks_for_times, pinned};
use super::script::{Command, Eval, When};
use super::{EvalReport, Fault, FileReport, Options, load};
use crate::QueryError;
use crate::ast::Expr;
use crate::engine::{Engine, QueryOptions, QueryResult};
use crate::parser::{ParseOptions, parse};
use crate::value::{Point, Points, Sample, Value};

/// Before and after an instant query's time, when it is run as a range.
const MINUTE_MS: i64 = 60_000;

pub(super) struct Runner {
    engine: Engine,
    parse: ParseOptions,
    storage: MemoryStorage,
}

impl Runner {
    pub(super) fn new(options: &Options) -> Runner {
        Runner {
            engine: Engine::new(options.engine.clone()),
            parse: options.parse,
            storage: MemoryStorage::new(),
        }
    }

    pub(super) fn run(mut self, commands: &[Command], report: &mut FileReport) {
        for command in commands {
            match command {
                Command::Clear => self.storage = MemoryStorage::new(),
                Command::Load(load) => {
                    if let Err(message) = load::store(load, &self.storage) {
                        report.faults.push(Fault { line: load.line, message });
                    }
                }
                Command::Eval(eval) => report.evals.push(EvalReport {
                    line: eval.line,
                    query: eval.query.clone(),
                    failure: self.eval(eval).err(),
                }),
            }
        }
    }

    fn eval(&self, eval: &Eval) -> Result<(), String> {
        let at = match eval.when {
            When::At(at) => at,
            When::Range { .. } => return self.check(&eval.query, &eval.expr, eval.when, eval).map(|_| ()),
        };
        self.instant(&eval.query, &eval.expr, at, eval)?;
        // A matrix stands at the end of its range.
        let at = match eval.expected.matrix {
            Some(When::Range { end_ms, .. }) => end_ms,
            Some(When::At(_)) | None => at,
        };
        let Some(pinned) = pinned(&eval.expr, at) else {
            return Ok(());
        };
        let text = pinned.to_string();
        // Read back, so that positions in annotations are those of the printed text.
        let expr = parse(&text, &self.parse).map_err(|e| format!("cannot read back {text}: {e}"))?;
        let others = if at == 0 { vec![-1000, 0, 1000] } else { vec![-10 * at, 0, at / 5, at, 10 * at] };
        for other in others {
            self.instant(&text, &expr, other, eval).map_err(|e| format!("{text} at {other} ms: {e}"))?;
        }
        Ok(())
    }

    /// Runs an instant query, alone and as the middle step of a range.
    fn instant(&self, text: &str, expr: &Expr, at: i64, eval: &Eval) -> Result<(), String> {
        let Some(result) = self.check(text, expr, When::At(at), eval)? else {
            return Ok(());
        };
        let expected = &eval.expected;
        if expected.matrix.is_some() || expected.string.is_some() || asks_for_times(text) {
            return Ok(());
        }
        let (start_ms, end_ms) = (at - MINUTE_MS, at + MINUTE_MS);
        let range = When::Range { start_ms, end_ms, step_ms: MINUTE_MS };
        let in_range = |e: &dyn std::fmt::Display| format!("as a step of a range query: {e}");
        let found = self.query(text, expr, range).map_err(|e| in_range(&e))?;
        if expected.ordered {
            return Ok(());
        }
        let Value::Matrix(series) = &found.value else {
            return Err(in_range(&"the answer is no matrix"));
        };
        super::compare::check_sorted(series).map_err(|e| in_range(&e))?;
        let middle: Vec<Sample> = series
            .iter()
            .filter_map(|s| Some(Sample { labels: s.labels.clone(), t: at, value: point_at(&s.points, at)? }))
            .collect();
        match result.value {
            Value::Scalar { .. } => match middle.first().map(|sample| &sample.value) {
                Some(Point::Float(v)) => compare(&Answer::Scalar(*v), expected, eval.when),
                Some(Point::Histogram(_)) | None => Err("the middle step has no number".to_owned()),
            },
            Value::String { .. } | Value::Vector(_) | Value::Matrix(_) => compare_vector(&middle, expected),
        }
        .map_err(|e| in_range(&e))
    }

    /// Runs a query and compares; `None` where it failed as it should.
    fn check(&self, text: &str, expr: &Expr, when: When, eval: &Eval) -> Result<Option<QueryResult>, String> {
        let expected = &eval.expected;
        match (self.query(text, expr, when), &expected.fail) {
            (Err(error), None) => Err(format!("unexpected error: {error}")),
            (Err(error), Some(want)) if want.matches(&error.to_string()) => Ok(None),
            (Err(error), Some(want)) => Err(format!("expected error {}, got: {error}", want.shown())),
            (Ok(_), Some(want)) => Err(format!("expected error {}, got none", want.shown())),
            (Ok(result), None) => {
                super::compare::check_annotations(expected, &result.warnings, &result.infos)?;
                compare(&Answer::of(&result.value), expected, when)?;
                Ok(Some(result))
            }
        }
    }

    fn query(&self, text: &str, expr: &Expr, when: When) -> Result<QueryResult, QueryError> {
        let data = Arc::new(self.storage.clone());
        let options = QueryOptions { text: Arc::from(text), ..QueryOptions::default() };
        match when {
            When::At(t_ms) => self.engine.instant(data, expr, t_ms, &options),
            When::Range { start_ms, end_ms, step_ms } => {
                self.engine.range(data, expr, start_ms, end_ms, step_ms, &options)
            }
        }
    }
}

fn point_at(points: &Points, t_ms: i64) -> Option<Point> {
    let float = points.floats().find(|(t, _)| *t == t_ms).map(|(_, v)| Point::Float(v));
    float.or_else(|| points.histograms().find(|(t, _)| *t == t_ms).map(|(_, h)| Point::Histogram(h.clone())))
}
