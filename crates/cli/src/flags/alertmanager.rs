//! The flags of the Alertmanager, with upstream's names and defaults.

use super::{Effect, Flag, Kind};

const fn flag(name: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Flag {
    Flag { name, kind, default, help, effect: Effect::Works }
}

const fn ignored(name: &'static str, kind: Kind, default: &'static str) -> Flag {
    Flag { name, kind, default, help: "Accepted; it has no meaning here.", effect: Effect::Ignored }
}

/// All flags.
pub const FLAGS: &[Flag] = &[
    flag("config.file", Kind::Value, "alertmanager.yml", "Alertmanager configuration file."),
    flag("storage.path", Kind::Value, "data/", "Where silences and the notification log are kept."),
    flag("data.retention", Kind::Value, "120h", "How long ended silences and the notification log are kept."),
    flag(
        "data.maintenance-interval",
        Kind::Value,
        "15m",
        "How often the files in --storage.path are written anew.",
    ),
    flag("silences.max-silences", Kind::Value, "0", "Most silences, ended ones included; 0 for no bound."),
    flag("silences.max-silence-size-bytes", Kind::Value, "0", "Largest silence in bytes; 0 for no bound."),
    flag("log.silences", Kind::Switch, "false", "Log silences that people make, change or end."),
    flag("alerts.gc-interval", Kind::Value, "30m", "How often resolved alerts are forgotten."),
    flag(
        "alerts.per-alertname-limit",
        Kind::Value,
        "0",
        "Most alerts with the same alertname; 0 for no bound.",
    ),
    flag(
        "alerts.ledger-retention",
        Kind::Value,
        "30d",
        "How long it is kept what was decided about each alert; 0s for not at all.",
    ),
    flag("alerts.ledger-max-size", Kind::Value, "256MB", "Most bytes that this may take on disk."),
    flag(
        "silences.guard",
        Kind::Value,
        "",
        "Refuse silences that match more than so many alerts (100), such a share of all (25%), or anything, unless they are \
         forced. Both bounds are separated by a comma.",
    ),
    ignored("dispatch.maintenance-interval", Kind::Value, "30s"),
    flag(
        "dispatch.start-delay",
        Kind::Value,
        "0s",
        "Send nothing for this time after the start, so that every Prometheus can report its alerts again.",
    ),
    flag("web.listen-address", Kind::Many, ":9093", "Address and port to serve on. May be repeated."),
    flag("web.config.file", Kind::Value, "", "File that turns on TLS, client certificates and passwords."),
    flag(
        "web.external-url",
        Kind::Value,
        "",
        "URL under which people reach the Alertmanager; its path prefixes all routes.",
    ),
    flag(
        "web.route-prefix",
        Kind::Value,
        "",
        "Prefix of all routes; the path of --web.external-url by default.",
    ),
    flag(
        "web.enable-admin-api",
        Kind::Switch,
        "false",
        "Allow messages to be sent for a test: POST /api/v2/bongsu/receivers/test.",
    ),
    ignored("web.systemd-socket", Kind::Switch, "false"),
    flag(
        "web.get-concurrency",
        Kind::Value,
        "0",
        "GET requests that are answered at once, the next are refused; as many as there are processors, at least 8, if 0.",
    ),
    flag("web.timeout", Kind::Value, "0", "How long a request may take; 0 for no bound."),
    ignored("web.ui-path", Kind::Value, ""),
    ignored("auto-gomemlimit.ratio", Kind::Value, "0.9"),
    flag(
        "cluster.listen-address",
        Kind::Value,
        "0.0.0.0:9094",
        "Where replicas talk to one another, by UDP and TCP; empty for no cluster.",
    ),
    flag(
        "cluster.advertise-address",
        Kind::Value,
        "",
        "Address under which other replicas reach this one; found out if not given.",
    ),
    flag(
        "cluster.peer-name",
        Kind::Value,
        "",
        "Name of this replica, made up if not given. Replicas wait for one another in the order of their names.",
    ),
    flag(
        "cluster.peer",
        Kind::Many,
        "",
        "HOST:PORT of another replica. May be repeated; a name may have several addresses.",
    ),
    flag(
        "cluster.peer-timeout",
        Kind::Value,
        "15s",
        "How long a replica waits for each one before it to send a notification.",
    ),
    flag("cluster.peers-resolve-timeout", Kind::Value, "15s", "How long the names of peers are asked for."),
    flag("cluster.gossip-interval", Kind::Value, "200ms", "How often news are sent on."),
    flag("cluster.pushpull-interval", Kind::Value, "1m", "How often two replicas exchange all they know."),
    flag(
        "cluster.tcp-timeout",
        Kind::Value,
        "10s",
        "How long a connection between replicas may stand still.",
    ),
    flag(
        "cluster.probe-timeout",
        Kind::Value,
        "500ms",
        "How long a replica has to answer before others are asked to reach it.",
    ),
    flag("cluster.probe-interval", Kind::Value, "1s", "How often some replica is probed."),
    flag(
        "cluster.settle-timeout",
        Kind::Value,
        "1m",
        "How long to wait for other replicas at most before anything is sent.",
    ),
    flag("cluster.reconnect-interval", Kind::Value, "10s", "How often lost replicas are looked for."),
    flag("cluster.reconnect-timeout", Kind::Value, "6h", "How long lost replicas are looked for."),
    flag(
        "cluster.tls-config",
        Kind::Value,
        "",
        "File with tls_server_config and tls_client_config: replicas talk by TLS only, and know one another.",
    ),
    flag(
        "cluster.allow-insecure-public-advertise-address-discovery",
        Kind::Switch,
        "false",
        "Advertise a public address if there is no private one.",
    ),
    flag("cluster.label", Kind::Value, "", "Replicas with another label are not heard."),
    flag(
        "enable-feature",
        Kind::Many,
        "",
        "Experimental features, separated by commas: classic-mode or utf8-strict-mode choose the syntax of matchers; \
         receiver-name-in-metrics adds receivers to the figures of notifications, alert-names-in-metrics the name to refused \
         alerts, group-key-in-metrics the group to alerts.",
    ),
    flag("log.level", Kind::Value, "info", "Least important messages to log: debug, info, warn or error."),
    flag("log.format", Kind::Value, "logfmt", "Layout of the log: logfmt or json."),
];
