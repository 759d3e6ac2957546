//! Puts the built web UI into the binary: every file of `web/dist`, gzipped, in one table.
//!
//! `make run` builds the UI before cargo. Where it has not been built, an optimised build runs npm itself; a debug build, a machine
//! without npm, or `WEB_SKIP=1` gets one page that says so. A missing UI never fails a build.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

const PLACEHOLDER: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><base href=\"/\" />\
<meta name=\"bongsu\" content=\"{}\" /><title>Bongsu</title></head>\n<body><h1>Bongsu</h1>\n\
<p>The server runs, but it was built without its web UI: node and npm were missing, or <code>WEB_SKIP=1</code> was set. \
<code>make build</code> builds both. The API works: <a href=\"./api/v1/targets\">targets</a>, \
<a href=\"./api/v1/rules\">rules</a>, <a href=\"./api/v1/alerts\">alerts</a>, <a href=\"./metrics\">metrics</a>.</p></body></html>\n";

fn main() {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("../../web");
    let dist = root.join("dist");
    println!("cargo:rerun-if-env-changed=WEB_SKIP");
    println!("cargo:rerun-if-changed={}", dist.display());
    if !dist.join("index.html").is_file() && wanted() {
        build(&root);
    }
    let out = PathBuf::from(variable("OUT_DIR"));
    let files = if dist.join("index.html").is_file() {
        let mut files = Vec::new();
        collect(&dist, "", &mut files);
        files
    } else {
        println!("cargo:warning=the web UI is not built; `make web` builds it, until then one page says so");
        vec![("index.html".to_owned(), PLACEHOLDER.as_bytes().to_vec())]
    };
    write_table(&out, files);
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"))
}

/// Whether this build is meant to be used rather than tested.
fn wanted() -> bool {
    variable("PROFILE") == "release" && std::env::var("WEB_SKIP").as_deref() != Ok("1")
}

/// Runs npm. Failures are told by the placeholder and the warning that goes with it.
fn build(root: &Path) {
    let npm = |arguments: &[&str]| {
        Command::new("npm").args(arguments).current_dir(root).status().is_ok_and(|s| s.success())
    };
    if (root.join("node_modules").is_dir() || npm(&["ci", "--no-audit", "--no-fund"]))
        && !npm(&["run", "build"])
    {
        println!("cargo:warning=`npm run build` failed in {}", root.display());
    }
}

/// Reads all files below a folder, in the order of their names.
fn collect(dir: &Path, below: &str, files: &mut Vec<(String, Vec<u8>)>) {
    let mut entries: Vec<_> =
        fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok).map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
        let full = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        if path.is_dir() {
            collect(&path, &full, files);
        } else if !name.starts_with('.')
            && let Ok(bytes) = fs::read(&path)
        {
            files.push((full, bytes));
        }
    }
}

/// Writes each file gzipped, and the table that names them.
fn write_table(out: &Path, files: Vec<(String, Vec<u8>)>) {
    let mut table = String::from("&[\n");
    for (i, (path, bytes)) in files.into_iter().enumerate() {
        let zipped = out.join(format!("asset-{i}.gz"));
        fs::write(&zipped, gzip(&bytes)).unwrap_or_else(|e| panic!("cannot write {}: {e}", zipped.display()));
        // Vite puts a hash of the content into the names below `assets/`.
        let immutable = path.starts_with("assets/");
        writeln!(
            table,
            "    Asset {{ path: {path:?}, mime: {:?}, etag: \"\\\"{:016x}\\\"\", immutable: {immutable}, size: {}, \
             gzip: include_bytes!({zipped:?}) }},",
            mime(&path),
            fnv1a(&bytes),
            bytes.len(),
        )
        .unwrap_or_else(|e| panic!("writing to a string: {e}"));
    }
    table.push(']');
    let target = out.join("assets.rs");
    fs::write(&target, table).unwrap_or_else(|e| panic!("cannot write {}: {e}", target.display()));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .unwrap_or_else(|e| panic!("compressing in memory: {e}"))
}

/// FNV-1a: an ETag needs to change with the content, nothing more.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn mime(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt" | "md") => "text/plain; charset=utf-8",
        _other => "application/octet-stream",
    }
}
