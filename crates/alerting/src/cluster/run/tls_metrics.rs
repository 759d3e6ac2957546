//! Figures of the encrypted way to others, under the original's names. They are there only where there is TLS.

use telemetry::{Counter, Family, Registry};

/// What travels by TLS.
#[derive(Clone)]
pub(super) struct TlsMetrics {
    pub(super) packet_bytes_sent: Counter,
    pub(super) packet_bytes_received: Counter,
    pub(super) streams_sent: Counter,
    pub(super) streams_received: Counter,
    pub(super) read_errors: Counter,
    write_errors: Family<Counter>,
}

impl TlsMetrics {
    pub(super) fn new(registry: &Registry) -> TlsMetrics {
        let counter =
            |name: &str, help| registry.counter(&format!("alertmanager_tls_transport_{name}"), help);
        TlsMetrics {
            packet_bytes_sent: counter(
                "packet_bytes_sent_total",
                "The number of packet bytes sent to outgoing connections (excluding internal metadata).",
            ),
            packet_bytes_received: counter(
                "packet_bytes_received_total",
                "The number of packet bytes received from incoming connections (excluding internal metadata).",
            ),
            streams_sent: counter("stream_connections_sent_total", "The number of stream connections sent."),
            streams_received: counter(
                "stream_connections_received_total",
                "The number of stream connections received.",
            ),
            read_errors: counter(
                "read_errors_total",
                "The number of errors encountered while reading from incoming connections.",
            ),
            write_errors: registry.counter_family(
                "alertmanager_tls_transport_write_errors_total",
                "The number of errors encountered while writing to outgoing connections.",
                &["connection_type"],
            ),
        }
    }

    /// Counts a packet that went out, or did not.
    pub(super) fn packet(&self, bytes: usize, sent: bool) {
        if sent {
            self.packet_bytes_sent.inc_by(bytes as u64);
        } else {
            self.write_errors.with(&["packet"]).inc();
        }
    }

    /// Counts a connection that we dialled for a stream.
    pub(super) fn stream(&self, reached: bool) {
        if reached {
            self.streams_sent.inc();
        } else {
            self.write_errors.with(&["stream"]).inc();
        }
    }
}
