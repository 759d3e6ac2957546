//! Dashboards and panels drawn on the server, without a browser.
//!
//! [`document::Dashboard`] reads a Grafana document of any schema, [`fetch::fetch`] resolves its variables and asks its queries
//! through a [`fetch::Source`], [`page::draw`] makes SVG of the answers, [`paint`] makes PNG and PDF of SVG.
//!
//! Invariants:
//! 1. No sockets, no clock, no async runtime: who calls brings a source and the moment.
//! 2. Nothing in a document or an answer makes this fail or run on: what is not understood is named in the picture, and panels,
//!    values, pixels and bytes are bounded.
//! 3. Texts are texts: no markup of data reaches the picture, and the picture refers to nothing outside of itself.
//! 4. Numbers, colours and names are those that the web UI shows; the tables are checked against its engine.
//!
//! Not here: annotations, links, tooltips; whoever wants those opens the page.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod document;
pub mod draw;
pub mod error;
pub mod fetch;
pub mod field;
pub mod fonts;
pub mod frame;
pub mod json;
pub mod page;
pub mod paint;
pub mod prometheus;
pub mod transform;
pub mod variables;

pub use error::PictureError;
