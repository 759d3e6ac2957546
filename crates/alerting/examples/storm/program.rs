//! The program that is measured.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Clock ticks in a second, on every Linux that there is.
const TICKS: f64 = 100.0;

/// A process that ends with this.
pub(super) struct Program {
    child: Child,
    pub(super) port: u16,
    _directory: tempfile::TempDir,
}

impl Program {
    /// Starts an Alertmanager that tells a webhook on a port of loopback, and waits until it listens.
    pub(super) fn start(path: &str, hook: u16, group_wait: Duration) -> Program {
        let directory = tempfile::tempdir().unwrap();
        let config = format!(
            "route: {{receiver: hook, group_by: [group], group_wait: {}s, group_interval: 5m, repeat_interval: 4h}}\n\
             receivers: [{{name: hook, webhook_configs: [{{url: 'http://127.0.0.1:{hook}/'}}]}}]\n",
            group_wait.as_secs()
        );
        let file = directory.path().join("am.yml");
        std::fs::write(&file, config).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(path);
        if path.ends_with("bongsu") {
            command.arg("alertmanager");
        }
        command
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.path={}", directory.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--cluster.listen-address=", "--log.level=warn"])
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        let child = command.spawn().unwrap();
        let program = Program { child, port, _directory: directory };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "{path} does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        program
    }

    fn proc_file(&self, name: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{name}", self.child.id())).unwrap()
    }

    /// The processor time that it took up to now.
    pub(super) fn cpu_seconds(&self) -> f64 {
        let stat = self.proc_file("stat");
        // The name in parentheses may hold spaces.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / TICKS
    }

    /// The most memory that was resident.
    pub(super) fn peak_megabytes(&self) -> f64 {
        let status = self.proc_file("status");
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
