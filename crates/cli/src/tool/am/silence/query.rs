//! `silence query`.

use std::io::Write;
use std::time::Duration;

use clap::{Arg, ArgMatches, Command};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::super::super::texts;
use super::super::client::Client;
use super::super::labels::{syntax, with_alertname};
use super::super::{Outcome, flag, output, switch, text};
use crate::flags::duration;

pub(super) fn args(command: Command) -> Command {
    command
        .arg(switch("expired", "Show expired silences instead of active."))
        .arg(switch("quiet", "Only show silence ids.").short('q'))
        .arg(flag("created-by", "NAME", "Show silences that belong to this creator."))
        .arg(flag("id", "ID", "Get a single silence by its ID."))
        .arg(Arg::new("matcher-groups").help("Query filter.").num_args(0..))
        .arg(
            flag("within", "DURATION", "Show silences that will expire or have expired within a duration.")
                .value_parser(duration::parse_for_clap),
        )
}

/// Which silences are shown.
#[derive(Default)]
pub(in crate::tool::am) struct Wanted<'a> {
    pub(in crate::tool::am) expired: bool,
    pub(in crate::tool::am) within: Option<SignedDuration>,
    pub(in crate::tool::am) created_by: Option<&'a str>,
    pub(in crate::tool::am) id: Option<&'a str>,
}

impl Wanted<'_> {
    pub(in crate::tool::am) fn takes(&self, silence: &Value, now: Timestamp) -> bool {
        let text = |field: &str| silence.get(field).and_then(Value::as_str).unwrap_or_default();
        let Ok(ends) = text("endsAt").parse::<Timestamp>() else { return false };
        let left = ends.duration_since(now);
        let in_time = if self.expired {
            left <= SignedDuration::ZERO && self.within.is_none_or(|within| left >= -within)
        } else {
            left >= SignedDuration::ZERO && self.within.is_none_or(|within| left <= within)
        };
        in_time
            && self.created_by.is_none_or(|author| author == text("createdBy"))
            && self.id.is_none_or(|id| id == text("id"))
    }
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let filters = with_alertname(&texts(matches, "matcher-groups"), syntax(matches)?);
    let parameters: Vec<(&str, &str)> = filters.iter().map(|filter| ("filter", filter.as_str())).collect();
    let within = matches.get_one::<Duration>("within").filter(|within| !within.is_zero());
    let wanted = Wanted {
        expired: matches.get_flag("expired"),
        within: within.map(|within| SignedDuration::try_from(*within)).transpose()?,
        created_by: text(matches, "created-by").filter(|name| !name.is_empty()),
        id: text(matches, "id").filter(|id| !id.is_empty()),
    };
    let mut silences = Client::new(matches)?.list("/silences", &parameters)?;
    let now = Timestamp::now();
    silences.retain(|silence| wanted.takes(silence, now));
    if matches.get_flag("quiet") {
        for silence in &silences {
            writeln!(out, "{}", silence.get("id").and_then(Value::as_str).unwrap_or_default())?;
        }
    } else {
        output(matches).silences(silences, out)?;
    }
    Ok(Outcome::Passed)
}
