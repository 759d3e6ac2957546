//! HTTP/1.0 over loopback: one request per connection, the answer ends when the connection does.

use std::io::{Read, Write};
use std::net::TcpStream;

/// An answer.
pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Sends one request; `None` if nobody listens or the answer breaks off.
pub fn request(port: u16, method: &str, path: &str, headers: &str, body: &[u8]) -> Option<Response> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: localhost\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
    let status = std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()?;
    Some(Response { status, body: answer.split_off(end + 4) })
}

/// Writes a value so that it may stand in a form.
pub fn form_value(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' => out.push(byte as char),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
}
