//! The Alertmanager's flags as a server has them that runs one inside: `--alertmanager.` before the name.
//!
//! They are made of the Alertmanager's own list, so that what one can, the other can, too. What concerns a port, pages or a log is the
//! server's; so are the ledger and the guard of silences, which the server has under their own names.

use std::sync::LazyLock;

use super::{Flag, alertmanager, server};

/// What stands before the names.
pub const PREFIX: &str = "alertmanager.";

/// The Alertmanager's flags that an embedded one has; a name that ends in a dot stands for all that begin so.
const NAMES: &[&str] = &[
    "alerts.gc-interval",
    "alerts.per-alertname-limit",
    "cluster.",
    "data.",
    "dispatch.",
    "enable-feature",
    "log.silences",
    "silences.max-silence-size-bytes",
    "silences.max-silences",
];

static ALL: LazyLock<Vec<Flag>> = LazyLock::new(|| {
    let own = alertmanager::FLAGS.iter().filter(|flag| is_embedded(flag.name)).map(prefixed);
    server::FLAGS.iter().copied().chain(own).collect()
});

/// Returns the flags of a server, those of the Alertmanager inside among them.
pub fn all() -> &'static [Flag] {
    &ALL
}

fn is_embedded(name: &str) -> bool {
    NAMES.iter().any(|known| *known == name || (known.ends_with('.') && name.starts_with(known)))
}

fn prefixed(flag: &Flag) -> Flag {
    // Once in the life of a process, for a list that stays.
    let name: &'static str = Box::leak(format!("{PREFIX}{}", flag.name).into_boxed_str());
    // A server takes no further port unless it is told to.
    let default = if flag.name == "cluster.listen-address" { "" } else { flag.default };
    Flag { name, default, ..*flag }
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;
    use crate::flags;

    #[test]
    fn an_embedded_alertmanager_has_the_flags_of_one_alone() {
        let flags = all();
        let has = |name: &str| flags.iter().any(|flag| flag.name == name);
        for name in
            ["alertmanager.data.retention", "alertmanager.cluster.peer", "alertmanager.enable-feature"]
        {
            assert!(has(name), "{name}");
        }
        // What is not among them is the server's, under the same name or another.
        let of_the_server = [
            ("config.file", "alertmanager.config-file"),
            ("storage.path", "storage.tsdb.path"),
            ("web.ui-path", "web.external-url"),
            ("web.get-concurrency", "web.max-connections"),
            ("web.timeout", "web.read-timeout"),
            ("web.systemd-socket", "web.listen-address"),
            ("auto-gomemlimit.ratio", "auto-gomemlimit.ratio"),
        ];
        for flag in alertmanager::FLAGS {
            let elsewhere = of_the_server.iter().find(|(name, _)| *name == flag.name);
            let name = elsewhere.map_or(flag.name, |(_, name)| *name);
            assert!(has(name) || has(&format!("{PREFIX}{name}")), "{}", flag.name);
        }
        let names: std::collections::BTreeSet<&str> = flags.iter().map(|flag| flag.name).collect();
        assert_eq!(names.len(), flags.len(), "no name twice");
    }

    #[test]
    fn their_values_are_read_as_the_alertmanager_reads_them() {
        let command = flags::with_flags(Command::new("t").no_binary_name(true), all());
        let args = [
            "--alertmanager.data.retention=1h",
            "--alertmanager.cluster.peer=a:1",
            "--alertmanager.log.silences",
        ];
        let values = flags::values(all(), &command.try_get_matches_from(args).unwrap());
        let own = values.below(PREFIX);
        assert_eq!((own.get("data.retention"), own.is_on("log.silences")), ("1h", true));
        assert_eq!(own.all("cluster.peer"), ["a:1"]);
        assert!(own.is_given("cluster.peer") && !own.is_given("cluster.listen-address"));
        assert_eq!(own.get("cluster.listen-address"), "");
    }
}
