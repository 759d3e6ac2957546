//! `--web.config.file`: TLS, client certificates, passwords; and how a server is scraped that has them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::path::Path;
use std::process::Command;

use harness::program::{BONGSU, Server, run};
use harness::until;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};

/// `hunter2`, hashed at the least cost.
const HASH: &str = "$2b$04$abcdefghijklmnopqrstuuV3duMsC0HpUex6N9qapiuOHHWkwRXVm";

/// Writes `ca.pem`, and certificate and key of a server and of a client that it signed.
fn write_certificates(dir: &Path) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(dir.join("ca.pem"), ca.pem()).unwrap();
    for (name, usage) in
        [("server", ExtendedKeyUsagePurpose::ServerAuth), ("client", ExtendedKeyUsagePurpose::ClientAuth)]
    {
        let key = KeyPair::generate().unwrap();
        let mut params =
            CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages.push(usage);
        let certificate = params.signed_by(&key, &ca).unwrap();
        std::fs::write(dir.join(format!("{name}.pem")), certificate.pem()).unwrap();
        std::fs::write(dir.join(format!("{name}.key")), key.serialize_pem()).unwrap();
    }
}

/// Asks with curl; returns the HTTP status (0: none, the connection failed) and the body.
fn curl(dir: &Path, url: &str, args: &[&str]) -> (u16, String) {
    let ca = dir.join("ca.pem").display().to_string();
    let mut all = vec!["--silent", "--max-time", "20", "--cacert", &ca, "--write-out", "\n%{http_code}"];
    all.extend(args);
    all.push(url);
    let (_code, out, _err) = run("curl", &all);
    let (body, status) = out.rsplit_once('\n').unwrap();
    (status.parse().unwrap(), body.to_owned())
}

#[test]
fn tls_with_client_certificates_and_passwords() {
    let dir = tempfile::tempdir().unwrap();
    write_certificates(dir.path());
    let web = |user: &str| {
        format!(
            "tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_ca_file: ca.pem
  client_auth_type: RequireAndVerifyClientCert
basic_auth_users:
  {user}: {HASH}
"
        )
    };
    let web_file = dir.path().join("web.yml");
    std::fs::write(&web_file, web("alice")).unwrap();
    let (code, out, err) = run(BONGSU, &["tool", "check", "web-config", &web_file.display().to_string()]);
    assert_eq!(code, 0, "{out}{err}");

    std::fs::write(dir.path().join("prometheus.yml"), "global: {}\n").unwrap();
    let flag = format!("--web.config.file={}", web_file.display());
    let server = Server::listening(Command::new(BONGSU).arg("server"), dir.path(), &[&flag]);
    let url = format!("https://{}/-/ready", server.address);
    let file = |name: &str| dir.path().join(name).display().to_string();
    let (cert, key) = (file("client.pem"), file("client.key"));
    let with_certificate = ["--cert", &*cert, "--key", &*key];
    let as_user = |user: &'static str| [&with_certificate[..], &["--user", user]].concat();

    until("readiness", || {
        Some(curl(dir.path(), &url, &as_user("alice:hunter2"))).filter(|(status, _)| *status == 200)
    });
    for (args, want) in [
        (vec!["--user", "alice:hunter2"], 0), // no certificate: refused in the handshake
        (with_certificate.to_vec(), 401),     // no password
        (as_user("alice:wrong"), 401),        // a wrong one
        (as_user("bob:hunter2"), 401),        // an unknown user
        (as_user("alice:hunter2"), 200),
        ([as_user("alice:hunter2"), vec!["--http2"]].concat(), 200),
        ([as_user("alice:hunter2"), vec!["--tls-max", "1.2"]].concat(), 200),
        ([as_user("alice:hunter2"), vec!["--tls-max", "1.1"]].concat(), 0),
    ] {
        assert_eq!(curl(dir.path(), &url, &args).0, want, "{args:?}");
    }

    let plain = curl(dir.path(), &format!("http://{}/-/ready", server.address), &[]);
    assert_eq!(plain, (400, "Client sent an HTTP request to an HTTPS server.\n".to_owned()));

    // The file is read again without a restart.
    std::fs::write(&web_file, web("bob")).unwrap();
    until("the new user", || (curl(dir.path(), &url, &as_user("bob:hunter2")).0 == 200).then_some(()));
    assert_eq!(curl(dir.path(), &url, &as_user("alice:hunter2")).0, 401);
    assert!(server.stop().success());
}

#[test]
fn a_guarded_server_is_scraped() {
    let dir = tempfile::tempdir().unwrap();
    let guarded = dir.path().join("guarded");
    let scraper = dir.path().join("scraper");
    for d in [&guarded, &scraper] {
        std::fs::create_dir(d).unwrap();
        write_certificates(d);
    }
    std::fs::write(guarded.join("prometheus.yml"), "global: {}\n").unwrap();
    let web = format!(
        "tls_server_config: {{cert_file: server.pem, key_file: server.key}}\nbasic_auth_users: {{alice: {HASH}}}\n"
    );
    std::fs::write(guarded.join("web.yml"), web).unwrap();
    let flag = format!("--web.config.file={}", guarded.join("web.yml").display());
    let server = Server::listening(Command::new(BONGSU).arg("server"), &guarded, &[&flag]);

    let job = |name: &str, ca: &Path, password: &str| {
        format!(
            "- job_name: {name}
  scheme: https
  scrape_interval: 200ms
  scrape_timeout: 200ms
  tls_config: {{ca_file: '{}'}}
  basic_auth: {{username: alice, password: {password}}}
  static_configs: [{{targets: ['{}']}}]
",
            ca.join("ca.pem").display(),
            server.address
        )
    };
    let config = [
        "scrape_configs:\n".to_owned(),
        job("right", &guarded, "hunter2"),
        job("wrong_password", &guarded, "hunter3"),
        job("wrong_authority", &scraper, "hunter2"),
    ];
    std::fs::write(scraper.join("prometheus.yml"), config.concat()).unwrap();
    let asking = Server::start(&scraper, &[]);
    asking.until_value("up{job='right'}", "1");
    asking.until_value("up{job='wrong_password'}", "0");
    asking.until_value("up{job='wrong_authority'}", "0");
    let targets = asking.api("targets", &[]);
    let error = |job: &str| {
        let targets = targets["activeTargets"].as_array().unwrap();
        let target = targets.iter().find(|t| t["scrapePool"] == job).unwrap();
        target["lastError"].as_str().unwrap().to_owned()
    };
    assert_eq!(error("right"), "");
    assert_eq!(error("wrong_password"), "server returned HTTP status 401 Unauthorized");
    assert!(error("wrong_authority").contains("certificate"), "{}", error("wrong_authority"));
    let config = asking.get("/api/v1/status/config").text();
    assert!(!config.contains("hunter") && config.contains("<secret>"), "{config}");
    assert!(asking.stop().success());
    assert!(server.stop().success());
}
