//! Rules of `kubernetes_sd_configs` across its fields.

use transport::config::HttpClientConfig;
use yaml::{Fields, Read, Value};

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
    let api_server = f.is_set("api_server");
    let kubeconfig = f.is_set("kubeconfig_file");
    let own_namespace = f.get("namespaces").and_then(|v| {
        v.entries()?.into_iter().find(|(name, _)| *name == "own_namespace").and_then(|(_, v)| bool::read(&v))
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
        for (_, value) in entries.iter().filter(|(name, _)| *name == "field") {
            check_field_selector(value);
        }
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

/// A field selector is terms `path=value`, `path==value` or `path!=value`, joined by commas.
fn check_field_selector(value: &Value<'_>) {
    let Some(text) = value.text() else { return };
    for term in text.split(',').filter(|t| !t.is_empty()) {
        if !term.contains('=') {
            value.problem(format!("invalid selector: {text:?}; can't understand {term:?}"));
        }
    }
}
