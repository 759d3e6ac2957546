//! Any bytes as packets, streams of news and exchanges of a cluster: counted and left, or taken within the bounds; time goes on.
#![no_main]

use std::time::Duration;

use alerting::cluster::{Core, CoreSettings, Event, Identity, read_news};
use libfuzzer_sys::fuzz_target;

/// What a packet of ours begins with: magic and an empty label.
const HEAD: &[u8] = b"BgG1\0";

fn core() -> Core {
    let second = Duration::from_secs(1);
    let settings = CoreSettings {
        label: String::new(),
        gossip_interval: second / 5,
        exchange_interval: second * 60,
        probe_interval: second,
        probe_timeout: second / 2,
        reconnect_interval: second * 10,
        reconnect_timeout: second * 600,
    };
    let address = "10.0.0.1:9094".parse().expect("an address");
    Core::new(Identity { address, name: "a".to_owned(), generation: 1 }, settings, 1)
}

fuzz_target!(|input: Vec<(u8, Vec<u8>)>| {
    let mut core = core();
    let mut now = Duration::from_secs(1);
    for (kind, bytes) in input.iter().take(32) {
        match kind % 4 {
            0 => core.handle_packet(bytes, now),
            // What is framed well gets further.
            1 => core.handle_packet(&[HEAD, bytes.as_slice()].concat(), now),
            2 => drop(core.handle_exchange(bytes, None, now)),
            _news => drop(read_news(bytes)),
        }
        now += Duration::from_millis(u64::from(*kind) * 20);
        core.handle_timeout(now);
        let mut packets = 0;
        while let Some(event) = core.poll_event() {
            packets += usize::from(matches!(event, Event::Packet { .. }));
        }
        assert!(packets < 10_000, "one message makes us send {packets} packets");
        assert!(core.size() <= 1025 && core.alive().len() <= 1024);
    }
});
