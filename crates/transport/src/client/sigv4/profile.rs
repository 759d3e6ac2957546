//! AWS's shared files: `~/.aws/credentials` and `~/.aws/config`.

use yaml::Secret;

use super::sign::Keys;

/// What a profile says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Profile {
    pub(super) keys: Option<Keys>,
    pub(super) region: Option<String>,
}

/// Reads a profile from the texts of both files. What `credentials` says counts more.
pub(super) fn read(credentials: &str, config: &str, name: &str) -> Profile {
    let in_config = if name == "default" { name.to_owned() } else { format!("profile {name}") };
    let find = |key: &str| {
        let written = value(credentials, name, key).or_else(|| value(config, &in_config, key));
        written.filter(|v| !v.is_empty())
    };
    let keys = match (find("aws_access_key_id"), find("aws_secret_access_key")) {
        (Some(access), Some(secret)) => Some(Keys {
            access: access.to_owned(),
            secret: Secret::new(secret),
            session: find("aws_session_token").map(Secret::new),
        }),
        (Some(_), None) | (None, Some(_)) | (None, None) => None,
    };
    Profile { keys, region: find("region").map(str::to_owned) }
}

/// Finds a value in a section of an INI file; the last one counts.
fn value<'a>(text: &'a str, section: &str, key: &str) -> Option<&'a str> {
    let mut inside = false;
    let mut found = None;
    for line in text.lines() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.split(']').next()) {
            inside = name.split_whitespace().eq(section.split_whitespace());
        } else if inside
            && let Some((name, written)) = line.split_once('=')
            && name.trim() == key
        {
            found = Some(written.trim());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles() {
        let credentials = "# comment\n[default]\naws_access_key_id = A\naws_secret_access_key=S\n\n[ops]\naws_access_key_id=O\n\
                           aws_secret_access_key = T=\naws_session_token=K\n[half]\naws_access_key_id=H\n";
        let config =
            "[default]\nregion = us-east-1\n[profile ops]\nregion=ap-northeast-2\naws_access_key_id=X\n";
        let shown = |name: &str| {
            let Profile { keys, region } = read(credentials, config, name);
            let keys = keys
                .map(|k| (k.access, k.secret.expose().to_owned(), k.session.map(|s| s.expose().to_owned())));
            (keys, region)
        };
        let text = |t: &str| t.to_owned();
        assert_eq!(shown("default"), (Some((text("A"), text("S"), None)), Some(text("us-east-1"))));
        assert_eq!(
            shown("ops"),
            (Some((text("O"), text("T="), Some(text("K")))), Some(text("ap-northeast-2")))
        );
        assert_eq!(shown("half"), (None, None));
        assert_eq!(read("", "", "none"), Profile::default());
    }
}
