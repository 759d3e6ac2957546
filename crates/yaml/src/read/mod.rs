//! Reading a tree into typed values, collecting every problem on the way.
//!
//! A reader returns `None` only after it reported why; whoever called it goes on with a default, so that the next mistake
//! is found too. In the end [`crate::Report::finish`] tells whether the values count.

use std::path::Path;

use crate::report::{Problem, Problems, Report};

mod fields;
mod scalars;
mod value;
mod vocabulary;

pub use fields::Fields;
pub use scalars::join;
pub use value::{Context, Value};
pub use vocabulary::{ByteSize, relabel_rule, relabel_rules};

/// Types that can be read from a YAML value.
pub trait Read: Sized {
    /// Reads the value, or reports why not and returns `None`. Null is never passed in by [`Fields`].
    fn read(value: &Value<'_>) -> Option<Self>;
}

/// Reads a whole document and returns what `read` makes of it, with the warnings.
///
/// # Errors
/// Every problem found, by the parser or by `read`.
pub fn read_document<T>(
    text: &str,
    file: &str,
    directory: &Path,
    read: impl FnOnce(&Value<'_>) -> Option<T>,
) -> Result<(T, Vec<Problem>), Problems> {
    let report = Report::new(file);
    let node = crate::parse(text, &report);
    let result = node.and_then(|node| read(&Value::root(&node, Context { report: &report, directory })));
    let warnings = report.finish()?;
    Ok((result.expect("nothing is returned only after reporting a problem"), warnings))
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &Value<'_>) -> Option<Vec<T>> {
        Some(value.items()?.iter().filter_map(T::read).collect())
    }
}
