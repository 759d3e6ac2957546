//! From an entry of a directory to a user.

use std::collections::HashMap;

use super::ORIGIN;
use super::config::Server;
use crate::users::Vouched;

/// What a directory holds about a person or a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub dn: String,
    /// Its attributes, names in lower case.
    pub attributes: HashMap<String, Vec<String>>,
}

impl Entry {
    /// The values of an attribute, of which the name is one.
    pub fn values(&self, attribute: &str) -> &[String] {
        if attribute.eq_ignore_ascii_case("dn") {
            return std::slice::from_ref(&self.dn);
        }
        self.attributes.get(&attribute.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The first value of an attribute, or nothing.
    pub fn value(&self, attribute: &str) -> &str {
        self.values(attribute).first().map_or("", String::as_str)
    }
}

/// Puts a text into a filter or name, as it is: the caller has escaped it.
pub fn filled(pattern: &str, escaped: &str) -> String {
    pattern.replace("%s", escaped)
}

/// Makes a user of a person's entry and the groups that were searched for; `None` for who may not log in.
pub fn user(server: &Server, person: &Entry, groups: &[Entry]) -> Option<Vouched> {
    let attributes = &server.attributes;
    let mut names: Vec<String> =
        person.values(&attributes.member_of).iter().map(|g| g.to_lowercase()).collect();
    for group in groups {
        // Some directories name groups in full, others by a word.
        names.push(group.dn.to_lowercase());
        names.extend(group.values(&attributes.member_of).iter().map(|g| g.to_lowercase()));
    }
    let mut role = None;
    let mut is_admin = None;
    let mut fits = server.mappings.is_empty();
    for mapping in &server.mappings {
        // The first that gives a role counts, as in Grafana.
        if role.is_some() || !(mapping.group == "*" || names.contains(&mapping.group)) {
            continue;
        }
        fits = true;
        role = mapping.role;
        // Once given it is not taken back by a group that says nothing about it.
        is_admin = mapping.is_admin.or(is_admin);
    }
    let login = person.value(&attributes.username);
    if !fits || login.is_empty() {
        return None;
    }
    let name = format!("{} {}", person.value(&attributes.name), person.value(&attributes.surname));
    Some(Vouched {
        origin: ORIGIN.to_owned(),
        login: login.to_owned(),
        email: person.value(&attributes.email).to_owned(),
        name: name.trim().to_owned(),
        role,
        is_admin,
    })
}
