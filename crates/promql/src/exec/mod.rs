//! Running a plan: series by series, column by column.
//!
//! A vector is a [`Source`]: a number of series, each of whose columns is computed when it is asked for. Selectors,
//! functions of ranges and functions of single values are sources over sources and hold nothing; aggregations fold a source's
//! columns as they come. What needs whole vectors at once (binary operations between vectors, `histogram_quantile`,
//! results) collects them.
//!
//! Invariants: 1. A source's series do not change while it lives, and their columns may be asked for from any thread.
//! 2. Work is split by series index at boundaries that depend on the number of series only, and partial results are merged in
//! that order: the number of threads never changes a bit of the result.

pub(crate) mod aggregate;
pub(crate) mod alike;
pub(crate) mod binary;
pub(crate) mod budget;
pub(crate) mod call;
pub(crate) mod downsampled;
pub(crate) mod labels;
pub(crate) mod long_sort;
pub(crate) mod meter;
pub(crate) mod pool;
pub(crate) mod range;
pub(crate) mod result;
pub(crate) mod scalar;
pub(crate) mod select;
pub(crate) mod shared;
pub(crate) mod smoothed;
pub(crate) mod source;
pub(crate) mod stop;
pub(crate) mod tally;
pub(crate) mod window;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use storage::{Projection, Samples, Select};

use crate::ast::ValueType;
use crate::column::{Column, Grid};
use crate::engine::Features;
use crate::error::QueryError;
use crate::functions::evaluation::Evaluation;
use crate::notes::{Notes, line_and_column};
use crate::plan::{Occurrences, Plan, PlanKind, Shared, projects};
use budget::{Budget, Load};
use meter::{Meter, Meters};
use pool::Pool;
use scalar::Scalars;
use shared::{LastColumn, LastSamples};
use source::{Source, Vector};
use stop::Stop;
use tally::{LocalTally, SAMPLE_BYTES, Tally};
use window::TimedHistogram;

/// What all parts of one running query share.
pub(crate) struct Query<'q> {
    pub view: Arc<dyn Select>,
    pub pool: &'q Pool,
    pub features: Features,
    pub lookback_ms: i64,
    pub default_step_ms: i64,
    pub budget: Budget,
    /// What was parsed, for errors that name a part of it.
    pub text: Arc<str>,
    /// What ends it early.
    pub stop: Stop,
    pub notes: Mutex<Notes>,
    pub series: AtomicU64,
    /// Where parts stand that occur more than once.
    pub occurrences: Occurrences<'q>,
    /// Their results, by number.
    pub results: Mutex<HashMap<usize, Arc<shared::Kept>>>,
    /// Their series, by number.
    pub found: Mutex<HashMap<usize, Option<shared::Found>>>,
    /// Whether vectors may be computed series by series by their labels alone; not any more once that went wrong.
    pub streams: bool,
    /// Set when it went wrong: see [`Query::give_up_streaming`].
    pub gave_up: AtomicBool,
    /// Only where the query was asked to explain itself.
    pub meters: Option<Meters>,
}

impl Query<'_> {
    /// Fails once the query was cancelled or has run out of time.
    pub(crate) fn check(&self) -> Result<(), QueryError> {
        self.stop.check()
    }

    /// A part of the query as it was written, and where.
    pub(crate) fn part(&self, plan: &Plan) -> Box<str> {
        let written = self.text.get(plan.span.start as usize..plan.span.end as usize).unwrap_or_default();
        match line_and_column(&self.text, plan.span) {
            Some((line, column)) if !written.is_empty() => format!("{written} ({line}:{column})").into(),
            _ => format!("the expression at {}", plan.span.start).into(),
        }
    }

    /// The meter of a node, if someone wants to know.
    pub(crate) fn meter(&self, id: usize) -> Option<&Meter> {
        self.meters.as_ref()?.node(id)
    }

    /// Ends the query so that it starts again with whole vectors: the data is not what its labels promised.
    pub(crate) fn give_up_streaming(&self) -> QueryError {
        self.gave_up.store(true, Ordering::Relaxed);
        QueryError::Canceled
    }

    /// Adds notes to the query's.
    pub(crate) fn note(&self, add: impl FnOnce(&mut Notes)) {
        add(&mut self.notes.lock().expect("noting does not panic"));
    }
}

/// A part of a query: what is shared, and the steps this part is evaluated at.
#[derive(Clone)]
pub(crate) struct Frame<'a> {
    pub query: &'a Query<'a>,
    pub grid: Grid,
    pub tally: Arc<Tally>,
    /// The labels that are looked at of the vector that is evaluated, if not all.
    pub projection: Option<Arc<Projection>>,
}

/// One worker's buffers, notes and counts, for the series it works on one after another.
#[derive(Default)]
pub(crate) struct Work {
    /// What ends the query early.
    pub stop: Stop,
    pub samples: Samples,
    pub histograms: Vec<TimedHistogram>,
    pub columns: Vec<Column>,
    pub notes: Notes,
    kept: Vec<Kept>,
    /// What the selector or function of a range that came last counted.
    pub counted: LocalTally,
    last_columns: Vec<LastColumn>,
    last_samples: Vec<LastSamples>,
    /// What decoded samples were charged for: as many as the longest series so far has.
    charged: Load,
}

/// A column that was computed last and may be asked for again.
struct Kept {
    /// Address of the source: alive for as long as anyone works on its series.
    source: usize,
    series: usize,
    column: Column,
}

impl Work {
    /// A worker without anything yet.
    pub(crate) fn new(query: &Query<'_>) -> Work {
        Work { stop: query.stop.clone(), ..Work::default() }
    }

    /// Takes a spare column; give it back with [`Work::give_back`].
    pub(crate) fn column(&mut self) -> Column {
        self.columns.pop().unwrap_or_default()
    }

    /// Charges the samples that were just decoded; what a longer series was charged for is kept for the next.
    pub(crate) fn charge(&mut self, budget: &Budget) -> Result<(), QueryError> {
        let floats = self.samples.t.len() as u64;
        let histograms: u64 = self.samples.histograms.iter().map(|(_, h)| size_of_val(h) as u64).sum();
        // Not as samples: Prometheus counts those that a window or a result holds.
        let more = (SAMPLE_BYTES * floats + histograms).saturating_sub(self.charged.bytes);
        if more > 0 {
            budget.take(Load::bytes(more))?;
            self.charged = self.charged + Load::bytes(more);
        }
        Ok(())
    }

    /// Returns a spare column.
    pub(crate) fn give_back(&mut self, column: Column) {
        self.columns.push(column);
    }

    /// Takes the column of a series that often is the same one several times in a row; hand it back with [`Work::keep`].
    pub(crate) fn kept(&mut self, source: &dyn Source, series: usize) -> Result<Column, QueryError> {
        let of_source = self.kept.iter().position(|k| k.source == address(source));
        let mut column = match of_source.map(|place| self.kept.swap_remove(place)) {
            Some(kept) if kept.series == series => return Ok(kept.column),
            Some(other) => other.column,
            None => self.column(),
        };
        source.column(series, self, &mut column)?;
        Ok(column)
    }

    /// Keeps a source's last column.
    pub(crate) fn keep(&mut self, source: &dyn Source, series: usize, column: Column) {
        self.kept.push(Kept { source: address(source), series, column });
    }
}

fn address(source: &dyn Source) -> usize {
    std::ptr::from_ref(source).cast::<()>().addr()
}

impl<'a> Frame<'a> {
    /// The same query on other steps, with a tally of its own.
    pub(crate) fn on(&self, grid: Grid) -> Frame<'a> {
        Frame { query: self.query, grid, tally: Arc::new(self.tally.child(grid.steps)), projection: None }
    }

    /// The same query on a subquery's steps. Each step's reads are counted: the steps around it share them.
    pub(crate) fn within(&self, grid: Grid) -> Frame<'a> {
        Frame {
            query: self.query,
            grid,
            tally: Arc::new(Tally::new(grid.steps, self.grid.steps > 1)),
            projection: None,
        }
    }

    /// Tells whether it is worth while to compute vectors series by series; with few steps they take hardly more memory than their labels.
    pub(crate) fn may_stream(&self) -> bool {
        const STEPS_MIN: usize = 16;
        self.query.streams && self.grid.steps >= STEPS_MIN
    }

    /// Evaluates a scalar plan.
    pub(crate) fn scalar(&self, plan: &'a Plan) -> Result<Scalars, QueryError> {
        if self.projection.is_some() {
            // It is of the vector that the scalar stands beside.
            return Frame { projection: None, ..self.clone() }.scalar(plan);
        }
        self.query.check()?;
        let scalars = match &self.query.meters {
            Some(meters) => meters.time(plan.id, || self.scalar_of(plan)),
            None => self.scalar_of(plan),
        };
        scalars.map_err(|e| e.growing_in(|| self.query.part(plan)))
    }

    fn scalar_of(&self, plan: &'a Plan) -> Result<Scalars, QueryError> {
        let stop = &self.query.stop;
        match &plan.kind {
            PlanKind::Number(v) => Ok(Scalars::Constant(*v)),
            PlanKind::Negate(inner) => self.scalar(inner)?.map(stop, |v| -v),
            PlanKind::Once(inner) => {
                let frame = self.on(Grid { steps: 1, ..self.grid });
                let value = frame.scalar(inner)?.get(0);
                self.tally.add_everywhere(frame.tally.total());
                Ok(Scalars::Constant(value))
            }
            PlanKind::Binary(b) => {
                let (left, right) = (self.scalar(&b.left)?, self.scalar(&b.right)?);
                left.zip(right, stop, binary::scalar_operation(b.op)?)
            }
            PlanKind::Call(call) => match call.evaluation {
                Evaluation::Time => {
                    let grid = self.grid;
                    Scalars::of_steps(grid.steps, stop, |i| grid.time(i) as f64 / 1000.0)
                }
                Evaluation::ScalarPair(f) => {
                    self.scalar(&call.args[0])?.zip(self.scalar(&call.args[1])?, stop, f)
                }
                Evaluation::Scalar => call::scalar_of(self, &call.args[0]),
                _ => Err(not_a(ValueType::Scalar, plan)),
            },
            _ => Err(not_a(ValueType::Scalar, plan)),
        }
    }

    /// Evaluates an instant vector plan. What needs no whole vector is not computed yet.
    pub(crate) fn vector(&self, plan: &'a Plan) -> Result<Vector<'a>, QueryError> {
        match plan.shared {
            Some(Shared::Result(number)) => shared::result(self, plan, number),
            Some(Shared::Column(number)) => shared::column(self, plan, number),
            None => self.computed(plan),
        }
    }

    /// As [`Frame::vector`], computed here and now although it may occur elsewhere.
    fn computed(&self, plan: &'a Plan) -> Result<Vector<'a>, QueryError> {
        self.metered(plan, || self.vector_of(plan))
    }

    /// Has a vector counted, where someone wants to know.
    pub(crate) fn metered(
        &self,
        plan: &'a Plan,
        evaluate: impl FnOnce() -> Result<Vector<'a>, QueryError>,
    ) -> Result<Vector<'a>, QueryError> {
        self.query.check()?;
        let evaluate = || evaluate().map_err(|e| e.growing_in(|| self.query.part(plan)));
        let Some(meters) = &self.query.meters else { return evaluate() };
        let vector = meters.time(plan.id, evaluate)?;
        Ok(meters.wrap(plan.id, matches!(plan.kind, PlanKind::Select(_)), vector))
    }

    fn vector_of(&self, plan: &'a Plan) -> Result<Vector<'a>, QueryError> {
        match &plan.kind {
            PlanKind::Select(selector) => {
                select::select(self, selector, plan.span, select::Take::Value, self.projected())
            }
            PlanKind::RangeCall(call) => range::call(self, call, self.projected()),
            PlanKind::Call(call) => call::vector(self, call, plan),
            PlanKind::Aggregate(aggregation) => aggregate::aggregate(self, aggregation, plan.span),
            PlanKind::Binary(operation) => binary::vector(self, operation, plan.span),
            PlanKind::Negate(inner) => binary::negate(self, inner),
            PlanKind::Once(inner) => self.once(inner),
            PlanKind::Number(_) | PlanKind::Text(_) | PlanKind::Range(_) => {
                Err(not_a(ValueType::Vector, plan))
            }
        }
    }

    /// As [`Frame::vector`], for a reader who looks only at the labels of the projection and minds no equal ones.
    pub(crate) fn vector_projected(
        &self,
        plan: &'a Plan,
        projection: Projection,
    ) -> Result<Vector<'a>, QueryError> {
        self.metered(plan, || match &plan.kind {
            PlanKind::Select(selector) => {
                select::select(self, selector, plan.span, select::Take::Value, Some(projection))
            }
            // What a type says about a metric is looked at on the way.
            _ if plan.shared.is_some() => self.vector(plan),
            PlanKind::RangeCall(call) if !self.query.features.type_and_unit_labels => {
                range::call(self, call, Some(projection))
            }
            _ if !self.query.features.type_and_unit_labels
                && self.query.streams
                && (projects(plan) || binary::narrow::between_vectors(plan)) =>
            {
                Frame { projection: Some(Arc::new(projection)), ..self.clone() }.vector_of(plan)
            }
            _ => self.vector_of(plan),
        })
    }

    fn projected(&self) -> Option<Projection> {
        self.projection.as_deref().cloned()
    }

    /// Evaluates at the first step and repeats the values at all.
    fn once(&self, plan: &'a Plan) -> Result<Vector<'a>, QueryError> {
        let frame = self.on(Grid { steps: 1, ..self.grid });
        let first = frame.vector(plan)?;
        let distinct = first.distinct_without_name();
        let (series, _held) = source::collect(&frame, first)?;
        self.tally.add_everywhere(frame.tally.total());
        let first = if distinct {
            source::Held::distinct_vector(self.query, series)?
        } else {
            source::Held::vector(self.query, series)?
        };
        Ok(source::map(first, Repeat { steps: self.grid.steps }))
    }
}

/// Has the value of one step stand at all steps.
struct Repeat {
    steps: usize,
}

impl source::Map for Repeat {
    fn head(&self, head: labels::Head) -> labels::Head {
        head
    }

    fn apply(&self, column: &mut Column, _: &mut Work) -> Result<(), QueryError> {
        if let Some(h) = column.histogram(0).cloned() {
            column.reset(self.steps);
            column.histograms.resize(self.steps, Some(h));
        } else if let Some(v) = column.get(0) {
            column.reset(self.steps);
            column.values.fill(v);
            column.set_all();
        } else {
            column.reset(self.steps);
        }
        Ok(())
    }
}

/// The error for a plan of another type than the syntax tree's checks allow.
fn not_a(wanted: ValueType, plan: &Plan) -> QueryError {
    QueryError::Execution(format!(
        "expected {} but the expression at {} is {}",
        wanted.documented(),
        plan.span.start,
        plan.value_type().documented()
    ))
}

/// A worker's count of samples, shared with the windows it slides.
pub(crate) type SharedTally = std::cell::RefCell<LocalTally>;
