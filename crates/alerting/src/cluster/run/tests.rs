use std::path::Path;

use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use super::*;
use crate::cluster::core::CoreSettings;
use crate::config::Config;
use crate::manager::Bounds;
use crate::matchers::{Syntax, parse};
use crate::silences::{Limits, Silence};

fn alertmanager(registry: &Registry) -> Arc<Alertmanager> {
    let text = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n";
    let config = Config::read(text, "am.yml", Path::new("/"), Syntax::Fallback).unwrap().0;
    let options = crate::run::Options {
        data_dir: None,
        retention: SignedDuration::from_hours(120),
        maintenance_interval: Duration::from_secs(900),
        gc_interval: Duration::from_secs(1800),
        start_delay: SignedDuration::ZERO,
        bounds: Bounds::default(),
        limits: Limits::default(),
        external_url: "http://am".to_owned(),
        user_agent: "test".to_owned(),
        silence_guard: None,
        ledger: None,
        features: Default::default(),
        log_silences: false,
    };
    Alertmanager::open(options, config, registry).unwrap()
}

fn options(name: &str, peers: &[String]) -> Options {
    Options {
        listen_address: "127.0.0.1:0".to_owned(),
        advertise_address: String::new(),
        peer_name: name.to_owned(),
        peers: peers.to_vec(),
        peer_timeout: Duration::from_secs(15),
        resolve_timeout: Duration::from_secs(5),
        tcp_timeout: Duration::from_secs(5),
        settle_timeout: Duration::from_secs(30),
        allow_public_address: false,
        tls: None,
        core: CoreSettings {
            label: "test".to_owned(),
            gossip_interval: Duration::from_millis(10),
            exchange_interval: Duration::from_millis(500),
            probe_interval: Duration::from_millis(200),
            probe_timeout: Duration::from_millis(100),
            reconnect_interval: Duration::from_millis(200),
            reconnect_timeout: Duration::from_secs(60),
        },
    }
}

/// A replica that takes part until it is dropped.
struct Replica {
    am: Arc<Alertmanager>,
    cluster: Arc<Cluster>,
    registry: Registry,
    stop: CancellationToken,
}

impl Replica {
    async fn start(options: Options) -> Replica {
        let registry = Registry::new();
        let am = alertmanager(&registry);
        let cluster = Cluster::open(options, &am, &registry).await.unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(Arc::clone(&cluster).run(stop.clone()));
        Replica { am, cluster, registry, stop }
    }

    fn address(&self) -> String {
        let own = self.cluster.core.lock().identity().address;
        own.to_string()
    }

    fn metrics(&self) -> String {
        let format = exposition::format::Format {
            encoding: exposition::format::Encoding::Text,
            escaping: exposition::EscapingScheme::AllowUtf8,
        };
        String::from_utf8(exposition::write(&self.registry.gather(), format)).unwrap()
    }

    fn silence(&self, comment: &str) -> String {
        let now = Timestamp::now();
        self.am
            .set_silence(Silence {
                id: String::new(),
                matcher_sets: vec![parse("a=b", Syntax::Utf8).unwrap().value],
                receiver_matcher_sets: Vec::new(),
                starts_at: now,
                ends_at: crate::alert::later(now, SignedDuration::from_hours(1)),
                updated_at: now,
                created_by: "me".to_owned(),
                comment: comment.to_owned(),
                annotations: Default::default(),
            })
            .unwrap()
    }

    fn knows(&self, silence: &str) -> bool {
        self.am.read(|manager, _| manager.silences().get(silence).is_some())
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The program's TLS stack, as its `main` chooses it.
fn rustls_provider() {
    // Another test may have been faster.
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
}

async fn until(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < deadline, "waited too long for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn replicas_share_silences_however_large() {
    let first = Replica::start(options("b", &[])).await;
    let early = first.silence("before the other came");
    assert!(first.am.cluster_status().unwrap().settled, "nobody to wait for");
    let second = Replica::start(options("a", &[first.address()])).await;
    assert!(!second.am.cluster_status().unwrap().settled);
    until("both to see both", || {
        [&first, &second].iter().all(|r| r.am.cluster_status().unwrap().peers.len() == 2)
    })
    .await;
    let status = first.am.cluster_status().unwrap();
    assert_eq!((status.name.as_str(), status.peers[0].0.as_str()), ("b", "a"));
    assert_eq!(status.peers[1].1, first.address());
    until("the settled state", || second.am.cluster_status().unwrap().settled).await;
    let small = second.silence("small");
    let large = second.silence(&"large ".repeat(2_000));
    until("the silences", || [&early, &small, &large].iter().all(|id| first.knows(id) && second.knows(id)))
        .await;
    let metrics = first.metrics();
    for line in [
        "alertmanager_cluster_members 2",
        "alertmanager_peer_position 1",
        "alertmanager_cluster_failed_peers 0",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
}

#[tokio::test]
async fn a_label_keeps_clusters_apart() {
    let first = Replica::start(options("a", &[])).await;
    let mut other = options("b", &[first.address()]);
    other.core.label = "best".to_owned();
    let other = Replica::start(other).await;
    until("a refused stream", || first.cluster.metrics.streams_refused.get() > 0.0).await;
    assert_eq!((first.cluster.status().peers.len(), other.cluster.status().peers.len()), (1, 1));
}

/// A configuration with a certificate for 127.0.0.1 that an authority of its own signed; each side demands the other's.
fn certificates(dir: &Path) -> transport::peer::PeerTlsConfig {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let cert = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    for (name, text) in
        [("ca.pem", authority_pem), ("cert.pem", cert.pem()), ("key.pem", key.serialize_pem())]
    {
        std::fs::write(dir.join(name), text).unwrap();
    }
    let text = "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_ca_file: ca.pem, client_auth_type: RequireAndVerifyClientCert}\n\
                tls_client_config: {cert_file: cert.pem, key_file: key.pem, ca_file: ca.pem}\n";
    yaml::read_document(text, "tls.yml", dir, yaml::Read::read).unwrap().0
}

#[tokio::test]
async fn with_certificates_everything_is_encrypted_and_strangers_stay_out() {
    rustls_provider();
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (ours, other) = (certificates(dirs[0].path()), certificates(dirs[1].path()));
    let encrypted = |name: &str, peers: &[String], tls| Options { tls, ..options(name, peers) };
    let first = Replica::start(encrypted("a", &[], Some(ours.clone()))).await;
    let second = Replica::start(encrypted("b", &[first.address()], Some(ours))).await;
    until("both to see both", || {
        [&first, &second].iter().all(|r| r.am.cluster_status().unwrap().peers.len() == 2)
    })
    .await;
    until("the settled state", || second.am.cluster_status().unwrap().settled).await;
    let small = first.silence("small");
    let large = second.silence(&"large ".repeat(2_000));
    until("the silences", || [&small, &large].iter().all(|id| first.knows(id) && second.knows(id))).await;
    // Another authority's certificate, and none at all.
    let refused = || first.cluster.metrics.streams_refused.get();
    let strangers =
        [encrypted("c", &[first.address()], Some(other)), encrypted("d", &[first.address()], None)];
    for stranger in strangers {
        let before = refused();
        let stranger = Replica::start(stranger).await;
        until("a refusal", || refused() > before).await;
        assert_eq!(stranger.cluster.status().peers.len(), 1);
    }
    assert_eq!(first.cluster.status().peers.len(), 2);
}

#[tokio::test]
async fn strangers_at_the_port_are_turned_away() {
    let mut patient = options("a", &[]);
    patient.tcp_timeout = Duration::from_millis(200);
    let replica = Replica::start(patient).await;
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"BgS1\x04test\x01\xff\xff\xff\xff",
        b"BgS1\x04test\x01\x00\x10\x00\x00",
    ] {
        let refused = replica.cluster.metrics.streams_refused.get();
        let mut connection = TcpStream::connect(replica.address()).await.unwrap();
        connection.write_all(bytes).await.unwrap();
        // Closed, be it at once or because nothing comes.
        connection.read_to_end(&mut Vec::new()).await.ok();
        until("a counted refusal", || replica.cluster.metrics.streams_refused.get() > refused).await;
    }
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    stranger.send_to(b"hello", replica.address()).await.unwrap();
    stranger.send_to(&[0; 4_000], replica.address()).await.unwrap();
    until("counted packets", || replica.cluster.core.lock().counters().malformed == 2).await;
    assert_eq!(replica.cluster.status().peers.len(), 1);
}

#[tokio::test]
async fn mistakes_in_addresses_are_named() {
    let registry = Registry::new();
    let am = alertmanager(&registry);
    for (listen, advertise, error) in [
        ("nonsense", "", "--cluster.listen-address \"nonsense\": expected HOST:PORT"),
        ("127.0.0.1:0", "x", "--cluster.advertise-address \"x\": expected HOST:PORT"),
        ("192.0.2.77:0", "", "cluster: cannot listen on 192.0.2.77:0"),
    ] {
        let options = Options {
            listen_address: listen.to_owned(),
            advertise_address: advertise.to_owned(),
            ..options("a", &[])
        };
        let got = Cluster::open(options, &am, &registry).await.err().unwrap().to_string();
        assert!(got.starts_with(error), "{got}");
    }
}
