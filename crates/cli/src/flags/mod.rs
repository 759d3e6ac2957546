//! Command-line flags as tables: one row holds name, default, help and meaning, and parser, `--help` and
//! `/api/v1/status/flags` read the same rows.
//!
//! The grammar is that of the originals' flag library: `--name value`, `--name=value`, switches as `--name` and
//! `--no-name`, flags that may be repeated.

pub mod alertmanager;
pub mod duration;
pub mod embedded;
pub mod node_exporter;
pub mod server;

use std::collections::BTreeMap;

use clap::{Arg, ArgAction, Command};

/// One flag.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Its name, without the dashes.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// The value if it is not given, as `/api/v1/status/flags` shows it.
    pub default: &'static str,
    /// One or two sentences.
    pub help: &'static str,
    /// What becomes of it.
    pub effect: Effect,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: it is on or off.
    Switch,
    /// A value.
    Value,
    /// A value, any number of times.
    Many,
}

/// What becomes of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It does what it says.
    Works,
    /// It works, but only tests and operators set it: left out of `--help`.
    Hidden,
    /// Accepted, so that existing unit files and manifests run; it has no meaning here, and that is said at start.
    Ignored,
    /// Belongs to a part that is not there yet: said at start if it is given.
    Later,
}

/// Flags with their values.
#[derive(Clone, Debug)]
pub struct Values {
    values: BTreeMap<&'static str, Vec<String>>,
    given: Vec<(&'static str, Effect)>,
}

impl Values {
    /// Returns the value of a flag that is in the table.
    pub fn get(&self, name: &str) -> &str {
        self.values.get(name).and_then(|v| v.last()).map_or("", String::as_str)
    }

    /// Returns all values of a repeated flag.
    pub fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// Tells whether a switch is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name) == "true"
    }

    /// Tells whether the command line names the flag.
    pub fn is_given(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| *given == name)
    }

    /// Returns the given flags that have no effect, with why.
    pub fn without_effect(&self) -> impl Iterator<Item = (&'static str, Effect)> + '_ {
        self.given.iter().filter(|(_, effect)| matches!(effect, Effect::Ignored | Effect::Later)).copied()
    }

    /// Returns the values of the flags that begin so, under their names without it.
    pub fn below(&self, prefix: &str) -> Values {
        let values = self.values.iter().filter_map(|(name, v)| Some((name.strip_prefix(prefix)?, v.clone())));
        let given =
            self.given.iter().filter_map(|(name, effect)| Some((name.strip_prefix(prefix)?, *effect)));
        Values { values: values.collect(), given: given.collect() }
    }

    /// Returns every flag with its value, as `/api/v1/status/flags` lists them.
    pub fn listing(&self) -> BTreeMap<String, String> {
        self.values.iter().map(|(name, values)| ((*name).to_owned(), values.join(","))).collect()
    }
}

/// Adds the flags of a table to a command.
pub fn with_flags(mut command: Command, table: &'static [Flag]) -> Command {
    for flag in table {
        let arg = Arg::new(flag.name).long(flag.name).help(help_of(flag)).hide(flag.effect != Effect::Works);
        command = command.arg(match flag.kind {
            // A switch that is on by default is switched off by its other form, which --help then shows.
            Kind::Switch => arg.action(ArgAction::SetTrue).overrides_with(no_name(flag)),
            Kind::Value => arg
                .action(ArgAction::Set)
                .value_name("VALUE")
                .overrides_with(flag.name)
                .allow_hyphen_values(true),
            Kind::Many => arg.action(ArgAction::Append).value_name("VALUE").allow_hyphen_values(true),
        });
        if flag.kind == Kind::Switch {
            let off = Arg::new(no_name(flag)).long(no_name(flag)).action(ArgAction::SetTrue);
            command = command.arg(off.hide(true).overrides_with(flag.name));
        }
    }
    command
}

/// Takes the values of a table's flags from what was parsed.
pub fn values(table: &'static [Flag], matches: &clap::ArgMatches) -> Values {
    let (mut values, mut given) = (BTreeMap::new(), Vec::new());
    for flag in table {
        let from_user = |id: &str| matches.value_source(id) == Some(clap::parser::ValueSource::CommandLine);
        let value = match flag.kind {
            Kind::Switch if from_user(flag.name) => Some(vec!["true".to_owned()]),
            Kind::Switch if from_user(&no_name(flag)) => Some(vec!["false".to_owned()]),
            Kind::Value | Kind::Many if from_user(flag.name) => {
                matches.get_many::<String>(flag.name).map(|v| v.cloned().collect())
            }
            Kind::Switch | Kind::Value | Kind::Many => None,
        };
        if value.is_some() {
            given.push((flag.name, flag.effect));
        }
        values.insert(flag.name, value.unwrap_or_else(|| vec![flag.default.to_owned()]));
    }
    Values { values, given }
}

fn no_name(flag: &Flag) -> String {
    format!("no-{}", flag.name)
}

fn help_of(flag: &Flag) -> String {
    match (flag.kind, flag.default) {
        (Kind::Switch, "true") => format!("{} On by default; --no-{} switches it off", flag.help, flag.name),
        (_, "" | "false") => flag.help.to_owned(),
        (_, default) => format!("{} [default: {default}]", flag.help),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Flag] = &[
        Flag { name: "a.path", kind: Kind::Value, default: "data/", help: "A path.", effect: Effect::Works },
        Flag {
            name: "b.switch",
            kind: Kind::Switch,
            default: "true",
            help: "A switch.",
            effect: Effect::Works,
        },
        Flag { name: "c.many", kind: Kind::Many, default: "x", help: "Many.", effect: Effect::Ignored },
    ];

    fn parse(args: &[&str]) -> Result<Values, String> {
        let command = with_flags(Command::new("t").no_binary_name(true), TABLE);
        command.try_get_matches_from(args).map(|m| values(TABLE, &m)).map_err(|e| e.to_string())
    }

    #[test]
    fn the_grammar_is_the_originals() {
        let v = parse(&[]).unwrap();
        assert_eq!(
            (v.get("a.path"), v.is_on("b.switch"), v.all("c.many")),
            ("data/", true, &["x".to_owned()][..])
        );
        let v = parse(&["--a.path=-1", "--no-b.switch", "--c.many", "y", "--c.many=z"]).unwrap();
        assert_eq!((v.get("a.path"), v.is_on("b.switch"), v.get("c.many")), ("-1", false, "z"));
        assert_eq!(v.all("c.many"), ["y", "z"]);
        assert_eq!(v.without_effect().collect::<Vec<_>>(), [("c.many", Effect::Ignored)]);
        assert!(parse(&["--no-b.switch", "--b.switch"]).unwrap().is_on("b.switch"));
        assert_eq!(parse(&["--a.path", "1", "--a.path", "2"]).unwrap().get("a.path"), "2");
    }

    #[test]
    fn a_misspelt_flag_gets_a_hint() {
        let error = parse(&["--a.pth=x"]).unwrap_err();
        assert!(error.contains("--a.path"), "{error}");
    }
}
