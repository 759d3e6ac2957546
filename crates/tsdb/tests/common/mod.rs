//! Debian's Prometheus as a referee.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running Prometheus, ended with the test.
pub struct Prometheus {
    process: Child,
    address: String,
}

impl Prometheus {
    /// Starts it on a database's directory and waits until it is ready. `ADDRESS` in the configuration becomes its own.
    pub fn start(db: &Path, config: &str) -> Prometheus {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let path = db.join("prometheus.yml");
        std::fs::write(&path, config.replace("ADDRESS", &address)).unwrap();
        let mut process = Command::new("prometheus")
            .arg(format!("--config.file={}", path.display()))
            .arg(format!("--storage.tsdb.path={}", db.display()))
            .arg(format!("--web.listen-address={address}"))
            .args(["--storage.tsdb.retention.time=100y", "--enable-feature=native-histograms"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("prometheus must be installed");
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let ready = log.by_ref().find(|line| line.as_ref().is_ok_and(|l| l.contains("Server is ready")));
        assert!(ready.is_some(), "prometheus did not start");
        std::thread::spawn(move || log.count()); // or else it blocks when the pipe is full
        Prometheus { process, address }
    }

    /// Returns the body of an answer.
    pub fn get(&self, path: &str) -> serde_json::Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("200 OK"), "{answer}");
        serde_json::from_str(body).unwrap()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
