//! `query analyze`: how many buckets the histograms of a server use.
//!
//! Text and figures are promtool's. Where promtool prints classic histograms in random order, the order here is that of their names.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::io::Write;
use std::time::Duration;

use clap::{ArgMatches, Command};
use model::labels::METRIC_NAME;
use model::number::parse_float;
use url::form_urlencoded::Serializer;

use super::answer::{Stream, Value};
use super::print::{label_set, metric_text};
use super::time::{Time, parse_duration};
use super::{Failure, post, time_of};
use crate::tool::http::Server;
use crate::tool::{flag, flags, text, texts};

pub(super) const NAME: &str = "analyze";

const HEADER: &str = "Bucket stats for each histogram series over time
------------------------------------------------
First the min, avg, and max number of populated buckets, followed by the total
number of buckets (only if different from the max number of populated buckets
which is typical for classic but not native histograms).";
const FOOTER: &str = "Aggregated bucket stats
-----------------------
Each line shows min/avg/max over the series above.";

pub(super) fn command() -> Command {
    Command::new(NAME)
        .about("Run queries against your Prometheus to analyze the usage pattern of certain metrics.")
        .arg(flag("server", "URL", "Prometheus server to query.").required(true))
        .arg(flag("type", "TYPE", "Type of metric: histogram.").required(true))
        .arg(
            flag("duration", "DURATION", "Time frame to analyze.")
                .default_value("1h")
                .value_parser(parse_duration),
        )
        .arg(
            flag("time", "TIME", "Query time (RFC3339 or Unix timestamp), defaults to now.")
                .allow_hyphen_values(true),
        )
        .arg(flags("match", "SELECTOR", "Series selector. Can be specified multiple times.").required(true))
}

pub(super) fn run(server: &Server, args: &ArgMatches, out: &mut dyn Write) -> Result<(), Failure> {
    let kind = text(args, "type").unwrap_or_default();
    if kind != "histogram" {
        return Err(Failure::Usage(format!("analyze type is {kind}, must be 'histogram'")));
    }
    let time = time_of(args, "time", "time")?.unwrap_or_else(Time::now);
    let duration = args.get_one::<Duration>("duration").copied().unwrap_or_default();
    writeln!(out, "{HEADER}\n")?;
    let (mut native, mut classic) = (Overall::default(), Overall::default());
    for selector in texts(args, "match") {
        let form = Serializer::new(String::new())
            .append_pair("query", &format!("{selector}[{}ms]", duration.as_millis()))
            .append_pair("time", &time.to_string())
            .finish();
        let Value::Matrix(streams) = post(server, "/api/v1/query", &form)? else {
            return Err(Failure::Usage("query of buckets resulted in non-Matrix".to_owned()));
        };
        let mut by_histogram: BTreeMap<String, Vec<Stream>> = BTreeMap::new();
        for stream in streams {
            if stream.values.is_empty() {
                if let Some(usage) = native_usage(&stream) {
                    writeln!(out, "- {} (native): {usage}", metric_text(&stream.metric))?;
                    native.add(&usage);
                }
            } else if let Some(name) = classic_name(&stream) {
                by_histogram.entry(name).or_default().push(stream);
            }
        }
        for (name, streams) in by_histogram {
            if let Some(usage) = classic_usage(streams).map_err(Failure::Usage)? {
                writeln!(out, "- {name} (classic): {usage}")?;
                classic.add(&usage);
            }
        }
    }
    writeln!(out, "\n{FOOTER}")?;
    for (kind, overall) in [("Native", native), ("Classic", classic)] {
        if overall.series() > 0 {
            writeln!(out, "\n{kind} {overall}")?;
        }
    }
    Ok(())
}

/// How many buckets of one histogram have observations: the fewest, on average, the most; and how many there are.
#[derive(Clone, Debug, PartialEq)]
struct Usage {
    min: usize,
    average: f64,
    max: usize,
    total: usize,
}

impl Usage {
    /// `None` for fewer than two samples.
    fn of(populated: &[usize], total: usize) -> Option<Usage> {
        let (min, max) = (populated.iter().min()?, populated.iter().max()?);
        let average = populated.iter().sum::<usize>() as f64 / populated.len() as f64;
        (populated.len() > 1).then_some(Usage { min: *min, average, max: *max, total })
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{:.3}/{}", self.min, self.average, self.max)?;
        if self.max == self.total { Ok(()) } else { write!(f, "/{}", self.total) }
    }
}

fn native_usage(stream: &Stream) -> Option<Usage> {
    let mut all = HashSet::new();
    let mut populated = Vec::with_capacity(stream.histograms.len());
    for point in &stream.histograms {
        let buckets = &point.1.buckets;
        all.extend(buckets.iter().map(|bucket| (bucket.0, bucket.1.as_str(), bucket.2.as_str())));
        populated.push(buckets.len());
    }
    Usage::of(&populated, all.len())
}

/// Returns the name of the histogram that a bucket belongs to; `None` for what is none.
fn classic_name(stream: &Stream) -> Option<String> {
    let mut labels = stream.metric.clone();
    labels.remove("le")?;
    let name = labels.remove(METRIC_NAME).filter(|name| name.ends_with("_bucket"))?;
    Some(format!("{name}{}", label_set(&labels)))
}

/// Compares the buckets of one histogram at each time; `None` for too few samples.
fn classic_usage(mut streams: Vec<Stream>) -> Result<Option<Usage>, String> {
    let bound = |stream: &Stream| stream.metric.get("le").and_then(|le| parse_float(le)).unwrap_or(0.0);
    streams.sort_by(|a, b| bound(a).total_cmp(&bound(b)));
    let mut populated = Vec::new();
    for at in 0..streams.first().map_or(0, |first| first.values.len()) {
        let mut counts = vec![0; streams.len()];
        let mut former: Option<(f64, f64)> = None;
        for (count, stream) in counts.iter_mut().zip(&streams) {
            // A bucket that came later ends the comparison: a part is better than nothing.
            let Some(point) = stream.values.get(at) else { break };
            let value = parse_float(&point.1).unwrap_or(0.0);
            *count = match former {
                None => value as i64,
                Some((time, _)) if time.to_bits() != point.0.to_bits() => {
                    return Err("matrix result is not time aligned".to_owned());
                }
                Some((_, lower)) => (value - lower) as i64,
            };
            former = Some((point.0, value));
        }
        populated.push(counts.iter().filter(|count| **count != 0).count());
    }
    Ok(Usage::of(&populated, streams.len()))
}

/// Usages of many histograms.
#[derive(Debug, Default)]
struct Overall {
    min: Spread,
    average: Spread,
    max: Spread,
    total: Spread,
}

/// Smallest, average and largest of some numbers.
#[derive(Clone, Debug, Default, PartialEq)]
struct Spread {
    min: usize,
    max: usize,
    count: usize,
    average: f64,
}

impl Spread {
    fn add(&mut self, n: usize) {
        self.min = if self.count == 0 { n } else { self.min.min(n) };
        self.max = self.max.max(n);
        self.count += 1;
        self.average += n as f64 / self.count as f64 - self.average / self.count as f64;
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{:.3}/{}", self.min, self.average, self.max)
    }
}

impl Overall {
    fn series(&self) -> usize {
        self.min.count
    }

    fn add(&mut self, usage: &Usage) {
        self.min.add(usage.min);
        self.average.add(usage.average as usize);
        self.max.add(usage.max);
        self.total.add(usage.total);
    }
}

impl fmt::Display for Overall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "histogram series ({} in total):\n- min populated: {}\n- avg populated: {}\n- max populated: {}",
            self.series(),
            self.min,
            self.average,
            self.max
        )?;
        if self.max == self.total { Ok(()) } else { write!(f, "\n- total: {}", self.total) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::query::answer::Point;

    fn bucket(le: &str, values: &[u32]) -> Stream {
        let metric = [("__name__", "h_bucket"), ("i", "1"), ("le", le)];
        Stream {
            metric: metric.map(|(n, v)| (n.to_owned(), v.to_owned())).into(),
            values: (0..).zip(values).map(|(t, v)| Point(f64::from(t), v.to_string())).collect(),
            histograms: Vec::new(),
        }
    }

    #[test]
    fn classic_buckets_are_compared_with_the_one_below() {
        let show = |streams| classic_usage(streams).unwrap().map(|usage| usage.to_string());
        let all = || vec![bucket("+Inf", &[3, 9]), bucket("1", &[1, 4]), bucket("2.5", &[1, 9])];
        assert_eq!(show(all()).as_deref(), Some("2/2.000/2/3"));
        assert_eq!(show(vec![bucket("1", &[1])]), None, "one sample is too few");
        assert_eq!(show(vec![bucket("1", &[0, 0]), bucket("2", &[5])]).as_deref(), Some("0/0.500/1/2"));
        assert_eq!(classic_name(&bucket("1", &[])).as_deref(), Some("h_bucket{i=\"1\"}"));
        let mut late = bucket("2", &[1, 2]);
        late.values[0].0 = 0.5;
        assert!(classic_usage(vec![bucket("1", &[1, 2]), late]).is_err());
    }

    #[test]
    fn overall_figures_are_smallest_average_and_largest() {
        let mut overall = Overall::default();
        for (min, average, max) in [(1, 2.5, 3), (2, 4.0, 7)] {
            overall.add(&Usage { min, average, max, total: max });
        }
        let want = "histogram series (2 in total):\n- min populated: 1/1.500/2\n- avg populated: 2/3.000/4\n- max populated: 3/5.000/7";
        assert_eq!(overall.to_string(), want);
        overall.add(&Usage { min: 1, average: 1.0, max: 1, total: 9 });
        assert!(overall.to_string().ends_with("\n- total: 3/6.333/9"), "{overall}");
    }
}
