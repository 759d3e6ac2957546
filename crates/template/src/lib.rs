//! Go's text/template as alerts and notifications use it.

#![cfg_attr(test, allow(clippy::unwrap_used))]
