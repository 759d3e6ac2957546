//! The text of `grafana.ini`: sections, `key = value`, comments; a value may stand between `"""` over several lines, or between
//! grave accents or quotation marks.

use std::collections::BTreeMap;

use anyhow::bail;

/// Reads all settings, by section and key. What is written twice counts as it was written last.
///
/// # Errors
/// A line that is none of all that, with its number.
pub(super) fn read(text: &str) -> anyhow::Result<BTreeMap<(String, String), String>> {
    let mut found = BTreeMap::new();
    let mut section = String::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let Some((name, _)) = rest.split_once(']') else {
                bail!("line {}: the section's name is not closed by ]", number + 1);
            };
            section = name.trim().to_lowercase();
            continue;
        }
        let Some((key, value)) = line.split_once(['=', ':']) else {
            // The line may hold a password.
            bail!("line {}: neither a [section] nor key = value", number + 1);
        };
        let value = match value.trim().strip_prefix("\"\"\"") {
            None => plain(value.trim()).to_owned(),
            Some(rest) => match rest.split_once("\"\"\"") {
                Some((value, _)) => value.to_owned(),
                None => {
                    let mut whole = rest.to_owned();
                    loop {
                        let Some((_, next)) = lines.next() else {
                            bail!("line {}: \"\"\" is not closed", number + 1);
                        };
                        whole.push('\n');
                        if let Some((last, _)) = next.split_once("\"\"\"") {
                            whole.push_str(last);
                            break;
                        }
                        whole.push_str(next);
                    }
                    whole
                }
            },
        };
        found.insert((section.clone(), key.trim().to_lowercase()), value);
    }
    Ok(found)
}

/// A value without its quotation marks, or without the comment after it.
fn plain(value: &str) -> &str {
    for mark in ['`', '"', '\''] {
        if let Some(inner) = value.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark)) {
            return inner;
        }
    }
    // As in Grafana, a comment begins with a space before its sign.
    let end = [" #", " ;"].iter().filter_map(|sign| value.find(sign)).min().unwrap_or(value.len());
    value[..end].trim_end()
}
