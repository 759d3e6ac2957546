//! The two servers, each in a directory of its own on a free port, stopped when the test ends.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::http::{self, Response};

/// How long a server may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A running server.
pub struct Server {
    name: &'static str,
    process: Child,
    port: u16,
    directory: TempDir,
}

impl Server {
    /// Debian's Prometheus.
    pub fn prometheus() -> Server {
        Server::start("prometheus", Command::new("prometheus"))
    }

    /// Ours.
    pub fn bongsu() -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bongsu"));
        command.arg("server");
        Server::start("bongsu", command)
    }

    fn start(name: &'static str, mut command: Command) -> Server {
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("prometheus.yml");
        std::fs::write(&config, "scrape_configs: []\n").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(directory.path().join("log")).unwrap();
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", directory.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--storage.tsdb.retention.time=100y", "--web.enable-remote-write-receiver"])
            .stdout(Stdio::null())
            .stderr(log);
        let process = command.spawn().unwrap_or_else(|e| {
            panic!("{name} cannot be started ({e}); `make test-setup` installs what tests need")
        });
        Server { name, process, port, directory }
    }

    pub fn wait_until_ready(&self) {
        let begun = Instant::now();
        while http::request(self.port, "GET", "/-/ready", "", b"").is_none_or(|r| r.status != 200) {
            if begun.elapsed() > START_TIMEOUT {
                let log = std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
                panic!("{} is not ready:\n{log}", self.name);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stores a remote write request.
    pub fn write(&self, body: &[u8]) {
        let headers = "Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n\
                       X-Prometheus-Remote-Write-Version: 0.1.0\r\n";
        let response = self.request("/api/v1/write", headers, body);
        let text = String::from_utf8_lossy(&response.body);
        assert_eq!(response.status, 204, "{} refused the data: {text}", self.name);
    }

    /// Asks by a form; long expressions do not fit every URL.
    pub fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Response {
        let mut form = String::new();
        for (name, value) in parameters {
            if !form.is_empty() {
                form.push('&');
            }
            form.push_str(name);
            form.push('=');
            http::form_value(value, &mut form);
        }
        self.request(path, "Content-Type: application/x-www-form-urlencoded\r\n", form.as_bytes())
    }

    fn request(&self, path: &str, headers: &str, body: &[u8]) -> Response {
        http::request(self.port, "POST", path, headers, body)
            .unwrap_or_else(|| panic!("{} did not answer {path}", self.name))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have died by itself; the directory goes either way.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
