//! Absolute URLs as users wrote them.

use std::fmt;
use std::ops::Deref;

/// An absolute URL. Derefs to [`url::Url`]; prints as written, with any password replaced by `xxxxx`.
///
/// Invariant: it has a scheme and a host.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Link {
    written: String,
    parsed: url::Url,
}

/// Why a text is not a usable URL. The text itself is left out: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Not a URL.
    #[error("not a valid URL: {0}")]
    Malformed(url::ParseError),
    /// No host, as in `http:///path` or `host:9090/path`.
    #[error("host is missing in URL")]
    HostMissing,
}

impl Link {
    /// Reads an absolute URL.
    ///
    /// # Errors
    /// [`LinkError`]
    pub fn parse(text: &str) -> Result<Link, LinkError> {
        let parsed = url::Url::parse(text).map_err(LinkError::Malformed)?;
        if parsed.host_str().unwrap_or_default().is_empty() {
            return Err(LinkError::HostMissing);
        }
        Ok(Link { written: text.to_owned(), parsed })
    }

    /// Returns the parsed URL, user and password included.
    pub fn url(&self) -> &url::Url {
        &self.parsed
    }
}

impl Deref for Link {
    type Target = url::Url;
    fn deref(&self) -> &url::Url {
        &self.parsed
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.parsed.password().is_none() {
            return f.write_str(&self.written);
        }
        match mask_password(&self.written) {
            Some(masked) => f.write_str(&masked),
            None => f.write_str(crate::secret::SECRET_TOKEN), // an unusual spelling: better nothing than a password
        }
    }
}

/// Replaces the password in `scheme://user:password@host…`; the rest stays as written.
fn mask_password(written: &str) -> Option<String> {
    let (scheme, rest) = written.split_once("://")?;
    let authority_end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let at = rest[..authority_end].rfind('@')?;
    let (user, _password) = rest[..at].split_once(':')?;
    Some(format!("{scheme}://{user}:xxxxx{}", &rest[at..]))
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
