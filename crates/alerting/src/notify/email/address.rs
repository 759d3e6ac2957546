//! Lists of mail addresses: `a@b, "Name, with comma" <c@d>, Group: e@f, g@h;`.
//!
//! Source: RFC 5322, as far as Go's `net/mail` reads it. Only the addresses matter here; names stand in the headers as written.

/// Reads the addresses of a list.
///
/// # Errors
/// What cannot be read, in a few words.
pub(super) fn list(text: &str) -> Result<Vec<String>, String> {
    let mut addresses = Vec::new();
    let mut reader = Reader { rest: text, in_group: false };
    loop {
        reader.skip_blanks()?;
        while reader.eat(',') {
            reader.skip_blanks()?;
        }
        if reader.rest.is_empty() {
            break;
        }
        if reader.in_group && reader.eat(';') {
            reader.in_group = false;
            continue;
        }
        let Some(address) = reader.mailbox()? else { continue };
        addresses.push(address);
        reader.skip_blanks()?;
        let ends_group = reader.in_group && reader.rest.starts_with(';');
        if !(reader.rest.is_empty() || reader.rest.starts_with(',') || ends_group) {
            return Err(format!("expected comma before {:?}", reader.shown()));
        }
    }
    if reader.in_group {
        return Err("unclosed group".to_owned());
    }
    if addresses.is_empty() {
        return Err("no address".to_owned());
    }
    Ok(addresses)
}

struct Reader<'a> {
    rest: &'a str,
    in_group: bool,
}

impl Reader<'_> {
    fn shown(&self) -> String {
        self.rest.chars().take(40).collect()
    }

    fn eat(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Skips white space and comments.
    fn skip_blanks(&mut self) -> Result<(), String> {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
            if !self.rest.starts_with('(') {
                return Ok(());
            }
            let (mut depth, mut quoted) = (0u32, false);
            let end = self.rest.char_indices().find(|(_, c)| {
                match c {
                    _any if quoted => quoted = false,
                    '\\' => quoted = true,
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _others => {}
                }
                depth == 0
            });
            match end {
                Some((end, _)) => self.rest = &self.rest[end + 1..],
                None => return Err("misformatted parenthetical comment".to_owned()),
            }
        }
    }

    /// Reads `address`, `name <address>`, or the name of a group, which holds no address.
    fn mailbox(&mut self) -> Result<Option<String>, String> {
        let mut words = String::new();
        loop {
            self.skip_blanks()?;
            if self.eat('<') {
                let address = self.address()?;
                return if self.eat('>') { Ok(Some(address)) } else { Err("unclosed angle-addr".to_owned()) };
            }
            if !self.in_group && self.eat(':') {
                self.in_group = true;
                return Ok(None);
            }
            if self.rest.starts_with('@') {
                return self.after_local(words).map(Some);
            }
            let word = self.word()?;
            if !words.is_empty() && !self.rest.starts_with('@') {
                words.push(' ');
            } else if !words.is_empty() {
                return Err(format!("expected single address, got {:?}", format!("{words} {word}")));
            }
            words.push_str(&word);
        }
    }

    fn address(&mut self) -> Result<String, String> {
        self.skip_blanks()?;
        let local = self.word()?;
        self.after_local(local)
    }

    fn after_local(&mut self, local: String) -> Result<String, String> {
        if !self.eat('@') {
            return Err(format!("missing '@' or angle-addr after {local:?}"));
        }
        let domain = if self.rest.starts_with('[') {
            let end = self.rest.find(']').ok_or("unclosed domain-literal")?;
            let (domain, rest) = self.rest.split_at(end + 1);
            self.rest = rest;
            domain.to_owned()
        } else {
            self.atom()?
        };
        if domain.chars().chain(local.chars()).any(char::is_control) {
            return Err("a control character in an address".to_owned());
        }
        self.skip_blanks()?;
        Ok(format!("{local}@{domain}"))
    }

    /// Reads an atom with dots, or a quoted text, which stays quoted if it has to be.
    fn word(&mut self) -> Result<String, String> {
        if !self.rest.starts_with('"') {
            return self.atom();
        }
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    let bare = !text.is_empty() && text.chars().all(is_atom_char);
                    return Ok(if bare { text } else { format!("{:?}", text) });
                }
                '\\' => text.extend(chars.next().map(|(_, c)| c)),
                c => text.push(c),
            }
        }
        Err("unclosed quoted-string".to_owned())
    }

    fn atom(&mut self) -> Result<String, String> {
        let end = self.rest.find(|c| !is_atom_char(c)).unwrap_or(self.rest.len());
        let (atom, rest) = self.rest.split_at(end);
        if atom.is_empty() {
            return Err(if self.rest.is_empty() {
                "missing '@' or angle-addr".to_owned()
            } else {
                format!("no address before {:?}", self.shown())
            });
        }
        if atom.starts_with('.') || atom.ends_with('.') || atom.contains("..") {
            return Err(format!("a dot in the wrong place in {atom:?}"));
        }
        self.rest = rest;
        Ok(atom.to_owned())
    }
}

fn is_atom_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c) || (!c.is_ascii() && !c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        for (text, expected) in [
            ("a@b", &["a@b"][..]),
            (" a@b ,c.d+e@f.g,", &["a@b", "c.d+e@f.g"]),
            ("Kim <kim@example.com>", &["kim@example.com"]),
            ("\"Kim, Ops\" <kim@x>, 봉수 운영팀 <ops@x.kr>", &["kim@x", "ops@x.kr"]),
            ("=?utf-8?q?=EB=B4=89?= <a@b>", &["a@b"]),
            ("a@b (home), (x (y) \\)) c@d", &["a@b", "c@d"]),
            ("Team: a@b, Kim <c@d>;, e@f", &["a@b", "c@d", "e@f"]),
            ("\"a b\"@c, \"ab\"@c", &["\"a b\"@c", "ab@c"]),
            ("a@[127.0.0.1]", &["a@[127.0.0.1]"]),
        ] {
            assert_eq!(
                list(text).as_deref(),
                Ok(expected.iter().map(ToString::to_string).collect::<Vec<_>>().as_slice()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_none() {
        for (text, expected) in [
            ("", "no address"),
            ("Team:;", "no address"),
            ("kim", "missing '@' or angle-addr"),
            ("a@", "missing '@' or angle-addr"),
            ("a@b c@d", "expected comma before \"c@d\""),
            ("x a@d", "expected single address"),
            ("<a@b", "unclosed angle-addr"),
            ("\"a", "unclosed quoted-string"),
            ("(a", "misformatted parenthetical comment"),
            ("Team: a@b", "unclosed group"),
            ("a..b@c", "a dot in the wrong place"),
            ("<a@b\r\nRCPT TO:<x@y>", "unclosed angle-addr"),
            ("Team: a@b c@d;", "expected comma before"),
            ("<a@b>\r\nDATA", "expected comma before"),
        ] {
            let error = list(text).expect_err(text);
            assert!(error.starts_with(expected) || error.contains(expected), "{text}: {error}");
        }
    }
}
