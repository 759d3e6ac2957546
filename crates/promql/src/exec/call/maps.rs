//! Functions of one value at a time.

use model::histogram::FloatHistogram;

use crate::column::{Column, Grid};
use crate::error::QueryError;
use crate::exec::Work;
use crate::exec::labels::Head;
use crate::exec::scalar::Scalars;
use crate::exec::source::Map;
use crate::functions::zone::Zone;
use crate::functions::{math, time};

/// Any of these with the name kept.
pub(super) struct Keeping<M>(pub M);

impl<M: Map> Map for Keeping<M> {
    fn head(&self, head: Head) -> Head {
        head
    }

    fn apply(&self, column: &mut Column, work: &mut Work) -> Result<(), QueryError> {
        self.0.apply(column, work)
    }
}

/// A function of floats; histograms are left out.
pub(super) struct Float {
    pub f: fn(f64) -> f64,
    pub delayed: bool,
}

impl Map for Float {
    fn head(&self, head: Head) -> Head {
        head.nameless(self.delayed)
    }

    fn apply(&self, column: &mut Column, work: &mut Work) -> Result<(), QueryError> {
        column.histograms.clear();
        change(column, work, |_, v| (self.f)(v))
    }
}

/// Changes the floats that are there.
fn change(column: &mut Column, work: &Work, f: impl Fn(usize, f64) -> f64) -> Result<(), QueryError> {
    for piece in work.stop.pieces(column.values.len()) {
        for step in piece? {
            if column.has(step) {
                column.values[step] = f(step, column.values[step]);
            }
        }
    }
    Ok(())
}

/// A function of histograms; floats are left out.
pub(super) struct Histogram {
    pub f: fn(&FloatHistogram) -> f64,
    pub delayed: bool,
}

impl Map for Histogram {
    fn head(&self, head: Head) -> Head {
        head.nameless(self.delayed)
    }

    fn apply(&self, column: &mut Column, work: &mut Work) -> Result<(), QueryError> {
        let histograms = std::mem::take(&mut column.histograms);
        column.present.fill(0);
        for (step, h) in histograms.iter().enumerate() {
            work.stop.check_at(step)?;
            if let Some(h) = h {
                column.set(step, (self.f)(h));
            }
        }
        Ok(())
    }
}

/// A function of the date that a float stands for.
pub(super) struct Date {
    pub f: fn(&time::Date) -> f64,
    /// In place of UTC.
    pub zone: Option<Zone>,
    pub delayed: bool,
}

impl Map for Date {
    fn head(&self, head: Head) -> Head {
        head.nameless(self.delayed)
    }

    fn apply(&self, column: &mut Column, work: &mut Work) -> Result<(), QueryError> {
        column.histograms.clear();
        match &self.zone {
            None => change(column, work, |_, v| (self.f)(&time::Date::from_value(v))),
            Some(zone) => change(column, work, |_, v| {
                (self.f)(&time::Date::from_seconds(zone.wall_seconds(time::seconds_of(v))))
            }),
        }
    }
}

/// `clamp` and its kin.
pub(super) struct Clamp {
    pub min: Scalars,
    pub max: Scalars,
    pub delayed: bool,
}

impl Map for Clamp {
    fn head(&self, head: Head) -> Head {
        head.nameless(self.delayed)
    }

    fn apply(&self, column: &mut Column, work: &mut Work) -> Result<(), QueryError> {
        column.histograms.clear();
        for piece in work.stop.pieces(column.values.len()) {
            for step in piece? {
                let (min, max) = (self.min.get(step), self.max.get(step));
                if max < min {
                    column.unset(step);
                } else if column.has(step) {
                    column.values[step] = math::max(min, math::min(max, column.values[step]));
                }
            }
        }
        Ok(())
    }
}

/// `round`
pub(super) struct Round {
    pub inverse: Scalars,
    pub delayed: bool,
}

impl Map for Round {
    fn head(&self, head: Head) -> Head {
        head.nameless(self.delayed)
    }

    fn apply(&self, column: &mut Column, work: &mut Work) -> Result<(), QueryError> {
        column.histograms.clear();
        change(column, work, |step, v| math::round(v, self.inverse.get(step)))
    }
}

/// Drops the name and leaves the values.
pub(super) struct Nameless {
    pub delayed: bool,
}

impl Map for Nameless {
    fn head(&self, head: Head) -> Head {
        head.nameless(self.delayed)
    }

    fn apply(&self, _: &mut Column, _: &mut Work) -> Result<(), QueryError> {
        Ok(())
    }
}

/// Replaces values by the time of their step.
pub(super) struct StepTime {
    pub grid: Grid,
    pub delayed: bool,
}

impl Map for StepTime {
    fn head(&self, head: Head) -> Head {
        head.nameless(self.delayed)
    }

    fn apply(&self, column: &mut Column, work: &mut Work) -> Result<(), QueryError> {
        for piece in work.stop.pieces(column.values.len()) {
            for step in piece? {
                if column.has_any(step) {
                    column.set(step, self.grid.time(step) as f64 / 1000.0);
                }
            }
        }
        column.histograms.clear();
        Ok(())
    }
}

/// Leaves histograms out and everything else as it is.
pub(super) struct FloatsOnly;

impl Map for FloatsOnly {
    fn head(&self, head: Head) -> Head {
        head
    }

    fn apply(&self, column: &mut Column, _: &mut Work) -> Result<(), QueryError> {
        column.histograms.clear();
        Ok(())
    }
}
