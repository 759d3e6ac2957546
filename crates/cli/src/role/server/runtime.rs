//! Facts about this process, and whether its configuration is the one on disk.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use telemetry::{Gauge, Registry};

/// Facts about this process.
pub struct Facts {
    started_ms: i64,
    hostname: String,
    reload_ok: AtomicBool,
    reloaded_ms: AtomicI64,
    ok_gauge: Gauge,
    time_gauge: Gauge,
}

impl Facts {
    pub fn new(registry: &Registry) -> Facts {
        Facts {
            started_ms: now_ms(),
            hostname: hostname(),
            reload_ok: AtomicBool::new(false),
            reloaded_ms: AtomicI64::new(0),
            ok_gauge: registry.gauge(
                "prometheus_config_last_reload_successful",
                "Whether the last configuration reload attempt was successful.",
            ),
            time_gauge: registry.gauge(
                "prometheus_config_last_reload_success_timestamp_seconds",
                "Timestamp of the last successful configuration reload.",
            ),
        }
    }

    /// Notes the outcome of loading the configuration.
    pub fn reloaded(&self, ok: bool) {
        self.reload_ok.store(ok, Ordering::Relaxed);
        self.ok_gauge.set(f64::from(u8::from(ok)));
        if ok {
            let now = now_ms();
            self.reloaded_ms.store(now, Ordering::Relaxed);
            self.time_gauge.set(now as f64 / 1e3);
        }
    }
}

impl server::parts::Runtime for Facts {
    fn started_ms(&self) -> i64 {
        self.started_ms
    }
    fn now_ms(&self) -> i64 {
        now_ms()
    }
    fn hostname(&self) -> String {
        self.hostname.clone()
    }
    fn reload(&self) -> (bool, i64) {
        (self.reload_ok.load(Ordering::Relaxed), self.reloaded_ms.load(Ordering::Relaxed))
    }
}

/// The clock, in milliseconds since the epoch.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
}

/// The host's name.
pub fn hostname() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
