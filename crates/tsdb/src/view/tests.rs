//! Parts that overlap, series that look alike.

use model::histogram::Histogram;
use storage::Cancel;

use super::*;
use model::histogram::HistogramValue;
use storage::{Projection, Samples};

/// A part in plain vectors.
#[derive(Clone)]
struct Plain(Vec<(Labels, Samples)>);

impl SeriesSet for Plain {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn labels(&self, i: usize) -> Labels {
        self.0[i].0.clone()
    }
    fn read(&self, i: usize, range: TimeRange, out: &mut Samples) -> Result<(), SelectError> {
        let s = &self.0[i].1;
        let inside = |t: i64| range.min_ms <= t && t <= range.max_ms;
        s.t.iter().zip(&s.v).filter(|(t, _)| inside(**t)).for_each(|(t, v)| out.push(*t, *v));
        out.histograms.extend(s.histograms.iter().filter(|h| inside(h.0)).cloned());
        Ok(())
    }
}

impl Select for Plain {
    fn select(&self, _: &SelectRequest<'_>) -> Result<Box<dyn SeriesSet>, SelectError> {
        Ok(Box::new(self.clone()))
    }
    fn label_names(&self, _: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        Ok(self.0.iter().flat_map(|(l, _)| l.iter().map(|(n, _)| n.to_owned())).collect())
    }
    fn label_values(&self, name: &str, _: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        Ok(self.0.iter().map(|(l, _)| l.get(name).to_owned()).collect())
    }
    fn exemplars(
        &self,
        _: &[Vec<Matcher>],
        _: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError> {
        Ok(Vec::new())
    }
}

fn labels(a: &str, b: &str) -> Labels {
    Labels::from_pairs([("a", a), ("b", b)])
}

fn floats(points: &[(i64, f64)]) -> Samples {
    Samples {
        t: points.iter().map(|p| p.0).collect(),
        v: points.iter().map(|p| p.1).collect(),
        histograms: vec![],
    }
}

fn histograms(times: &[i64]) -> Samples {
    let value = |t: i64| HistogramValue::Integer(Histogram { sum: t as f64, ..Histogram::default() });
    Samples { histograms: times.iter().map(|&t| (t, value(t))).collect(), ..Samples::default() }
}

fn view() -> MergedView {
    MergedView::new(vec![
        Arc::new(Plain(vec![
            (labels("1", "x"), floats(&[(1, 1.0), (2, 2.0), (5, 5.0)])),
            (labels("2", "x"), histograms(&[1, 4])),
        ])),
        Arc::new(Plain(vec![
            (labels("0", "x"), floats(&[(3, 0.5)])),
            (labels("2", "x"), floats(&[(2, 2.0), (4, 9.0), (6, 6.0)])),
            (labels("1", "x"), floats(&[(2, 9.0), (3, 3.0), (7, 7.0)])),
        ])),
        Arc::new(Plain(vec![(labels("1", "x"), floats(&[(8, 8.0)]))])),
    ])
}

#[test]
fn equal_labels_are_one_series() {
    let request = SelectRequest { sorted: true, ..SelectRequest::new(&[], TimeRange::ALL) };
    let set = view().select(&request).unwrap();
    assert_eq!(
        (0..set.len()).map(|i| set.labels(i)).collect::<Vec<_>>(),
        ["0", "1", "2"].map(|a| labels(a, "x"))
    );

    let mut out = floats(&[(-100, 1.0)]);
    set.read(1, TimeRange::ALL, &mut out).unwrap();
    assert_eq!(out, floats(&[(-100, 1.0), (1, 1.0), (2, 2.0), (3, 3.0), (5, 5.0), (7, 7.0), (8, 8.0)]));

    let mut out = Samples::default();
    set.read(2, TimeRange::ALL, &mut out).unwrap();
    assert_eq!((out.t, out.histograms.len()), (vec![2, 6], 2), "at 4 the earlier part's histogram counts");

    let mut out = Samples::default();
    set.read(1, TimeRange { min_ms: 3, max_ms: 7 }, &mut out).unwrap();
    assert_eq!(out.t, [3, 5, 7]);
    assert!(set.warnings().is_empty());
}

#[test]
fn projections_do_not_merge_different_series() {
    let projection = Some(Projection::Only(vec!["b".into()]));
    let request = SelectRequest { projection, ..SelectRequest::new(&[], TimeRange::ALL) };
    let set = view().select(&request).unwrap();
    assert_eq!(
        (0..set.len()).map(|i| set.labels(i)).collect::<Vec<_>>(),
        vec![Labels::from_pairs([("b", "x")]); 3]
    );
}

#[test]
fn limits_warn() {
    let request = SelectRequest { limit: 2, sorted: true, ..SelectRequest::new(&[], TimeRange::ALL) };
    let set = view().select(&request).unwrap();
    assert_eq!((set.len(), set.warnings()), (2, vec!["results truncated due to limit".to_owned()]));
    let query = LabelQuery { matcher_sets: &[], range: TimeRange::ALL, limit: 2 };
    assert_eq!(view().label_values("a", &query).unwrap(), ["0", "1"]);
    assert_eq!(view().label_names(&query).unwrap(), ["a", "b"]);
}

#[test]
fn cancelled_selections_stop() {
    let cancel = Cancel::default();
    cancel.cancel();
    let request = SelectRequest { cancel, ..SelectRequest::new(&[], TimeRange::ALL) };
    assert!(matches!(view().select(&request), Err(SelectError::Cancelled)));
}
