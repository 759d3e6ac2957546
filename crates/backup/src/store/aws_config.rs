//! Amazon's configuration files: `~/.aws/credentials` and `~/.aws/config`.
//!
//! Of a profile only what stands there in plain is used: keys, region, endpoint. Roles and single sign-on need Amazon's
//! own tools, which can put what they get into the environment.

use std::path::{Path, PathBuf};

/// What a profile says.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) access_key_id: Option<String>,
    pub(super) secret_access_key: Option<String>,
    pub(super) session_token: Option<String>,
    pub(super) region: Option<String>,
    pub(super) endpoint_url: Option<String>,
}

impl Profile {
    /// Reads a profile: the one named, that of `AWS_PROFILE`, or `default`. Files that are not there say nothing.
    ///
    /// # Errors
    /// A file that cannot be read, or a named profile that is in none.
    pub(super) fn read(named: Option<&str>) -> Result<Profile, String> {
        let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        let named = named.map(str::to_owned).or_else(|| variable("AWS_PROFILE"));
        let home = variable("HOME").map(PathBuf::from);
        let file = |name: &str, own: &str| {
            variable(name).map(PathBuf::from).or_else(|| Some(home.as_ref()?.join(".aws").join(own)))
        };
        let credentials = contents(file("AWS_SHARED_CREDENTIALS_FILE", "credentials").as_deref())?;
        let config = contents(file("AWS_CONFIG_FILE", "config").as_deref())?;
        let name = named.as_deref().unwrap_or("default");
        match (Profile::of(name, &credentials, &config), named) {
            (Some(profile), _) => Ok(profile),
            (None, None) => Ok(Profile::default()),
            (None, Some(name)) => Err(format!("profile {name:?} is not in Amazon's configuration files")),
        }
    }

    /// Finds a profile in the texts of both files; what the first says counts.
    fn of(name: &str, credentials: &str, config: &str) -> Option<Profile> {
        let section = if name == "default" { name.to_owned() } else { format!("profile {name}") };
        let parts = [values(credentials, name), values(config, &section)];
        if parts.iter().all(Option::is_none) {
            return None;
        }
        let find = |key: &str| {
            let mut all = parts.iter().flatten().flatten();
            all.find(|(name, _)| name == key).map(|(_, value)| value.clone())
        };
        Some(Profile {
            access_key_id: find("aws_access_key_id"),
            secret_access_key: find("aws_secret_access_key"),
            session_token: find("aws_session_token"),
            region: find("region"),
            endpoint_url: find("endpoint_url"),
        })
    }
}

fn contents(file: Option<&Path>) -> Result<String, String> {
    let Some(file) = file else { return Ok(String::new()) };
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(e) => Err(format!("cannot read {}: {e}", file.display())),
    }
}

/// Returns the values of a section, `None` if there is none. Indented lines belong to nested settings and are skipped.
fn values(text: &str, section: &str) -> Option<Vec<(String, String)>> {
    let mut found: Option<Vec<(String, String)>> = None;
    let mut inside = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = name.split_whitespace().eq(section.split_whitespace());
            if inside {
                found.get_or_insert_default();
            }
        } else if inside
            && !line.starts_with(char::is_whitespace)
            && !trimmed.starts_with(['#', ';'])
            && let (Some((key, value)), Some(values)) = (trimmed.split_once('='), &mut found)
        {
            values.push((key.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "# keys\n[default]\naws_access_key_id = A\naws_secret_access_key=s=1\n\n[kt]\naws_access_key_id=K\nAWS_SECRET_ACCESS_KEY = k\naws_session_token = t\n";
    const CONFIG: &str = "[default]\nregion = ap-northeast-2\n[profile kt]\nregion=kr\nendpoint_url = https://kt.example\ns3 =\n  region = nested\n";

    #[test]
    fn profiles_are_put_together_from_both_files() {
        let text = |v: &Option<String>| v.clone().unwrap_or_default();
        let show = |name| {
            let p = Profile::of(name, CREDENTIALS, CONFIG)?;
            Some(
                [p.access_key_id, p.secret_access_key, p.session_token, p.region, p.endpoint_url]
                    .map(|v| text(&v))
                    .join("|"),
            )
        };
        assert_eq!(show("default").as_deref(), Some("A|s=1||ap-northeast-2|"));
        assert_eq!(show("kt").as_deref(), Some("K|k|t|kr|https://kt.example"));
        assert_eq!(show("nobody"), None);
    }

    #[test]
    fn files_that_are_not_there_say_nothing() {
        assert_eq!(contents(Some(Path::new("/nowhere/credentials"))), Ok(String::new()));
        assert!(contents(Some(Path::new("/"))).unwrap_err().starts_with("cannot read /"));
        assert!(Profile::of("default", "", "").is_none());
    }
}
