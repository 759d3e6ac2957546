//! Targets that say whatever a test wants to have scraped.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a scraper asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// Path with parameters.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, for those that are told something.
    pub body: Vec<u8>,
    /// How many requests for this target there were before.
    pub number: usize,
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// What it is told.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    /// Metrics in Prometheus's text format.
    pub fn text(body: impl Into<Vec<u8>>) -> Reply {
        let kind = "text/plain; version=0.0.4; charset=utf-8".to_owned();
        Reply { status: 200, headers: vec![("Content-Type".to_owned(), kind)], body: body.into() }
    }
}

/// A loopback HTTP server; it listens until the test's process ends.
#[derive(Clone, Debug)]
pub struct Target {
    /// `127.0.0.1:port`.
    pub address: String,
    scrapes: Arc<AtomicUsize>,
}

impl Target {
    /// Starts a target that answers each request with what `answer` returns.
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Target {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let scrapes = Arc::new(AtomicUsize::new(0));
        let (counter, answer) = (scrapes.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (counter, answer) = (counter.clone(), answer.clone());
                std::thread::spawn(move || {
                    // A scraper that goes away is no concern of the target.
                    let _ = serve(stream, &counter, &*answer);
                });
            }
        });
        Target { address, scrapes }
    }

    /// Starts a target that always says the same.
    pub fn fixed(body: &str) -> Target {
        let reply = Reply::text(body);
        Target::start(move |_| reply.clone())
    }

    /// How many requests there were.
    pub fn scrapes(&self) -> usize {
        self.scrapes.load(Ordering::SeqCst)
    }
}

fn serve(
    stream: TcpStream,
    counter: &AtomicUsize,
    answer: &dyn Fn(&Request) -> Reply,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.and_then(|(_, v)| v.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let number = counter.load(Ordering::SeqCst);
    let reply = answer(&Request { path, headers, body, number });
    let mut head = format!(
        "HTTP/1.1 {} Reply\r\nContent-Length: {}\r\nConnection: close\r\n",
        reply.status,
        reply.body.len()
    );
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut stream = stream;
    stream.write_all((head + "\r\n").as_bytes())?;
    stream.write_all(&reply.body)?;
    stream.flush()?;
    counter.fetch_add(1, Ordering::SeqCst);
    Ok(())
}
