//! Joins that hold no values: each result series is computed from its two series when it is asked for.
//!
//! Whether two series of one side clash is in general a question of each step. Where the labels alone show that no two can, which is
//! nearly always, there is nothing to check while values pass. Otherwise the vectors are handed back.

use hashbrown::{HashMap, HashSet};
use model::Labels;

use super::matching::{Labeling, match_labels};
use super::pair::{Pairing, Side};
use crate::ast::Cardinality;
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::labels::Head;
use crate::exec::source::{Held, Source, Vector, collect_in_place};
use crate::exec::{Frame, Work};

/// A join, or the vectors to be joined by looking at their values.
pub(super) enum Streamed<'a> {
    Vector(Vector<'a>),
    Refused(Vector<'a>, Vector<'a>),
}

type Random = foldhash::fast::RandomState;

/// Joins two vectors, if their labels allow it. Of a narrow "many" side not all labels are known.
///
/// # Errors
/// [`QueryError::Canceled`] and the like.
pub(super) fn join<'a>(
    frame: &Frame<'a>,
    pairing: Pairing,
    labeling: Labeling<'a>,
    many: Vector<'a>,
    one: Vector<'a>,
    many_is_narrow: bool,
) -> Result<Streamed<'a>, QueryError> {
    let matching = labeling.matching;
    let fills = matching.fill_left.is_some() || matching.fill_right.is_some();
    if fills || !frame.may_stream() && !many_is_narrow {
        return Ok(Streamed::Refused(many, one));
    }
    if many_is_narrow && labeling.drops_names() && !many.distinct_without_name() {
        return Ok(Streamed::Refused(many, one));
    }
    let Some(pairs) = pairs(frame, labeling, &*many, &*one, many_is_narrow)? else {
        return Ok(Streamed::Refused(many, one));
    };
    let one = if jumps(&pairs, one.len()) {
        let (series, held) = collect_in_place(frame, one)?;
        drop(held);
        Held::vector(frame.query, series)?
    } else {
        one
    };
    let swapped = matching.cardinality == Cardinality::OneToMany;
    Ok(Streamed::Vector(Box::new(Join { pairing, swapped, labeling, many, one, pairs })))
}

/// A result: two series and its labels.
struct Pair {
    many: usize,
    one: usize,
    labels: Labels,
}

/// Finds what belongs together; `None` if two series may clash.
fn pairs(
    frame: &Frame<'_>,
    labeling: Labeling<'_>,
    many: &dyn Source,
    one: &dyn Source,
    many_is_narrow: bool,
) -> Result<Option<Vec<Pair>>, QueryError> {
    let one_to_one = labeling.matching.cardinality == Cardinality::OneToOne;
    let includes = !labeling.matching.include.is_empty();
    let mut places: HashMap<Labels, (usize, Labels), Random> = HashMap::default();
    places.reserve(one.len());
    for i in 0..one.len() {
        frame.query.stop.check_at(i)?;
        let labels = one.head(i).labels;
        let key = match_labels(labeling.matching, &labels);
        // The labels themselves are looked at only where some are taken over.
        let kept = if includes { labels } else { Labels::empty() };
        if places.insert(key, (i, kept)).is_some() {
            return Ok(None);
        }
    }
    let mut taken: HashSet<usize, Random> = HashSet::default();
    let mut results: HashSet<Labels, Random> = HashSet::default();
    let mut pairs = Vec::new();
    for i in 0..many.len() {
        frame.query.stop.check_at(i)?;
        let head = many.head(i).labels;
        let Some((other, other_labels)) = places.get(&match_labels(labeling.matching, &head)) else {
            continue;
        };
        let labels = labeling.result(&head, other_labels);
        let clashes = if one_to_one {
            !taken.insert(*other)
        } else if many_is_narrow {
            // They are as distinct as before if nothing of them is replaced.
            labeling.matching.include.iter().any(|name| !head.get(name).is_empty())
        } else {
            !results.insert(labels.clone())
        };
        if clashes {
            return Ok(None);
        }
        pairs.push(Pair { many: i, one: *other, labels });
    }
    Ok(Some(pairs))
}

/// Tells whether series of the "one" side would be computed over and over: each is kept only until the next is asked for.
fn jumps(pairs: &[Pair], ones: usize) -> bool {
    pairs.windows(2).filter(|p| p[0].one != p[1].one).count() > 2 * ones
}

struct Join<'a> {
    pairing: Pairing,
    /// The "many" side is the right one.
    swapped: bool,
    labeling: Labeling<'a>,
    many: Vector<'a>,
    one: Vector<'a>,
    pairs: Vec<Pair>,
}

impl Source for Join<'_> {
    fn len(&self) -> usize {
        self.pairs.len()
    }

    fn head(&self, i: usize) -> Head {
        Head { labels: self.pairs[i].labels.clone(), drop_name: self.labeling.return_bool }
    }

    fn column(&self, i: usize, work: &mut Work, out: &mut Column) -> Result<(), QueryError> {
        let pair = &self.pairs[i];
        let mut many = work.column();
        self.many.column(pair.many, work, &mut many)?;
        let one = work.kept(&*self.one, pair.one)?;
        out.reset(many.steps());
        let mut bits = many.any_bits();
        bits.iter_mut().zip(one.any_bits()).for_each(|(a, b)| *a &= b);
        if bits.iter().any(|w| *w != 0) {
            let (many, one) = (Side::Series(&many), Side::Series(&one));
            let (left, right) = if self.swapped { (one, many) } else { (many, one) };
            self.pairing.compute(left, right, &mut bits, out, (&mut work.notes, &work.stop))?;
        }
        work.keep(&*self.one, pair.one, one);
        work.give_back(many);
        Ok(())
    }

    fn distinct_without_name(&self) -> bool {
        self.labeling.gives_no_names()
    }

    fn weight(&self) -> usize {
        self.many.weight() + self.one.weight()
    }
}
