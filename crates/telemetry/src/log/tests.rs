use std::sync::Arc;

use super::*;

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs something and returns its lines, cut off before `msg`.
fn logged(level: Level, format: Format, run: impl FnOnce()) -> Vec<String> {
    let buffer = Buffer::default();
    let subscriber = tracing_subscriber::registry().with(Log::new(level, format, buffer.clone()));
    tracing::subscriber::with_default(subscriber, run);
    let text = String::from_utf8(buffer.0.lock().clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn logfmt_as_slog_prints_it() {
    let lines = logged(Level::Info, Format::Logfmt, || {
        let error = io::Error::other("no \"such\" thing");
        tracing::info!(count = 3, ok = true, rate = 0.5, "hello world");
        tracing::warn!(%error, empty = "", plain = "a/b:c", spaced = "a b", msg = "x", "x=y");
        tracing::debug!("not shown");
    });
    let tail = |line: &str| line.split_once(" msg=").map(|(_, rest)| rest.to_owned()).unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(tail(&lines[0]), r#""hello world" count=3 ok=true rate=0.5"#);
    let want = r#""x=y" err="no \"such\" thing" empty="" plain=a/b:c spaced="a b" logged_msg=x"#;
    assert_eq!(tail(&lines[1]), want);
    let head = lines[0].split_once(" msg=").unwrap().0;
    let (time, rest) = head.split_once(" level=INFO source=telemetry/tests.rs:").unwrap();
    assert!(rest.parse::<u32>().is_ok(), "{head}");
    let time = time.strip_prefix("time=").unwrap();
    assert!(time.len() == 24 && time.ends_with('Z') && time.parse::<Timestamp>().is_ok(), "{time}");
}

#[test]
fn json_is_one_object_per_line() {
    let lines = logged(Level::Debug, Format::Json, || {
        tracing::debug!(n = -1, nan = f64::NAN, text = "a\"b\\c\nd\u{1}", "m");
    });
    let (head, tail) = lines[0].split_once(r#""msg":"#).unwrap();
    assert!(
        head.starts_with(r#"{"time":"2"#)
            && head.contains(r#""level":"DEBUG","source":"telemetry/tests.rs:"#)
    );
    assert_eq!(tail, r#""m","n":-1,"nan":"NaN","text":"a\"b\\c\nd\u0001"}"#);
}

#[test]
fn others_are_heard_only_when_they_warn() {
    assert!(is_ours(Some("crates/scrape/src/run.rs")));
    assert!(!is_ours(Some("/home/me/.cargo/registry/src/hyper-1.0.0/src/lib.rs")));
    assert!(!is_ours(None));
}

#[test]
fn words_of_the_command_line() {
    assert_eq!("WARN".parse(), Ok(Level::Warn));
    assert_eq!("json".parse(), Ok(Format::Json));
    assert_eq!("loud".parse::<Level>().unwrap_err().to_string(), "unrecognized log level loud");
    assert_eq!("xml".parse::<Format>().unwrap_err().to_string(), "unrecognized log format xml");
}
