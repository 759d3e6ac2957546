//! Database servers of their own, in folders of their own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use sources::{Ask, Pending, Reach, Reply, Source, SourceError};
use transport::{Deadline, Wire};

/// Reaches whatever there is, without a guard.
pub struct Direct;

impl Reach for Direct {
    fn http<'a>(&'a self, _: &'a Source, _: Ask) -> Pending<'a, Reply> {
        Box::pin(async { Err(SourceError::Failed("databases do not speak HTTP".to_owned())) })
    }

    fn dial<'a>(&'a self, _: &'a Source, host: &'a str, port: u16, deadline: Deadline) -> Pending<'a, Wire> {
        Box::pin(async move {
            let opened = Wire::connect(host, port, deadline).await;
            opened.map_err(|failure| SourceError::Failed(failure.to_string()))
        })
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(Path::new("/proc/self")).unwrap().uid() == 0
}

fn run(command: &mut Command) {
    let output = command.current_dir("/").output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn own_certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// A certificate that no server here has.
pub fn other_certificate() -> String {
    own_certificate().0
}

/// A PostgreSQL cluster; ends with the value. Its users' password is `hunter2`.
pub struct Postgres {
    dir: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
    certificate: String,
}

impl Postgres {
    /// Starts one that takes passwords over TCP.
    pub fn start() -> Postgres {
        let versions = std::fs::read_dir("/usr/lib/postgresql");
        let versions =
            versions.unwrap_or_else(|e| panic!("PostgreSQL is not installed ({e}); run `make test-setup`"));
        let programs = versions.map(|v| v.unwrap().path()).max().unwrap().join("bin");
        let (certificate, key) = own_certificate();
        let server = Postgres { dir: tempfile::tempdir().unwrap(), programs, port: free_port(), certificate };
        let write = |name: &str, text: &str| {
            use std::os::unix::fs::PermissionsExt;
            let path = server.path(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
        };
        write("password", "hunter2");
        write("server.crt", &server.certificate);
        write("server.key", &key);
        if is_root() {
            run(Command::new("chown").arg("-R").arg("postgres").arg(server.dir.path()));
        }
        let password = server.path("password");
        run(server
            .program("initdb")
            .args(["-A", "md5", "-U", "postgres", "-E", "UTF8", "--no-sync", "--pwfile"])
            .arg(password)
            .arg("-D")
            .arg(server.path("data")));
        let (dir, port) = (server.dir.path().display(), server.port);
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='{dir}' -c fsync=off -c ssl=on \
             -c ssl_cert_file='{dir}/server.crt' -c ssl_key_file='{dir}/server.key'"
        );
        run(server
            .program("pg_ctl")
            .args(["start", "-w", "-s", "-o", &options, "-l"])
            .arg(server.path("log"))
            .arg("-D")
            .arg(server.path("data")));
        server.run(
            "CREATE ROLE scram LOGIN PASSWORD 'hunter2'; CREATE ROLE plain LOGIN PASSWORD 'hunter2'; \
             SET password_encryption = 'md5'; CREATE ROLE md5 LOGIN PASSWORD 'hunter2'",
        );
        // One user logs in with the password in clear text.
        let rules = server.path("data/pg_hba.conf");
        let old = std::fs::read_to_string(&rules).unwrap();
        std::fs::write(&rules, format!("host all plain 127.0.0.1/32 password\n{old}")).unwrap();
        run(server.program("pg_ctl").args(["reload", "-s", "-D"]).arg(server.path("data")));
        server
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    }

    /// Runs SQL as the owner.
    pub fn run(&self, sql: &str) {
        let url = format!("postgres://postgres:hunter2@127.0.0.1:{}/postgres", self.port);
        run(self.program("psql").args(["-q", "-v", "ON_ERROR_STOP=1", "-c", sql]).arg(url));
    }

    /// The data source of a user, without TLS.
    pub fn source(&self, user: &str) -> Source {
        Source {
            name: "pg".to_owned(),
            kind: "grafana-postgresql-datasource".to_owned(),
            url: format!("127.0.0.1:{}", self.port),
            user: user.to_owned(),
            options: json!({"sslmode": "disable", "database": "postgres"}).as_object().unwrap().clone(),
            secrets: [("password".to_owned(), "hunter2".to_owned())].into(),
            ..Source::default()
        }
    }

    /// Its certificate.
    pub fn certificate(&self) -> String {
        self.certificate.clone()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        run(self.program("pg_ctl").args(["stop", "-s", "-m", "immediate", "-D"]).arg(self.path("data")));
    }
}

/// A MariaDB server; ends with the value.
pub struct MariaDb {
    process: Child,
    port: u16,
    certificate: String,
    _dir: tempfile::TempDir,
}

impl MariaDb {
    /// Starts one that has run some SQL.
    pub fn start(sql: &str) -> MariaDb {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let (certificate, key) = own_certificate();
        std::fs::write(path("server.crt"), &certificate).unwrap();
        std::fs::write(path("server.key"), key).unwrap();
        // An init file holds one statement a line.
        std::fs::write(path("init.sql"), sql.replace("; ", ";\n")).unwrap();
        let user = if is_root() { "--user=root" } else { "--skip-name-resolve" };
        let data = format!("--datadir={}", path("data").display());
        let mut install = Command::new("mariadb-install-db");
        install.args([
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            user,
            &data,
        ]);
        run(&mut install);
        let port = free_port();
        let process = Command::new("mariadbd")
            .args([
                "--no-defaults",
                "--bind-address=127.0.0.1",
                "--innodb-flush-log-at-trx-commit=0",
                user,
                &data,
            ])
            .arg(format!("--port={port}"))
            .arg(format!("--socket={}", path("socket").display()))
            .arg(format!("--pid-file={}", path("pid").display()))
            .arg(format!("--init-file={}", path("init.sql").display()))
            .arg(format!("--ssl-cert={}", path("server.crt").display()))
            .arg(format!("--ssl-key={}", path("server.key").display()))
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(path("log")).unwrap())
            .spawn()
            .unwrap_or_else(|e| panic!("MariaDB is not installed ({e}); run `make test-setup`"));
        let server = MariaDb { process, port, certificate, _dir: dir };
        let deadline = Instant::now() + Duration::from_secs(60);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "MariaDB did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// The data source of a user, without TLS.
    pub fn source(&self, user: &str, password: &str) -> Source {
        Source {
            name: "db".to_owned(),
            kind: "mysql".to_owned(),
            url: format!("127.0.0.1:{}", self.port),
            user: user.to_owned(),
            database: "d".to_owned(),
            secrets: [("password".to_owned(), password.to_owned())].into(),
            ..Source::default()
        }
    }

    /// Its certificate.
    pub fn certificate(&self) -> String {
        self.certificate.clone()
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
