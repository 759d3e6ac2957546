//! Running programs: Bongsu in its roles, Debian's Prometheus beside it, and anything that ends with the test.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::http::{self, Answer};
use super::until;

/// The program under test.
pub const BONGSU: &str = env!("CARGO_BIN_EXE_bongsu");

/// A process that is killed when this is dropped.
pub struct Running {
    child: Child,
    output: Arc<Mutex<String>>,
}

impl Running {
    /// Starts a command and collects what it prints.
    pub fn start(command: &mut Command) -> Running {
        let name = command.get_program().to_owned();
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|e| panic!("cannot start {}: {e}; run `make test-setup`", name.display()));
        let output = Arc::new(Mutex::new(String::new()));
        collect(child.stdout.take().unwrap(), output.clone());
        collect(child.stderr.take().unwrap(), output.clone());
        Running { child, output }
    }

    /// All that it printed up to now, both streams.
    pub fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        until("the end of a process", || self.child.try_wait().unwrap())
    }

    /// Tells whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("---- output of the process ----\n{}", self.output());
        }
    }
}

fn collect(stream: impl Read + Send + 'static, into: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut text = into.lock().unwrap();
            text.push_str(&line);
            text.push('\n');
        }
    });
}

/// Labels of a series and its value, as the API prints both.
pub type Sample = (BTreeMap<String, String>, String);

/// A server, Bongsu or Prometheus, that answers on a port of its own choice.
pub struct Server {
    pub process: Running,
    /// `127.0.0.1:port`.
    pub address: String,
}

impl Server {
    /// Starts `bongsu server` with `prometheus.yml` and `data` of a directory and waits until it is ready.
    pub fn start(dir: &Path, args: &[&str]) -> Server {
        Server::ready(Command::new(BONGSU).arg("server"), dir, args)
    }

    /// Starts Debian's Prometheus in the same way.
    pub fn start_prometheus(dir: &Path, args: &[&str]) -> Server {
        Server::ready(&mut Command::new("prometheus"), dir, args)
    }

    /// Starts `bongsu` with nothing but a directory and a port, and waits until it says that it is ready.
    pub fn start_all_in_one(dir: &Path, args: &[&str]) -> Server {
        let mut command = Command::new(BONGSU);
        command.current_dir(dir).arg("--web.listen-address=127.0.0.1:0").args(args);
        let mut process = Running::start(&mut command);
        let address = until("the line that tells the address", || {
            assert!(!process.has_ended(), "the program ended: {}", process.output());
            let output = process.output();
            let line = output.lines().find(|l| l.starts_with("Bongsu "))?;
            Some(line.split_once("://")?.1.trim_end_matches('/').to_owned())
        });
        Server { process, address }
    }

    /// Starts a server command and waits until it listens; it may not be ready yet, or speak TLS.
    pub fn listening(command: &mut Command, dir: &Path, args: &[&str]) -> Server {
        let flag = |name: &str, file: &str| format!("--{name}={}", dir.join(file).display());
        command.arg(flag("config.file", "prometheus.yml")).arg(flag("storage.tsdb.path", "data")).args(args);
        Server::on_any_port(command, dir)
    }

    /// Starts a command that takes the originals' flag for its address, and waits until it listens.
    pub fn on_any_port(command: &mut Command, dir: &Path) -> Server {
        command.current_dir(dir).arg("--web.listen-address=127.0.0.1:0");
        let mut process = Running::start(command);
        let address = until("a line of the log that tells the address", || {
            assert!(!process.has_ended(), "the program ended: {}", process.output());
            let output = process.output();
            let line = output.lines().find(|l| l.contains("istening") && !l.contains("127.0.0.1:0"))?;
            let address = line.split_once("address=")?.1.split(' ').next()?;
            Some(address.trim_matches('"').to_owned())
        });
        Server { process, address }
    }

    fn ready(command: &mut Command, dir: &Path, args: &[&str]) -> Server {
        let mut server = Server::listening(command, dir, args);
        until("readiness", || {
            assert!(!server.process.has_ended(), "the program ended: {}", server.process.output());
            server.try_get("/-/ready").filter(|a| a.status == 200)
        });
        server
    }

    /// The log up to now.
    pub fn log(&self) -> String {
        self.process.output()
    }

    /// Asks it to end and waits until it has.
    pub fn stop(mut self) -> ExitStatus {
        self.process.signal(Signal::TERM);
        self.process.wait()
    }

    /// Ends it as a power cut does.
    pub fn kill(mut self) {
        self.process.signal(Signal::KILL);
        self.process.wait();
    }

    fn try_get(&self, path: &str) -> Option<Answer> {
        http::send(&self.address, "GET", path, &[], b"").ok()
    }

    /// Gets a path.
    pub fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    /// Gets a path with request headers.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        http::send(&self.address, "GET", path, headers, b"").unwrap()
    }

    /// Posts a body.
    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        http::send(&self.address, "POST", path, headers, body).unwrap()
    }

    /// Gets an endpoint under `/api/v1/`, which must succeed, and returns its data.
    pub fn api(&self, endpoint: &str, parameters: &[(&str, &str)]) -> Value {
        let answer = self.get(&format!("/api/v1/{endpoint}?{}", http::form(parameters)));
        let json = answer.json();
        assert_eq!(json["status"], "success", "{endpoint} {parameters:?}: {json}");
        json["data"].clone()
    }

    /// Evaluates an expression now; the result must be a vector of floats. Sorted by labels.
    pub fn query(&self, expression: &str) -> Vec<Sample> {
        self.query_at(expression, None)
    }

    /// Evaluates an expression at a time, in seconds.
    pub fn query_at(&self, expression: &str, time: Option<&str>) -> Vec<Sample> {
        let mut parameters = vec![("query", expression)];
        parameters.extend(time.map(|t| ("time", t)));
        let data = self.api("query", &parameters);
        let vector = data["result"].as_array().unwrap();
        let mut samples: Vec<Sample> = vector
            .iter()
            .map(|s| (labels(&s["metric"]), s["value"][1].as_str().unwrap().to_owned()))
            .collect();
        samples.sort();
        samples
    }

    /// Evaluates an expression with one result or none and returns its value.
    pub fn value(&self, expression: &str) -> Option<String> {
        let mut samples = self.query(expression);
        assert!(samples.len() <= 1, "{expression}: {samples:?}");
        samples.pop().map(|(_, value)| value)
    }

    /// Waits until an expression has one result with this value.
    pub fn until_value(&self, expression: &str, want: &str) {
        until(&format!("{expression} = {want}"), || self.value(expression).filter(|v| v == want));
    }
}

fn labels(metric: &Value) -> BTreeMap<String, String> {
    let pairs = metric.as_object().unwrap().iter();
    pairs.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// A label set in short form.
pub fn label_set(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

/// Runs a command to its end; returns its exit code, standard output and standard error.
pub fn run(program: impl AsRef<OsStr>, args: &[&str]) -> (i32, String, String) {
    let name = program.as_ref().display().to_string();
    let output = Command::new(&program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("cannot start {name}: {e}; run `make test-setup`"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// Runs Debian's promtool, which must succeed, and returns what it prints.
pub fn promtool(args: &[&str]) -> String {
    let (code, out, err) = run("promtool", args);
    assert_eq!(code, 0, "promtool {args:?}: {out}{err}");
    out
}
