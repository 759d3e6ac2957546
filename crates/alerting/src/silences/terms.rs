//! What a silence may say beyond upstream's: in annotations, so that the file stays one that Alertmanager reads.
//!
//! | annotation | meaning |
//! |---|---|
//! | `bongsu_acknowledges: "true"` | it silences nothing: somebody cares for these alerts, so they are not repeated |
//! | `bongsu_until_resolved: "true"` | it ends when the last alert that passes it is over |
//! | `bongsu_during: "mon-fri 22:00-06:00 Asia/Seoul; kr-holidays"` | it silences only during these windows |
//!
//! To Alertmanager all of them are silences from their start to their end.

use std::collections::BTreeMap;

use super::recurrence::{self, Window};

/// See the module's text.
pub const ACKNOWLEDGES: &str = "bongsu_acknowledges";
/// See the module's text.
pub const UNTIL_RESOLVED: &str = "bongsu_until_resolved";
/// See the module's text.
pub const DURING: &str = "bongsu_during";

/// What the annotations of a silence ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// It is an acknowledgement.
    pub acknowledges: bool,
    /// It ends with its alerts.
    pub until_resolved: bool,
    /// When it silences; always if there are none.
    pub windows: Vec<Window>,
}

impl Terms {
    /// Reads the terms of a silence from its annotations.
    ///
    /// # Errors
    /// Which annotation cannot be understood, and why.
    pub fn read(annotations: &BTreeMap<String, String>) -> Result<Terms, String> {
        let switch = |name: &str| match annotations.get(name).map(String::as_str) {
            None | Some("" | "false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(format!("annotation {name}: {other:?} is neither true nor false")),
        };
        let windows = annotations.get(DURING).map_or(Ok(Vec::new()), |text| {
            recurrence::parse(text).map_err(|error| format!("annotation {DURING}: {error}"))
        })?;
        Ok(Terms { acknowledges: switch(ACKNOWLEDGES)?, until_resolved: switch(UNTIL_RESOLVED)?, windows })
    }

    /// Whether there are any.
    pub fn is_plain(&self) -> bool {
        *self == Terms::default()
    }
}
