//! `scrape_failure_log_file`: each failed scrape as one line of JSON.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::time::SystemTime;

use parking_lot::Mutex;

/// The open log of one job.
#[derive(Debug)]
pub(crate) struct FailureLog {
    path: String,
    file: Mutex<File>,
}

impl FailureLog {
    pub(crate) fn open(path: &str) -> std::io::Result<FailureLog> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(FailureLog { path: path.to_owned(), file: Mutex::new(file) })
    }

    /// Writes one line. A log that cannot be written is reported in the program's own log.
    pub(crate) fn write(&self, time: SystemTime, job: &str, target: &str, error: &str) {
        let quote = json_string;
        let time = jiff::Timestamp::try_from(time).map_or_else(|_| String::new(), |t| t.to_string());
        let line = format!(
            "{{\"time\":{},\"level\":\"ERROR\",\"msg\":{},\"job_name\":{},\"target\":{}}}\n",
            quote(&time),
            quote(error),
            quote(job),
            quote(target)
        );
        if let Err(error) = self.file.lock().write_all(line.as_bytes()) {
            tracing::warn!(path = %self.path, %error, "scrape failure log cannot be written");
        }
    }
}

fn json_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines_are_json() {
        assert_eq!(super::json_string("a\"b\\c\nd"), "\"a\\\"b\\\\c\\u000ad\"");
    }
}
