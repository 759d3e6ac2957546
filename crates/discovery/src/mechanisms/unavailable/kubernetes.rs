//! Rules of `kubernetes_sd_configs` across its fields.

use transport::config::HttpClientConfig;
use yaml::Fields;

/// What may be discovered.
pub(super) const ROLES: &[(&str, ())] =
    &[("node", ()), ("service", ()), ("pod", ()), ("endpoints", ()), ("endpointslice", ()), ("ingress", ())];

/// Which roles a role may select by.
const SELECTORS: [(&str, &[&str]); 6] = [
    ("pod", &["pod", "node"]),
    ("service", &["service"]),
    ("endpointslice", &["pod", "service", "endpointslice"]),
    ("endpoints", &["pod", "service", "endpoints"]),
    ("node", &["node"]),
    ("ingress", &["ingress"]),
];

pub(super) fn check(f: &Fields<'_>) {
    check_server(f);
    check_selectors(f);
}

fn check_server(f: &Fields<'_>) {
    let api_server = f.get("api_server").is_some_and(|v| v.text() != Some(""));
    let kubeconfig = f.get("kubeconfig_file").is_some_and(|v| v.text() != Some(""));
    let own_namespace = f.get("namespaces").and_then(|v| {
        v.entries()?
            .into_iter()
            .find(|(name, _)| *name == "own_namespace")
            .map(|(_, v)| v.text() == Some("true"))
    });
    let own_namespace = own_namespace.unwrap_or(false);
    let report_count = f.value().context().report.problem_count();
    let client = HttpClientConfig::read_inline(f, HttpClientConfig::default());
    let custom_client = client != HttpClientConfig::default();
    if f.value().context().report.problem_count() != report_count {
        return;
    }
    if api_server && kubeconfig {
        f.problem("kubeconfig_file", "cannot use 'kubeconfig_file' and 'api_server' simultaneously");
    }
    if kubeconfig && custom_client {
        let message = "cannot use a custom HTTP client configuration together with 'kubeconfig_file'";
        f.problem("kubeconfig_file", message);
    } else if !api_server && custom_client {
        let message =
            "to use custom HTTP client configuration please provide the 'api_server' URL explicitly";
        f.value().problem(message);
    }
    if api_server && own_namespace {
        f.problem("namespaces", "cannot use 'api_server' and 'namespaces.own_namespace' simultaneously");
    }
    if kubeconfig && own_namespace {
        f.problem("namespaces", "cannot use 'kubeconfig_file' and 'namespaces.own_namespace' simultaneously");
    }
}

fn check_selectors(f: &Fields<'_>) {
    let Some(role) = f.get("role").and_then(|v| v.text()) else { return };
    let Some((_, allowed)) = SELECTORS.iter().find(|(name, _)| *name == role) else { return };
    let mut seen: Vec<&str> = Vec::new();
    for selector in f.get("selectors").and_then(|v| v.items()).unwrap_or_default() {
        let entries = selector.entries().unwrap_or_default();
        let Some((_, value)) = entries.iter().find(|(name, _)| *name == "role") else { continue };
        let Some(by) = value.text() else { continue };
        if seen.contains(&by) {
            value.problem(format!("duplicated selector role: {by}"));
        }
        seen.push(by);
        if !allowed.contains(&by) {
            value.problem(format!("{role} role supports only {} selectors", allowed.join(", ")));
        }
    }
}
