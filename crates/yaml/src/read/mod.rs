//! Reading a tree into typed values, collecting every problem on the way.
//!
//! A reader returns `None` only after it reported why; whoever called it goes on with a default, so that the next mistake
//! is found too. In the end [`crate::Report::finish`] tells whether the values count.

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

impl<T: Read> Read for Vec<T> {
    fn read(value: &Value<'_>) -> Option<Vec<T>> {
        Some(value.items()?.iter().filter_map(T::read).collect())
    }
}
