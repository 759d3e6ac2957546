//! Which build this is.

use model::{Labels, MetricType};

use crate::Registry;
use crate::registry::number;

/// The Prometheus whose behaviour, API and metrics this build has. Clients choose their ways by it.
pub const PROMETHEUS_VERSION: &str = "3.14.0";

/// Which build this is. What is not known is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildInfo {
    /// Our own version.
    pub version: &'static str,
    /// The commit.
    pub revision: &'static str,
    /// Its branch.
    pub branch: &'static str,
    /// Who built it.
    pub build_user: &'static str,
    /// When.
    pub build_date: &'static str,
    /// The compiler, such as `rustc 1.95.0`; told where Go programs tell Go's version.
    pub compiler: &'static str,
}

impl BuildInfo {
    /// Returns what was known when this was compiled: `BONGSU_REVISION`, `BONGSU_BRANCH`, `BONGSU_BUILD_USER`,
    /// `BONGSU_BUILD_DATE`, `BONGSU_COMPILER` in the environment.
    pub fn current() -> BuildInfo {
        BuildInfo {
            version: env!("CARGO_PKG_VERSION"),
            revision: option_env!("BONGSU_REVISION").unwrap_or_default(),
            branch: option_env!("BONGSU_BRANCH").unwrap_or_default(),
            build_user: option_env!("BONGSU_BUILD_USER").unwrap_or_default(),
            build_date: option_env!("BONGSU_BUILD_DATE").unwrap_or_default(),
            compiler: option_env!("BONGSU_COMPILER").unwrap_or("rustc"),
        }
    }
}

/// Registers `<program>_build_info`, constant 1; `version` is the one that dashboards compare, `bongsu_build_info` with our
/// own version stands beside it.
pub fn register(registry: &Registry, program: &'static str, version: &'static str) {
    registry.register(move |out| {
        out.push(info(program, version));
        if program != "bongsu" {
            out.push(info("bongsu", env!("CARGO_PKG_VERSION")));
        }
    });
}

fn info(program: &str, version: &str) -> exposition::MetricFamily {
    let build = BuildInfo::current();
    let labels = Labels::from_pairs([
        ("branch", build.branch),
        ("goarch", go_architecture(std::env::consts::ARCH)),
        ("goos", std::env::consts::OS),
        ("goversion", build.compiler),
        ("revision", build.revision),
        ("version", version),
    ]);
    let help = format!(
        "A metric with a constant '1' value labeled by version, revision, branch, goversion from which {program} was \
         built, and the goos and goarch for the build."
    );
    number(&format!("{program}_build_info"), &help, MetricType::Gauge, [(labels, 1.0)])
}

fn go_architecture(rust: &str) -> &str {
    match rust {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_both_versions() {
        let registry = Registry::new();
        register(&registry, "prometheus", PROMETHEUS_VERSION);
        let families = registry.gather();
        let told: Vec<(&str, &str)> =
            families.iter().map(|f| (f.name.as_str(), f.metrics[0].labels.get("version"))).collect();
        let own = env!("CARGO_PKG_VERSION");
        assert_eq!(told, [("bongsu_build_info", own), ("prometheus_build_info", PROMETHEUS_VERSION)]);
    }
}
