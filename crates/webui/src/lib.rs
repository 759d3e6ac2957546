//! The web UI as bytes in the binary: what Vite built, gzipped, and the one page with the server's facts written into it.
//!
//! Main types: [`Asset`] (a file of the UI), [`Facts`] (what the page is told about its server). [`page`] makes the page.
//!
//! Invariants: 1. An asset's ETag changes with its content.  2. An asset that is `immutable` has a hash of its content in its name.
//! 3. Facts are escaped: no title or path can end the attribute that they stand in.
//!
//! Not here: HTTP. `server::web` answers requests.
//!
//! ```
//! let facts = webui::Facts { title: "봉수".into(), ..webui::Facts::default() };
//! assert!(webui::page("/prefix", &facts).contains("<base href=\"/prefix/\""));
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]

use std::io::Read;

use flate2::read::GzDecoder;
use serde::Serialize;

/// A file of the UI.
#[derive(Debug)]
pub struct Asset {
    /// Its path below the UI's root, such as `assets/app-1a2b.js`.
    pub path: &'static str,
    /// Its content type.
    pub mime: &'static str,
    /// Its entity tag, quotes included.
    pub etag: &'static str,
    /// Its name changes with its content, so it may be kept forever.
    pub immutable: bool,
    /// Its size in bytes before compression.
    pub size: usize,
    /// Its content, gzipped.
    pub gzip: &'static [u8],
}

impl Asset {
    /// Unpacks the content, for clients that do not take gzip.
    pub fn plain(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.size);
        let read = GzDecoder::new(self.gzip).read_to_end(&mut bytes);
        debug_assert!(read.is_ok(), "the build script compressed {}", self.path);
        bytes
    }
}

/// All files, sorted by path.
pub static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Finds a file by its path below the UI's root.
pub fn asset(path: &str) -> Option<&'static Asset> {
    ASSETS.binary_search_by(|asset| asset.path.cmp(path)).ok().map(|i| &ASSETS[i])
}

/// Whether this is the real UI rather than the page that says it was not built.
pub fn is_built() -> bool {
    ASSETS.iter().any(|asset| asset.path.starts_with("assets/"))
}

/// What a server is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A whole one.
    #[default]
    Server,
    /// An Alertmanager alone.
    Alertmanager,
}

/// What the page is told about its server. The names are those that `web/src/lib/base.ts` reads.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// What the server is.
    pub role: Role,
    /// Title of the pages.
    pub title: String,
    /// The program's version.
    pub version: String,
    /// API v2 of an Alertmanager is served beside.
    pub alertmanager: bool,
    /// `/api/v1/admin/tsdb/*` works.
    pub admin_api: bool,
    /// `POST /-/reload` works.
    pub lifecycle: bool,
    /// Dashboards are served.
    pub dashboards: bool,
    /// People can log in: `/api/user` and `/login` are served.
    pub logins: bool,
}

/// The page, reached under `base` (a path such as `/prefix`, or `""`).
pub fn page(base: &str, facts: &Facts) -> String {
    let html = asset("index.html").map(Asset::plain).unwrap_or_default();
    let html = String::from_utf8_lossy(&html);
    let facts = serde_json::to_string(facts).unwrap_or_else(|_| "{}".to_owned());
    html.replacen("<base href=\"/\"", &format!("<base href=\"{}/\"", escape(base.trim_end_matches('/'))), 1)
        .replacen(
            "<meta name=\"bongsu\" content=\"{}\"",
            &format!("<meta name=\"bongsu\" content=\"{}\"", escape(&facts)),
            1,
        )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
