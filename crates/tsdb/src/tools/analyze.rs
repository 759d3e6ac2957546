//! `tsdb analyze`: what makes a block large.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use model::histogram::HistogramValue;
use model::{Matcher, labels::METRIC_NAME};
use storage::{Cancel, Samples, TimeRange};
use ulid::Ulid;

use super::ToolError;
use super::tabs::go_duration;
use crate::block::{Block, block_dirs};
use crate::chunkenc::{self, Encoding};
use crate::chunks::ChunkMeta;
use crate::error::FileError;
use crate::postings::{Postings, intersect};
use crate::select::{IndexRead, label_names, label_values, series_matching};

/// What to analyze.
#[derive(Clone, Debug)]
pub struct AnalyzeOptions {
    /// The block; the newest if not given.
    pub block: Option<String>,
    /// The most lines of each list.
    pub limit: usize,
    /// Whether to look into the chunks.
    pub extended: bool,
    /// Only series that pass, with the selector as typed.
    pub selector: Option<(String, Vec<Matcher>)>,
}

impl Default for AnalyzeOptions {
    fn default() -> AnalyzeOptions {
        AnalyzeOptions { block: None, limit: 20, extended: false, selector: None }
    }
}

/// Prints what makes a block of a database's directory large.
///
/// # Errors
/// [`ToolError`].
pub fn analyze(out: &mut dyn Write, dir: &Path, options: &AnalyzeOptions) -> Result<(), ToolError> {
    let name = match &options.block {
        Some(name) => name.clone(),
        None => newest(dir)?.to_string(),
    };
    let path = dir.join(&name);
    if !path.is_dir() {
        return Err(ToolError::UnknownBlock(name));
    }
    let block = Block::open(&path)?;
    let (index, meta) = (block.index(), block.meta());
    let matchers = options.selector.as_ref().map_or(&[][..], |(_, matchers)| matchers);
    let cancel = Cancel::default();

    writeln!(out, "Block ID: {}", meta.ulid)?;
    let range_ms = meta.max_time_ms.wrapping_sub(meta.min_time_ms);
    writeln!(out, "Duration: {}", go_duration(range_ms))?;
    writeln!(out, "Total Series: {}", meta.stats.num_series)?;
    if let Some((text, _)) = &options.selector {
        writeln!(out, "Matcher: {text}")?;
    }
    let names = label_names(index, matchers, &cancel)?;
    writeln!(out, "Label names: {}", names.len())?;
    let series = series_matching(index, matchers, &cancel)?;
    if options.selector.is_some() {
        writeln!(out, "Matched series: {}", series.len())?;
    }

    let usage = Usage::count(&block, &series, range_ms)?;
    writeln!(out, "Postings (unique label pairs): {}", usage.pairs.len())?;
    writeln!(out, "Postings entries (total label pairs): {}", usage.entries)?;
    let mut print = |title: &str, figures: Vec<(String, u64)>| print_list(out, title, figures, options.limit);
    let churn = |uncovered: u64| (uncovered as f64 / range_ms as f64) as u64;
    let pairs = || usage.pairs.iter();
    print(
        "Label pairs most involved in churning",
        pairs().map(|(k, pair)| (k.clone(), churn(pair.uncovered))).collect(),
    )?;
    print(
        "Label names most involved in churning",
        usage.names.iter().map(|(k, n)| (k.clone(), churn(*n))).collect(),
    )?;
    print("Most common label pairs", pairs().map(|(k, pair)| (k.clone(), pair.series)).collect())?;

    let mut lengths = Vec::new();
    let mut cardinalities = Vec::new();
    for name in &names {
        let values = label_values(index, name, matchers, &cancel)?;
        lengths.push((name.clone(), values.iter().map(|v| v.len() as u64).sum()));
        cardinalities.push((name.clone(), values.len() as u64));
    }
    print("Label names with highest cumulative label value length", lengths)?;
    print("Highest cardinality labels", cardinalities)?;
    let mut metrics = Vec::new();
    for metric in label_values(index, METRIC_NAME, matchers, &cancel)? {
        let of_metric = index.postings(METRIC_NAME, &metric)?;
        let count = match options.selector {
            Some(_) => intersect(vec![of_metric, Postings::Slice(&series)]).len(),
            None => of_metric.len(),
        };
        metrics.push((metric, count as u64));
    }
    print("Highest cardinality metric names", metrics)?;
    if options.extended { Chunks::look_into(&block, &series)?.print(out) } else { Ok(()) }
}

/// Returns the block with the newest identifier.
fn newest(dir: &Path) -> Result<Ulid, ToolError> {
    let newest = block_dirs(dir)?.into_iter().map(|(ulid, _)| ulid).max_by_key(|ulid| ulid.timestamp_ms());
    newest.ok_or_else(|| ToolError::NoBlocks(dir.to_owned()))
}

/// Prints the largest figures.
fn print_list(
    out: &mut dyn Write,
    title: &str,
    mut figures: Vec<(String, u64)>,
    limit: usize,
) -> Result<(), ToolError> {
    figures.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    writeln!(out, "\n{title}:")?;
    for (name, figure) in figures.iter().take(limit) {
        writeln!(out, "{figure} {name}")?;
    }
    Ok(())
}

/// Which labels series have, and how much of the block's time these series do not cover.
#[derive(Default)]
struct Usage {
    pairs: BTreeMap<String, Pair>,
    /// Milliseconds not covered, by label name.
    names: BTreeMap<String, u64>,
    entries: u64,
}

#[derive(Default)]
struct Pair {
    series: u64,
    uncovered: u64,
}

impl Usage {
    fn count(block: &Block, series: &[u32], range_ms: i64) -> Result<Usage, FileError> {
        let mut usage = Usage::default();
        let mut chunks: Vec<ChunkMeta> = Vec::new();
        for &number in series {
            chunks.clear();
            block.index().chunks(number, &mut chunks)?;
            let covered = match (chunks.first(), chunks.last()) {
                (Some(first), Some(last)) => last.max_ms.wrapping_sub(first.min_ms),
                (None, _) | (_, None) => 0,
            };
            let uncovered = range_ms.wrapping_sub(covered) as u64;
            for (name, value) in &block.index().labels(number)? {
                let pair = usage.pairs.entry(format!("{name}={value}")).or_default();
                pair.series += 1;
                pair.uncovered = pair.uncovered.wrapping_add(uncovered);
                let of_name = usage.names.entry(name.to_owned()).or_default();
                *of_name = of_name.wrapping_add(uncovered);
                usage.entries += 1;
            }
        }
        Ok(usage)
    }
}

/// Figures of chunks, one number each.
#[derive(Default)]
struct Chunks {
    float_samples: Vec<u64>,
    float_bytes: Vec<u64>,
    histogram_samples: Vec<u64>,
    histogram_bytes: Vec<u64>,
    histogram_buckets: Vec<u64>,
}

impl Chunks {
    fn look_into(block: &Block, series: &[u32]) -> Result<Chunks, ToolError> {
        let mut found = Chunks::default();
        let mut metas = Vec::new();
        let mut samples = Samples::default();
        for &number in series {
            metas.clear();
            block.index().chunks(number, &mut metas)?;
            for meta in &metas {
                let (encoding, data) = block.chunks().chunk(meta.chunk)?;
                let corrupt = |e: chunkenc::ChunkError| {
                    FileError::corrupt(block.dir().path(), meta.chunk.0, "chunk", "samples", e)
                };
                let (count, bytes) =
                    (u64::from(encoding.samples_in(data).map_err(corrupt)?), data.len() as u64);
                match encoding {
                    Encoding::Xor | Encoding::Xor2 | Encoding::Dense | Encoding::Downsampled => {
                        found.float_samples.push(count);
                        found.float_bytes.push(bytes);
                    }
                    Encoding::Histogram
                    | Encoding::FloatHistogram
                    | Encoding::HistogramWithStarts
                    | Encoding::FloatHistogramWithStarts
                    | Encoding::DenseHistograms => {
                        samples.clear();
                        chunkenc::decode(encoding, data, TimeRange::ALL, &mut samples).map_err(corrupt)?;
                        let buckets = |(_, h): &(i64, HistogramValue)| match h {
                            HistogramValue::Integer(h) => h.positive_deltas.len() + h.negative_deltas.len(),
                            HistogramValue::Float(h) => h.positive_buckets.len() + h.negative_buckets.len(),
                        };
                        found.histogram_samples.push(count);
                        found.histogram_bytes.push(bytes);
                        found
                            .histogram_buckets
                            .push(samples.histograms.iter().map(buckets).sum::<usize>() as u64);
                    }
                }
            }
        }
        Ok(found)
    }

    fn print(self, out: &mut dyn Write) -> Result<(), ToolError> {
        let total = (self.float_samples.len() + self.histogram_samples.len()) as u64;
        writeln!(out, "\nCompaction analysis:\n")?;
        for (what, figures) in [
            ("samples per float chunk", self.float_samples),
            ("bytes per float chunk", self.float_bytes),
            ("samples per histogram chunk", self.histogram_samples),
            ("bytes per histogram chunk", self.histogram_bytes),
            ("buckets per histogram chunk", self.histogram_buckets),
        ] {
            print_distribution(out, what, figures, total)?;
        }
        Ok(())
    }
}

/// Prints how figures are spread, as bars.
fn print_distribution(
    out: &mut dyn Write,
    what: &str,
    mut figures: Vec<u64>,
    total: u64,
) -> Result<(), ToolError> {
    figures.sort_unstable();
    let (Some(&min), Some(&max)) = (figures.first(), figures.last()) else {
        writeln!(out, "{what}: N/A\n")?;
        return Ok(());
    };
    let mut step = 10;
    while step < (max - min) / 10 && step <= 10_000 {
        step *= 10;
    }
    let (start, end) = (min - min % step, max - max % step + step);
    let mut counts = vec![0u64; ((end - start) / step + 1) as usize];
    for figure in &figures {
        counts[((figure - start) / step) as usize] += 1;
    }
    let average = figures.iter().sum::<u64>() / figures.len() as u64;
    writeln!(out, "{what} (min/avg/max): {min}/{average}/{max}")?;
    let digits = |n: u64| n.to_string().len();
    let left = digits(end);
    let right = digits(end + step);
    let width = digits(counts.iter().copied().max().unwrap_or(0));
    for (i, &count) in (0u64..).zip(&counts) {
        let (from, to) = (i * step + start + 1, (i + 1) * step + start);
        let bar = "#".repeat((100 * count / total) as usize);
        writeln!(out, "[{from:left$}, {to:right$}]: {count:width$} {bar}")?;
    }
    writeln!(out)?;
    Ok(())
}
