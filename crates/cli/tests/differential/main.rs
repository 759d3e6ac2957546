//! The same data and the same random expressions, given to Prometheus 2.42 (Debian's) and to us: the answers are equal.
//!
//! What changed on purpose between 2.42 and 3.x is kept out by the data rather than by exceptions: no sample and no inner
//! step of a subquery ever stands exactly at the start of a window (3.x leaves such samples out), counters stay far
//! from zero (3.x extrapolates less far there), and functions that 2.42 does not know are not asked for.

#![allow(clippy::unwrap_used, reason = "a test")]

mod answer;
mod data;
mod expressions;
mod http;
mod random;
mod servers;

use expressions::Writer;
use random::Random;
use servers::Server;

/// Expressions asked, each at one time and over a range.
const EXPRESSIONS: usize = 400;
/// Changing it asks other questions; a failure names the expression, which should then become a test of its own.
const SEED: u64 = 20_260_314;

/// Evaluated at, within the data and off its timestamps.
const AT: &str = "1795133000.137";
const RANGE: [(&str, &str); 3] = [("start", "1795132000.137"), ("end", "1795133800.137"), ("step", "47")];

#[test]
fn random_expressions_answer_as_prometheus_does() {
    let servers = [Server::prometheus(), Server::bongsu()];
    let requests = data::write_requests();
    for server in &servers {
        server.wait_until_ready();
        requests.iter().for_each(|body| server.write(body));
    }
    let mut random = Random::new(seed());
    let mut differences = Vec::new();
    let mut answered = 0;
    for _ in 0..EXPRESSIONS {
        let expression = Writer::new(&mut random).vector(3);
        let instant = [("query", expression.as_str()), ("time", AT)];
        let range = [("query", expression.as_str()), RANGE[0], RANGE[1], RANGE[2]];
        for (path, parameters) in [("/api/v1/query", &instant[..]), ("/api/v1/query_range", &range[..])] {
            let [theirs, ours] = servers.each_ref().map(|s| answer::read(&s.get(path, parameters)));
            answered += usize::from(theirs.is_something());
            if let Err(difference) = answer::compare(&theirs, &ours) {
                differences.push(format!("{path} {expression}\n    {difference}"));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} answers differ (Prometheus's, ours):\n{}",
        differences.len(),
        differences.join("\n")
    );
    assert!(answered > EXPRESSIONS, "only {answered} answers held series: the expressions ask for nothing");
}

/// Another seed may be tried by hand.
fn seed() -> u64 {
    std::env::var("DIFFERENTIAL_SEED").map_or(SEED, |s| s.parse().expect("DIFFERENTIAL_SEED is a number"))
}
