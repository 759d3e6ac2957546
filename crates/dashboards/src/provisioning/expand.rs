//! Variables in provisioning files: `$NAME`, `${NAME}`, `$__env{NAME}`, `$__file{path}`; `$$` is a dollar sign.

/// Where values come from.
pub trait Lookup {
    /// The value of an environment variable; empty if it is not set.
    fn variable(&self, name: &str) -> String;
    /// The content of a file, without white space around it.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn file(&self, path: &str) -> Result<String, String>;
}

/// Fills in the variables of a text. What is filled in is not looked at again.
///
/// # Errors
/// A file that cannot be read, or a brace that is not closed.
pub fn expand(text: &str, lookup: &dyn Lookup) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((kind, after)) =
            ["__file{", "__env{", "{"].iter().find_map(|k| Some((*k, rest.strip_prefix(k)?)))
        {
            let (name, after) = after.split_once('}').ok_or_else(|| format!("${kind} is not closed"))?;
            out.push_str(&match kind {
                "__file{" => lookup.file(name.trim())?,
                _variable => lookup.variable(name.trim()),
            });
            rest = after;
        } else {
            let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            let is_name = rest.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
            if is_name {
                out.push_str(&lookup.variable(&rest[..length]));
                rest = &rest[length..];
            } else {
                out.push('$');
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}
