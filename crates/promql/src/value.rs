//! What a query answers, in a form that can be written out without a second copy.

use std::sync::Arc;

use model::Labels;
use model::histogram::FloatHistogram;

use crate::ast::ValueType;
use crate::column::{Column, Grid};

/// The value of a whole query.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number and its time.
    Scalar {
        /// Milliseconds.
        t: i64,
        /// The number.
        v: f64,
    },
    /// A string and its time.
    String {
        /// Milliseconds.
        t: i64,
        /// The text.
        s: String,
    },
    /// One sample per series, in the order of evaluation (`sort`, `topk` depend on it).
    Vector(Vec<Sample>),
    /// Samples over time per series, sorted by labels. Series without samples are left out.
    Matrix(Vec<Series>),
}

impl Value {
    /// Returns the type, as the HTTP API's `resultType` names it.
    pub fn value_type(&self) -> ValueType {
        match self {
            Value::Scalar { .. } => ValueType::Scalar,
            Value::String { .. } => ValueType::String,
            Value::Vector(_) => ValueType::Vector,
            Value::Matrix(_) => ValueType::Matrix,
        }
    }
}

/// A float or a native histogram.
#[derive(Clone, Debug, PartialEq)]
pub enum Point {
    /// A float.
    Float(f64),
    /// A native histogram.
    Histogram(Arc<FloatHistogram>),
}

/// One sample of an instant vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Whose.
    pub labels: Labels,
    /// When, in milliseconds.
    pub t: i64,
    /// The value.
    pub value: Point,
}

/// One series of a matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Whose.
    pub labels: Labels,
    /// The samples.
    pub points: Points,
}

/// The samples of one series of a matrix.
#[derive(Clone, Debug, PartialEq)]
pub enum Points {
    /// Values at the steps of a range query.
    Stepped {
        /// When.
        grid: Grid,
        /// What.
        column: Column,
    },
    /// Samples at the times they were stored with (a range selector as a whole query).
    Raw {
        /// Floats in time order.
        floats: Vec<(i64, f64)>,
        /// Histograms in time order.
        histograms: Vec<(i64, Arc<FloatHistogram>)>,
    },
}

impl Points {
    /// Returns the floats in time order.
    pub fn floats(&self) -> Box<dyn Iterator<Item = (i64, f64)> + '_> {
        match self {
            Points::Stepped { grid, column } => {
                Box::new((0..column.steps()).filter_map(move |i| Some((grid.time(i), column.get(i)?))))
            }
            Points::Raw { floats, .. } => Box::new(floats.iter().copied()),
        }
    }

    /// Returns the histograms in time order.
    pub fn histograms(&self) -> Box<dyn Iterator<Item = (i64, &Arc<FloatHistogram>)> + '_> {
        match self {
            Points::Stepped { grid, column } => Box::new(
                column
                    .histograms
                    .iter()
                    .enumerate()
                    .filter_map(move |(i, h)| Some((grid.time(i), h.as_ref()?))),
            ),
            Points::Raw { histograms, .. } => Box::new(histograms.iter().map(|(t, h)| (*t, h))),
        }
    }

    /// Returns the number of floats.
    pub fn float_count(&self) -> usize {
        match self {
            Points::Stepped { column, .. } => column.float_count(),
            Points::Raw { floats, .. } => floats.len(),
        }
    }

    /// Returns the number of histograms.
    pub fn histogram_count(&self) -> usize {
        match self {
            Points::Stepped { column, .. } => column.histogram_count(),
            Points::Raw { histograms, .. } => histograms.len(),
        }
    }

    /// Tells whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.float_count() + self.histogram_count() == 0
    }
}
