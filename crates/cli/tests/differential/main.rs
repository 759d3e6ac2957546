//! The same data and the same random expressions, given to Prometheus 2.42 (Debian's) and to us: the answers are equal.
//!
//! What changed on purpose between 2.42 and 3.x is kept out by the data rather than by exceptions: no sample and no inner
//! step of a subquery ever stands exactly at the start of a window (3.x leaves such samples out), counters stay far
//! from zero (3.x extrapolates less far there), and functions that 2.42 does not know are not asked for. What is left, in about one of 2,000
//! expressions, is proven to be the original's by asking it: see [`known`].

#![allow(clippy::unwrap_used, reason = "a test")]

mod answer;
mod compliance;
mod data;
mod expressions;
mod http;
mod known;
mod random;
mod servers;

use expressions::Writer;
use random::Random;
use servers::Server;

/// Expressions asked, each at one time and over two ranges; `DIFFERENTIAL_COUNT` asks for another number, such as a million.
const EXPRESSIONS: usize = 2_000;
/// Changing it asks other questions; a failure names the expression, which should then become a test of its own.
const SEED: u64 = 20_260_314;

/// Evaluated at, within the data and off its timestamps.
const AT: &str = "1795133000.137";
const RANGE: [(&str, &str); 3] = [("start", "1795132000.137"), ("end", "1795133800.137"), ("step", "47")];
/// Five steps further: we answer most of it from what we keep.
const REFRESH: [(&str, &str); 3] = [("start", "1795132235.137"), ("end", "1795134035.137"), ("step", "47")];

#[test]
fn random_expressions_answer_as_prometheus_does() {
    let servers = servers();
    let mut random = Random::new(number("DIFFERENTIAL_SEED", SEED));
    let count = number("DIFFERENTIAL_COUNT", EXPRESSIONS as u64) as usize;
    let mut differences = Vec::new();
    let mut answered = 0;
    for _ in 0..count {
        let expression = Writer::new(&mut random).vector(3);
        answered += ask(&servers, &expression, &mut differences);
        assert!(differences.len() < DIFFERENCES_MAX, "{}", told(&differences));
    }
    assert!(differences.is_empty(), "{}", told(&differences));
    assert!(answered > count, "only {answered} answers held series: the expressions ask for nothing");
}

#[test]
fn the_queries_of_the_compliance_tester_answer_as_prometheus_does() {
    let queries = compliance::queries();
    if queries.is_empty() {
        return;
    }
    let servers = servers();
    let mut differences = Vec::new();
    let answered: usize = queries.iter().map(|query| ask(&servers, query, &mut differences)).sum();
    assert!(differences.is_empty(), "{}", told(&differences));
    assert!(answered > queries.len(), "only {answered} answers of {} queries held series", queries.len());
}

/// More are not worth waiting for.
const DIFFERENCES_MAX: usize = 50;

/// Both servers with the same data.
fn servers() -> [Server; 2] {
    let servers = [Server::prometheus(), Server::bongsu()];
    let requests = data::write_requests();
    for server in &servers {
        server.wait_until_ready();
        requests.iter().for_each(|body| server.write(body));
    }
    servers
}

/// Asks both for an expression at one time, over a range, and over the range as it is some steps later. Returns how many answers held anything.
fn ask(servers: &[Server; 2], expression: &str, differences: &mut Vec<String>) -> usize {
    let mut answered = 0;
    let query = ("query", expression);
    for (path, times) in [
        ("/api/v1/query", &[("time", AT)][..]),
        ("/api/v1/query_range", &RANGE[..]),
        ("/api/v1/query_range", &REFRESH[..]),
    ] {
        let parameters = [&[query], times].concat();
        let [theirs, ours] = servers.each_ref().map(|s| answer::read(&s.get(path, &parameters)));
        answered += usize::from(theirs.is_something());
        if let Err(difference) = answer::compare(&theirs, &ours)
            && known::reason(servers, expression, path, times).is_none()
        {
            differences.push(format!("{path} from {} {expression}\n    {difference}", times[0].1));
        }
    }
    answered
}

fn told(differences: &[String]) -> String {
    format!("{} answers differ (Prometheus's, ours):\n{}", differences.len(), differences.join("\n"))
}

/// Another seed or count may be tried by hand.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |s| s.parse().unwrap_or_else(|e| panic!("{name}: {e}")))
}
