//! Which devices a collector looks at: a pattern to include or one to exclude.

use model::Regex;
use model::regex::RegexError;

/// A choice of devices by name. Patterns match anywhere in the name, as Go's `MatchString`.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    include: Option<Regex>,
    exclude: Option<Regex>,
}

/// Why a filter cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// The pattern is not a regular expression.
    #[error("{0}")]
    Pattern(#[from] RegexError),
    /// Both patterns were given.
    #[error("include {include:?} and exclude {exclude:?} are mutually exclusive")]
    Both {
        /// The one.
        include: String,
        /// The other.
        exclude: String,
    },
}

impl Filter {
    /// Builds a filter; an empty pattern means none.
    ///
    /// # Errors
    /// [`FilterError`].
    pub fn new(include: &str, exclude: &str) -> Result<Filter, FilterError> {
        if !include.is_empty() && !exclude.is_empty() {
            return Err(FilterError::Both { include: include.to_owned(), exclude: exclude.to_owned() });
        }
        let search = |pattern: &str| match pattern {
            "" => Ok(None),
            p => Regex::anchored(&format!(".*(?:{p}).*")).map(Some),
        };
        Ok(Filter { include: search(include)?, exclude: search(exclude)? })
    }

    /// A filter with a pattern that is part of this program.
    pub(super) fn excluding(pattern: &str) -> Filter {
        Filter::new("", pattern).expect("built-in patterns are valid")
    }

    /// Tells whether a device is looked at.
    pub fn allows(&self, name: &str) -> bool {
        self.include.as_ref().is_none_or(|r| r.is_match(name))
            && !self.exclude.as_ref().is_some_and(|r| r.is_match(name))
    }
}
