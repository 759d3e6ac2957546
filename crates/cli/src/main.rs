//! `bongsu`: the one binary. It decides by its name and its first argument which role it plays.
//!
//! Reading order: [`program`] (which role), `flags` (tables), `role` (one folder a role: settings, parts, wiring),
//! `tool` (one file a command).

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod flags;
mod program;
mod role;
mod tool;
mod web_config;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // One TLS stack for the whole process; fails only if something installed another before, which nothing does.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    program::run(std::env::args_os().collect())
}
