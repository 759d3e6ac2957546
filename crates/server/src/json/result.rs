//! The value of a query, series by series.

use promql::column::{Column, Grid};
use promql::{Point, Points, Sample, Series, Value};

use super::histogram::write_histogram;
use super::out::{Gone, Out};
use super::text::{write_labels, write_time, write_value};

/// Writes `"resultType":…,"result":…`.
///
/// # Errors
/// [`Gone`].
pub fn write_result(out: &mut Out, value: &Value) -> Result<(), Gone> {
    let kind = match value {
        Value::Scalar { .. } => "scalar",
        Value::String { .. } => "string",
        Value::Vector(_) => "vector",
        Value::Matrix(_) => "matrix",
    };
    out.text.push_str(r#""resultType":""#);
    out.text.push_str(kind);
    out.text.push_str(r#"","result":"#);
    match value {
        Value::Scalar { t, v } => {
            write_time_start(&mut out.text, *t);
            write_value(&mut out.text, *v);
        }
        Value::String { t, s } => {
            write_time_start(&mut out.text, *t);
            super::text::write_string(&mut out.text, s);
        }
        Value::Vector(samples) => return write_list(out, samples, write_sample),
        Value::Matrix(series) => {
            let mut times = Times::default();
            return write_list(out, series, |out, series| write_series(out, series, &mut times));
        }
    }
    out.text.push(']');
    Ok(())
}

fn write_list<T>(
    out: &mut Out,
    items: &[T],
    mut write: impl FnMut(&mut Out, &T) -> Result<(), Gone>,
) -> Result<(), Gone> {
    out.text.push('[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.text.push(',');
        }
        write(out, item)?;
        out.breathe()?;
    }
    out.text.push(']');
    Ok(())
}

fn write_time_start(text: &mut String, t: i64) {
    text.push('[');
    write_time(text, t);
    text.push(',');
}

fn write_sample(out: &mut Out, sample: &Sample) -> Result<(), Gone> {
    let text = &mut out.text;
    text.push_str(r#"{"metric":"#);
    write_labels(text, &sample.labels);
    match &sample.value {
        Point::Float(v) => {
            text.push_str(r#","value":"#);
            write_time_start(text, sample.t);
            write_value(text, *v);
        }
        Point::Histogram(h) => {
            text.push_str(r#","histogram":"#);
            write_time_start(text, sample.t);
            write_histogram(text, h);
        }
    }
    text.push_str("]}");
    Ok(())
}

fn write_series(out: &mut Out, series: &Series, times: &mut Times) -> Result<(), Gone> {
    out.text.push_str(r#"{"metric":"#);
    write_labels(&mut out.text, &series.labels);
    if series.points.float_count() > 0 {
        out.text.push_str(r#","values":["#);
        match &series.points {
            Points::Stepped { grid, column } => write_column(&mut out.text, times.of(*grid), column),
            Points::Raw { floats, .. } => {
                for (i, (t, v)) in floats.iter().enumerate() {
                    if i > 0 {
                        out.text.push(',');
                    }
                    write_time_start(&mut out.text, *t);
                    write_value(&mut out.text, *v);
                    out.text.push(']');
                    out.breathe()?;
                }
            }
        }
        out.text.push(']');
    }
    if series.points.histogram_count() > 0 {
        out.text.push_str(r#","histograms":["#);
        for (i, (t, h)) in series.points.histograms().enumerate() {
            if i > 0 {
                out.text.push(',');
            }
            write_time_start(&mut out.text, t);
            write_histogram(&mut out.text, h);
            out.text.push(']');
            out.breathe()?;
        }
        out.text.push(']');
    }
    out.text.push('}');
    Ok(())
}

/// A column is at most 11,000 points, some 300 KB: no need to look for room in between.
fn write_column(text: &mut String, times: &Times, column: &Column) {
    let mut first = true;
    column.for_each_float(|step, v| {
        if !std::mem::take(&mut first) {
            text.push(',');
        }
        text.push_str(times.at(step));
        model::number::write_json(text, v);
        text.push_str("\"]");
    });
}

/// The beginning of every point of a grid, `[1435781451.781,"`: all series of a range query share it.
#[derive(Default)]
struct Times {
    grid: Option<Grid>,
    text: String,
    ends: Vec<u32>,
}

impl Times {
    fn of(&mut self, grid: Grid) -> &Times {
        if self.grid != Some(grid) {
            self.text.clear();
            self.ends.clear();
            for step in 0..grid.steps {
                write_time_start(&mut self.text, grid.time(step));
                self.text.push('"');
                self.ends.push(self.text.len() as u32);
            }
            self.grid = Some(grid);
        }
        self
    }

    fn at(&self, step: usize) -> &str {
        let start = if step == 0 { 0 } else { self.ends[step - 1] as usize };
        &self.text[start..self.ends[step] as usize]
    }
}
