//! Reading and printing, from text to text.

use std::path::Path;

use super::*;

fn read(text: &str) -> Result<(Vec<Config>, Vec<String>), String> {
    let read = yaml::read_document(text, "d.yml", Path::new("/etc/x"), |value| {
        value.fields(|f| Some(Config::read_inline(f)))
    });
    match read {
        Ok((configs, warnings)) => Ok((configs, warnings.iter().map(ToString::to_string).collect())),
        Err(problems) => Err(problems.to_string()),
    }
}

#[test]
fn available_kinds_print_themselves_with_defaults() {
    let text = "\
static_configs:
- targets: [a:1, b:2]
  labels: {env: dev}
- targets: []
file_sd_configs:
- files: [targets/*.json, /abs/a.yml]
http_sd_configs:
- url: http://sd.example/targets
  basic_auth: {username: u, password: hush}
  refresh_interval: 10s
dns_sd_configs:
- names: [_a._tcp.example]
- names: [b.example]
  type: aaaa
  port: 9100
";
    let printed = "\
dns_sd_configs:
- names:
  - _a._tcp.example
  refresh_interval: 30s
  type: SRV
  port: 0
- names:
  - b.example
  refresh_interval: 30s
  type: AAAA
  port: 9100
file_sd_configs:
- files:
  - /etc/x/targets/*.json
  - /abs/a.yml
  refresh_interval: 5m
http_sd_configs:
- basic_auth:
    username: u
    password: <secret>
  follow_redirects: true
  enable_http2: true
  refresh_interval: 10s
  url: http://sd.example/targets
static_configs:
- targets:
  - a:1
  - b:2
  labels:
    env: dev
- targets: []
";
    let (configs, warnings) = read(text).unwrap();
    assert_eq!(yaml::write::to_string(&Config::to_yaml(&configs)), printed);
    assert_eq!(warnings, Vec::<String>::new());
    let Some(Config::Static(groups)) = configs.last() else { panic!("static configs come last") };
    let sources: Vec<&str> = groups.groups.iter().map(|g| g.source.as_str()).collect();
    assert_eq!(sources, ["0", "1"]);
}

#[test]
fn other_kinds_are_checked_and_warned_about() {
    let text = "\
consul_sd_configs:
- server: consul:8500
  token: hush
  services: [web]
  node_meta: {rack: a}
kubernetes_sd_configs:
- role: pod
  namespaces: {names: [n1], own_namespace: true}
  selectors: [{role: pod, label: app=x, field: status.phase=Running}]
";
    let (configs, warnings) = read(text).unwrap();
    assert_eq!(configs.iter().map(Config::name).collect::<Vec<_>>(), ["consul", "kubernetes"]);
    assert_eq!(
        warnings[0],
        "d.yml:2:3: consul_sd_configs[0]: discovery by consul is not available yet: it finds no targets"
    );
    let printed = yaml::write::to_string(&Config::to_yaml(&configs));
    assert!(printed.contains("token: <secret>") && printed.contains("rack: a"), "{printed}");
    assert!(!format!("{configs:?}{printed}").contains("hush"));
}

#[test]
fn all_kinds_are_known_and_in_order() {
    let keys: Vec<&str> = unavailable::KINDS.iter().map(|kind| kind.key).collect();
    assert!(keys.is_sorted(), "{keys:?}");
    assert_eq!(keys.len() + 3, 32, "the kinds of Prometheus 3.14, static_configs aside");
    for kind in unavailable::KINDS {
        assert_eq!(kind.key, format!("{}_sd_configs", kind.name));
    }
}

#[test]
fn mistakes() {
    for (text, expected) in [
        ("static_configs:\n- \n", "d.yml:2:3: static_configs[0]: empty or null section in static_configs"),
        (
            "static_configs: [{target: [a]}]\n",
            "static_configs[0].target: unknown field \"target\" (did you mean \"targets\"?)",
        ),
        (
            "file_sd_configs: [{}]\n",
            "file_sd_configs[0]: file service discovery config must contain at least one path name",
        ),
        (
            "file_sd_configs: [{files: [a.txt]}]\n",
            "d.yml:1:28: file_sd_configs[0].files[0]: path name \"a.txt\" is not valid for file discovery",
        ),
        ("file_sd_configs: [{files: ['*/a.json']}]\n", "path name \"*/a.json\" is not valid"),
        ("http_sd_configs: [{}]\n", "http_sd_configs[0]: URL is missing"),
        ("http_sd_configs: [{url: 'ftp://h/a'}]\n", "URL scheme must be 'http' or 'https'"),
        ("dns_sd_configs: [{}]\n", "DNS-SD config must contain at least one SRV record name"),
        (
            "dns_sd_configs: [{names: [a], type: A}]\n",
            "a port is required in DNS-SD configs for all record types except SRV",
        ),
        ("dns_sd_configs: [{names: [a], type: PTR}]\n", "\"PTR\" is not one of SRV, A, AAAA, MX, NS"),
        ("dns_sd_configs: [{names: [a], port: 70000}]\n", "70000 is out of range, allowed is 0 to 65535"),
        (
            "ec2_sd_configs: [{filters: [{name: a}]}]\n",
            "ec2_sd_configs[0].filters[0]: missing required field \"values\"",
        ),
        (
            "hetzner_sd_configs: [{role: cloud}]\n",
            "\"cloud\" is not one of robot, hcloud (did you mean \"hcloud\"?)",
        ),
        ("kubernetes_sd_configs: [{}]\n", "kubernetes_sd_configs[0]: missing required field \"role\""),
        (
            "kubernetes_sd_configs: [{role: node, follow_redirects: false}]\n",
            "please provide the 'api_server' URL explicitly",
        ),
        (
            "kubernetes_sd_configs: [{role: node, api_server: 'http://k', kubeconfig_file: a}]\n",
            "cannot use 'kubeconfig_file' and 'api_server' simultaneously",
        ),
        (
            "kubernetes_sd_configs: [{role: node, selectors: [{role: pod}]}]\n",
            "node role supports only node selectors",
        ),
        (
            "kubernetes_sd_configs: [{role: pod, selectors: [{role: pod}, {role: pod}]}]\n",
            "duplicated selector role: pod",
        ),
        (
            "kubernetes_sd_configs: [{role: pod, selectors: [{role: pod, field: a-b}]}]\n",
            "invalid selector: \"a-b\"",
        ),
        (
            "marathon_sd_configs: [{servers: [a], auth_token: t, auth_token_file: f}]\n",
            "at most one of auth_token & auth_token_file",
        ),
        (
            "azure_sd_configs: [{subscription_id: s, client_id: c, client_secret: x}]\n",
            "azure SD configuration requires a tenant_id",
        ),
        ("serverset_sd_configs: [{servers: [a], paths: [b]}]\n", "paths must begin with '/'"),
        (
            "scaleway_sd_configs: [{role: instance, project_id: p, access_key: a}]\n",
            "one of secret_key & secret_key_file must be configured",
        ),
        (
            "consul_sd_config: []\n",
            "unknown field \"consul_sd_config\" (did you mean \"consul_sd_configs\"?)",
        ),
    ] {
        let told = read(text).unwrap_err();
        assert!(told.contains(expected), "{text}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}
