//! Which role the program plays: by the name it was called by, then by its first argument.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::{Command, error::ErrorKind};

use crate::flags::{self, Values};
use crate::{role, tool};

/// Our version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The version of Prometheus whose behaviour, flags and API we have.
pub const PROMETHEUS_VERSION: &str = "3.14.0";

/// Exit code for a command line that cannot be understood, as the originals'.
const USAGE: u8 = 2;

/// Runs the role that the command line asks for.
pub fn run(args: Vec<OsString>) -> ExitCode {
    let (role, args) = choose(args);
    match role {
        Role::AllInOne => {
            with_flags(command_all(), flags::embedded::all(), args, |v| role::server::run(&v, true))
        }
        Role::Server(name) => {
            with_flags(command_server(name), flags::embedded::all(), args, |v| role::server::run(&v, false))
        }
        Role::Alertmanager(name) => {
            let about = "Tells people about alerts: routes, groups, silences and inhibits them, with the flags, files and API \
                         of Alertmanager 0.34.";
            with_flags(Command::new(name).about(about), flags::alertmanager::FLAGS, args, |v| {
                role::alertmanager::run(&v)
            })
        }
        Role::NodeExporter(name) => role::node_exporter::run(name, args),
        Role::Tool(name) => tool::run(name, args),
        Role::Amtool(name) => tool::am::run(name, args),
        Role::Version => {
            println!("{}", version_text("bongsu"));
            ExitCode::SUCCESS
        }
    }
}

/// What the program can be.
#[derive(Debug, PartialEq, Eq)]
enum Role {
    /// Everything in one process, with a built-in configuration if none is given.
    AllInOne,
    /// A Prometheus server; holds the name for `--help`.
    Server(&'static str),
    Alertmanager(&'static str),
    NodeExporter(&'static str),
    Tool(&'static str),
    /// amtool's commands.
    Amtool(&'static str),
    Version,
}

/// Returns the role and the arguments that are left for it, with a program name in front.
fn choose(mut args: Vec<OsString>) -> (Role, Vec<OsString>) {
    let called =
        args.first().map(|a| Path::new(a).file_name().unwrap_or_default().to_string_lossy().into_owned());
    match called.as_deref() {
        Some("prometheus") => return (Role::Server("prometheus"), args),
        Some("promtool") => return (Role::Tool("promtool"), args),
        Some("alertmanager" | "prometheus-alertmanager") => {
            return (Role::Alertmanager("alertmanager"), args);
        }
        Some("amtool") => return (Role::Amtool("amtool"), args),
        Some("node_exporter" | "prometheus-node-exporter") => {
            return (Role::NodeExporter("node_exporter"), args);
        }
        Some(_) | None => {}
    }
    let role = match args.get(1).and_then(|a| a.to_str()) {
        Some("server") => Role::Server("bongsu server"),
        Some("alertmanager") => Role::Alertmanager("bongsu alertmanager"),
        Some("node-exporter") => Role::NodeExporter("bongsu node-exporter"),
        Some("tool") => match args.get(2).and_then(|a| a.to_str()) {
            Some(word) if tool::am::is_command(word) => Role::Amtool("bongsu tool"),
            Some(_) | None => Role::Tool("bongsu tool"),
        },
        Some("amtool") => Role::Amtool("bongsu amtool"),
        Some("version") => Role::Version,
        Some(_) | None => return (Role::AllInOne, args),
    };
    args.remove(1);
    (role, args)
}

fn command_all() -> Command {
    let about = "Monitoring in one process: scrapes, stores, and answers PromQL over the Prometheus HTTP API.\n\n\
                 Without --config.file it scrapes itself and this host, listens on 127.0.0.1:9090 and keeps its data in ./data.";
    let roles = "Roles:\n  bongsu                 everything in one process (this page)\n  bongsu server          a Prometheus server: its flags, its defaults\n  \
                 bongsu alertmanager    tells people about alerts, on port 9093\n  bongsu node-exporter   metrics of this host on port 9100\n  bongsu tool            checks, queries, tests and data: what promtool does\n  \
                 bongsu amtool          alerts, silences and routes of an Alertmanager: what amtool does\n  \
                 bongsu version         print the version\n\n\
                 Called by the name prometheus, promtool, alertmanager, amtool or node_exporter it takes that program's arguments.";
    Command::new("bongsu").about(about).after_help(roles)
}

fn command_server(name: &'static str) -> Command {
    let about = format!(
        "A Prometheus server with the flags, files, API and data of Prometheus {PROMETHEUS_VERSION}."
    );
    Command::new(name).about(about)
}

/// Parses flags and runs with them; answers `--help` and `--version`.
fn with_flags(
    command: Command,
    table: &'static [flags::Flag],
    args: Vec<OsString>,
    run: impl FnOnce(Values) -> ExitCode,
) -> ExitCode {
    let name = command.get_name().to_owned();
    let command =
        flags::with_flags(command, table).version(version_text(&name)).arg_required_else_help(false);
    match parse(command, args) {
        Ok(matches) => run(flags::values(table, &matches)),
        Err(code) => code,
    }
}

/// Parses arguments, or prints help, version or what is wrong, and returns the exit code.
pub fn parse(command: Command, args: Vec<OsString>) -> Result<clap::ArgMatches, ExitCode> {
    // The parser would put the command's name in front, and a space.
    let version = command.get_version().unwrap_or_default().to_owned();
    command.disable_help_subcommand(true).try_get_matches_from(args).map_err(|error| {
        if error.kind() == ErrorKind::DisplayVersion {
            println!("{version}");
            return ExitCode::SUCCESS;
        }
        // Printing fails only if nobody reads.
        let _ = error.print();
        if error.kind() == ErrorKind::DisplayHelp { ExitCode::SUCCESS } else { ExitCode::from(USAGE) }
    })
}

/// What `--version` prints. Under an original's name it has the form that scripts cut the version from.
pub fn version_text(program: &str) -> String {
    match program {
        "prometheus" | "promtool" => format!("{program}, version {PROMETHEUS_VERSION} (bongsu {VERSION})"),
        "alertmanager" | "amtool" => format!("{program}, version 0.34.0 (bongsu {VERSION})"),
        _own => format!("bongsu {VERSION} (speaks Prometheus {PROMETHEUS_VERSION})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(args: &[&str]) -> (Role, Vec<String>) {
        let (role, rest) = choose(args.iter().map(OsString::from).collect());
        (role, rest.into_iter().skip(1).map(|a| a.into_string().unwrap()).collect())
    }

    #[test]
    fn name_and_first_argument_choose_the_role() {
        for (args, want, rest) in [
            (&["bongsu"][..], Role::AllInOne, &[][..]),
            (&["/usr/bin/bongsu", "--log.level=debug"], Role::AllInOne, &["--log.level=debug"]),
            (&["bongsu", "server", "--agent"], Role::Server("bongsu server"), &["--agent"]),
            (&["/opt/prometheus", "--agent"], Role::Server("prometheus"), &["--agent"]),
            (&["promtool", "check", "config"], Role::Tool("promtool"), &["check", "config"]),
            (&["bongsu", "tool", "check"], Role::Tool("bongsu tool"), &["check"]),
            (
                &["alertmanager", "--log.level=debug"],
                Role::Alertmanager("alertmanager"),
                &["--log.level=debug"],
            ),
            (&["bongsu", "alertmanager"], Role::Alertmanager("bongsu alertmanager"), &[]),
            (&["node_exporter"], Role::NodeExporter("node_exporter"), &[]),
            (&["amtool", "-o", "json", "alert"], Role::Amtool("amtool"), &["-o", "json", "alert"]),
            (&["bongsu", "amtool", "silence"], Role::Amtool("bongsu amtool"), &["silence"]),
            (&["bongsu", "tool", "silence", "add"], Role::Amtool("bongsu tool"), &["silence", "add"]),
        ] {
            let got = role(args);
            assert_eq!(
                (got.0, got.1.iter().map(String::as_str).collect::<Vec<_>>()),
                (want, rest.to_vec()),
                "{args:?}"
            );
        }
    }
}
