//! `debug`: gather what helps to find out what a server does, into one archive.

use std::fs::File;
use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use clap::{ArgMatches, Command};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::http::{Server, config_flag};
use super::{Outcome, argument, text};

/// Where the archive goes, as promtool.
const ARCHIVE: &str = "debug.tar.gz";
/// Some profiles take half a minute to gather.
const TIMEOUT: Duration = Duration::from_secs(90);
/// Archives are made of blocks of this size.
const BLOCK_BYTES: usize = 512;

/// What is asked for, and its name in the archive.
type Endpoint = (&'static str, &'static str);

const PROFILES: &[Endpoint] = &[
    ("/debug/pprof/profile?seconds=30", "cpu.pb"),
    ("/debug/pprof/block", "block.pb"),
    ("/debug/pprof/goroutine", "goroutine.pb"),
    ("/debug/pprof/heap", "heap.pb"),
    ("/debug/pprof/mutex", "mutex.pb"),
    ("/debug/pprof/threadcreate", "threadcreate.pb"),
    ("/debug/pprof/trace?seconds=30", "trace.pb"),
];
const METRICS: &[Endpoint] = &[("/metrics", "metrics.txt")];

pub(super) fn command() -> Command {
    let one = |name: &'static str, about: &'static str, server: &'static str| {
        Command::new(name).about(about).arg(argument("server", server))
    };
    Command::new("debug")
        .about("Fetch debug information.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(config_flag())
        .subcommand(one(
            "pprof",
            "Fetch profiling debug information. Bongsu has none of Go's profiles; this is for other servers.",
            "Prometheus server to get pprof files from.",
        ))
        .subcommand(one(
            "metrics",
            "Fetch metrics debug information.",
            "Prometheus server to get metrics from.",
        ))
        .subcommand(one(
            "all",
            "Fetch all debug information.",
            "Prometheus server to get all debug information from.",
        ))
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let (what, args) = matches.subcommand().expect("the parser demands a command");
    let endpoints: Vec<&Endpoint> = match what {
        "pprof" => PROFILES.iter().collect(),
        "metrics" => METRICS.iter().collect(),
        _all => PROFILES.iter().chain(METRICS).collect(),
    };
    let server = Server::new(text(args, "server").unwrap_or_default(), args)?;
    gather(&server, &endpoints, out).context("error completing debug command")
}

fn gather(server: &Server, endpoints: &[&Endpoint], out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut found = Vec::new();
    for (path, name) in endpoints {
        writeln!(out, "collecting: {}{path}", server.base().as_str().trim_end_matches('/'))?;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let answer = server.get(path, query, TIMEOUT).context("error executing HTTP request")?;
        if answer.status == 200 {
            found.push((*name, answer.body));
        } else {
            eprintln!("left out {name}: the server answered with status {}", answer.status);
        }
    }
    if found.is_empty() {
        anyhow::bail!("the server has none of this");
    }
    let file = File::create(ARCHIVE).with_context(|| format!("error creating archive {ARCHIVE:?}"))?;
    let mut archive = GzEncoder::new(file, Compression::default());
    for (name, body) in &found {
        archive.write_all(&entry(name, body)).context("error writing into the archive")?;
    }
    // Two empty blocks end an archive.
    archive.write_all(&[0; 2 * BLOCK_BYTES]).context("error writing into the archive")?;
    archive.finish().context("error closing archive writer")?;
    writeln!(out, "Compiling debug information complete, all files written in {ARCHIVE:?}.")?;
    Ok(Outcome::Passed)
}

/// A file of a tar archive in the ustar format: a header and the content, filled up to whole blocks.
fn entry(name: &str, body: &[u8]) -> Vec<u8> {
    let mut header = [0; BLOCK_BYTES];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000666\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{:011o}\0", body.len()));
    put(136, "00000000000\0");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut entry = header.to_vec();
    entry.extend_from_slice(body);
    entry.resize(entry.len().next_multiple_of(BLOCK_BYTES), 0);
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tar_reads_the_archive() {
        let dir = tempfile::tempdir().unwrap();
        let mut archive = entry("metrics.txt", b"up 1\n");
        archive.extend(entry("big.pb", &[7; 1000]));
        archive.extend([0; 2 * BLOCK_BYTES]);
        std::fs::write(dir.path().join("a.tar"), archive).unwrap();
        let tar = std::process::Command::new("tar")
            .args(["xvf", "a.tar"])
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert!(tar.status.success(), "{tar:?}");
        assert_eq!(String::from_utf8(tar.stdout).unwrap(), "metrics.txt\nbig.pb\n");
        assert_eq!(std::fs::read(dir.path().join("metrics.txt")).unwrap(), b"up 1\n");
        assert_eq!(std::fs::read(dir.path().join("big.pb")).unwrap(), [7; 1000]);
    }
}
