//! The data as somebody sees it: every way to read a storage, narrowed to their series.
//!
//! Invariants: 1. Whatever the reader asks for, what comes back matches all matchers of one of the lists.  2. A series that
//! several lists match comes back once.  3. No result is kept between queries: what one person was shown must not be found by
//! another who asks the same.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use model::{Exemplar, Labels, Matcher};
use storage::hint::Figure;
use storage::{LabelQuery, Queryable, Samples, Select, SelectError, SelectRequest, SeriesSet, TimeRange};

use super::Visible;
use crate::router::App;

/// The warning of a list that was cut.
const TRUNCATED: &str = "results truncated due to limit";

/// Where a request reads: everything, or what its asker sees. A handler that reads the storage takes it from here, and from
/// nowhere else.
pub struct Data {
    /// The series.
    pub queryable: Arc<dyn Queryable>,
    /// What of everything they are; `None` for all.
    pub visible: Option<Arc<Visible>>,
}

impl FromRequestParts<Arc<App>> for Data {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Data, Infallible> {
        let all = app.parts.queryable.clone();
        let visible = parts.extensions.get::<Arc<Visible>>().cloned();
        let queryable: Arc<dyn Queryable> = match &visible {
            Some(visible) => Arc::new(Narrowed::new(all, visible.clone())),
            None => all,
        };
        Ok(Data { queryable, visible })
    }
}

/// A storage of which only some series are seen.
pub struct Narrowed {
    inner: Arc<dyn Queryable>,
    visible: Arc<Visible>,
}

impl Narrowed {
    /// Narrows a storage.
    pub fn new(inner: Arc<dyn Queryable>, visible: Arc<Visible>) -> Narrowed {
        Narrowed { inner, visible }
    }
}

impl Queryable for Narrowed {
    fn view(&self, range: TimeRange) -> Result<Arc<dyn Select>, SelectError> {
        Ok(Arc::new(View { inner: self.inner.view(range)?, visible: self.visible.clone() }))
    }
}

struct View {
    inner: Arc<dyn Select>,
    visible: Arc<Visible>,
}

impl View {
    /// Each way to pass one of the sets and be seen. No sets mean all series.
    fn narrowed(&self, sets: &[Vec<Matcher>]) -> Vec<Vec<Matcher>> {
        let lists = self.visible.lists();
        if sets.is_empty() {
            return lists.to_vec();
        }
        sets.iter().flat_map(|set| lists.iter().map(move |list| [set.as_slice(), list].concat())).collect()
    }
}

impl Select for View {
    fn select(&self, request: &SelectRequest<'_>) -> Result<Box<dyn SeriesSet>, SelectError> {
        let lists = self.visible.lists();
        let with = |list: &[Matcher]| [request.matchers, list].concat();
        if let [only] = lists {
            return self.inner.select(&SelectRequest { matchers: &with(only), ..request.clone() });
        }
        let mut union = Union::default();
        for (i, list) in lists.iter().enumerate() {
            // Which of the other lists match is told by the whole label set only.
            let found = self.inner.select(&SelectRequest {
                matchers: &with(list),
                projection: None,
                ..request.clone()
            })?;
            union.add(found, |labels| lists[..i].iter().any(|earlier| super::matches(earlier, labels)));
        }
        if request.sorted {
            union.sort();
        }
        union.truncate(request.limit);
        Ok(Box::new(union))
    }

    fn label_names(&self, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        let sets = self.narrowed(query.matcher_sets);
        self.inner.label_names(&LabelQuery { matcher_sets: &sets, ..query.clone() })
    }

    fn label_values(&self, name: &str, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        let sets = self.narrowed(query.matcher_sets);
        self.inner.label_values(name, &LabelQuery { matcher_sets: &sets, ..query.clone() })
    }

    fn exemplars(
        &self,
        matcher_sets: &[Vec<Matcher>],
        range: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError> {
        // No sets find nothing here, and must not find everything once they are narrowed.
        if matcher_sets.is_empty() {
            return Ok(Vec::new());
        }
        self.inner.exemplars(&self.narrowed(matcher_sets), range)
    }
}

/// What several selections found, each series once.
#[derive(Default)]
struct Union {
    parts: Vec<Box<dyn SeriesSet>>,
    /// For each series, its part and its place there.
    places: Vec<(usize, usize)>,
    warnings: Vec<String>,
}

impl Union {
    fn add(&mut self, part: Box<dyn SeriesSet>, is_known: impl Fn(&Labels) -> bool) {
        let of_part = self.parts.len();
        let is_first = of_part == 0;
        let new = (0..part.len()).filter(|i| is_first || !is_known(&part.labels(*i)));
        self.places.extend(new.map(|i| (of_part, i)));
        for warning in part.warnings() {
            self.warn(warning);
        }
        self.parts.push(part);
    }

    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    fn sort(&mut self) {
        let parts = &self.parts;
        self.places.sort_by_cached_key(|(part, i)| parts[*part].labels(*i));
    }

    fn truncate(&mut self, limit: usize) {
        if limit > 0 && self.places.len() > limit {
            self.places.truncate(limit);
            self.warn(TRUNCATED.to_owned());
        }
    }
}

impl SeriesSet for Union {
    fn len(&self) -> usize {
        self.places.len()
    }

    fn labels(&self, i: usize) -> Labels {
        let (part, i) = self.places[i];
        self.parts[part].labels(i)
    }

    fn read(&self, i: usize, range: TimeRange, out: &mut Samples) -> Result<(), SelectError> {
        let (part, i) = self.places[i];
        self.parts[part].read(i, range, out)
    }

    fn read_figure(
        &self,
        i: usize,
        range: TimeRange,
        figure: Figure,
        out: &mut Samples,
    ) -> Result<(), SelectError> {
        let (part, i) = self.places[i];
        self.parts[part].read_figure(i, range, figure, out)
    }

    fn resolution_ms(&self) -> Option<i64> {
        self.parts.iter().filter_map(|part| part.resolution_ms()).max()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}
