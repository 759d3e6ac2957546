//! The fields of each kind.
//!
//! Source: Prometheus 3.14 `discovery/*/*.go`, the `SDConfig` structs.

use yaml::Fields;
use yaml::schema::Type;

use super::kubernetes;
use super::{Client, Kind};

use Type::{
    Bool, Duration, Integer, List, Map, Path, Required, RequiredList, RequiredSecret, Secret, Section,
    Sections, Text, Word,
};

/// A list of allowed words.
macro_rules! words {
    ($($word:literal),+) => { &[$(($word, ())),+] };
}

/// How AWS and Docker narrow down what they list.
const FILTERS: Type = Sections(&[("name", Text), ("values", RequiredList)]);

/// Fields that all kinds of AWS share.
const AWS: [(&str, Type); 9] = [
    ("region", Text),
    ("endpoint", Text),
    ("access_key", Text),
    ("secret_key", Secret),
    ("profile", Text),
    ("role_arn", Text),
    ("external_id", Text),
    ("refresh_interval", Duration),
    ("port", Integer),
];

const AWS_FIELDS: &[(&str, Type)] = &[
    ("role", Word(words!["ec2", "ecs", "elasticache", "lightsail", "msk", "rds"], true)),
    AWS[0],
    AWS[1],
    AWS[2],
    AWS[3],
    AWS[4],
    AWS[5],
    AWS[6],
    AWS[7],
    AWS[8],
    ("filters", FILTERS),
    ("clusters", List),
];
const EC2_FIELDS: &[(&str, Type)] =
    &[AWS[0], AWS[1], AWS[2], AWS[3], AWS[4], AWS[5], AWS[6], AWS[7], AWS[8], ("filters", FILTERS)];

/// All kinds that are recognised but not available, sorted by key.
pub const KINDS: &[Kind] = &[
    kind("aws", "aws_sd_configs", AWS_FIELDS, Client::Http, anything),
    kind("azure", "azure_sd_configs", AZURE, Client::Http, check_azure),
    kind("consul", "consul_sd_configs", CONSUL, Client::Http, check_consul),
    kind("digitalocean", "digitalocean_sd_configs", DIGITALOCEAN, Client::Http, anything),
    kind("docker", "docker_sd_configs", DOCKER, Client::Http, anything),
    kind("dockerswarm", "dockerswarm_sd_configs", DOCKERSWARM, Client::Http, anything),
    kind("ec2", "ec2_sd_configs", EC2_FIELDS, Client::Http, anything),
    kind("eureka", "eureka_sd_configs", EUREKA, Client::Http, check_eureka),
    kind("gce", "gce_sd_configs", GCE, Client::None, anything),
    kind("hetzner", "hetzner_sd_configs", HETZNER, Client::Http, anything),
    kind("ionos", "ionos_sd_configs", IONOS, Client::Http, anything),
    kind("kubernetes", "kubernetes_sd_configs", KUBERNETES, Client::Http, kubernetes::check),
    kind("kuma", "kuma_sd_configs", KUMA, Client::Http, anything),
    kind("lightsail", "lightsail_sd_configs", &AWS, Client::Http, anything),
    kind("linode", "linode_sd_configs", LINODE, Client::Http, anything),
    kind("marathon", "marathon_sd_configs", MARATHON, Client::Http, check_marathon),
    kind("nerve", "nerve_sd_configs", ZOOKEEPER, Client::None, check_paths),
    kind("nomad", "nomad_sd_configs", NOMAD, Client::Http, anything),
    kind("oci", "oci_sd_configs", OCI, Client::Http, check_oci),
    kind("openstack", "openstack_sd_configs", OPENSTACK, Client::Tls, anything),
    kind("outscale", "outscale_sd_configs", OUTSCALE, Client::Http, check_secret_key),
    kind("ovhcloud", "ovhcloud_sd_configs", OVHCLOUD, Client::None, anything),
    kind("puppetdb", "puppetdb_sd_configs", PUPPETDB, Client::Http, check_puppetdb),
    kind("scaleway", "scaleway_sd_configs", SCALEWAY, Client::Http, check_secret_key),
    kind("serverset", "serverset_sd_configs", ZOOKEEPER, Client::None, check_paths),
    kind("stackit", "stackit_sd_configs", STACKIT, Client::Http, check_stackit),
    kind("triton", "triton_sd_configs", TRITON, Client::Tls, anything),
    kind("uyuni", "uyuni_sd_configs", UYUNI, Client::Http, anything),
    kind("vultr", "vultr_sd_configs", VULTR, Client::Http, anything),
];

const fn kind(
    name: &'static str,
    key: &'static str,
    fields: &'static [(&'static str, Type)],
    client: Client,
    check: fn(&Fields<'_>),
) -> Kind {
    Kind { name, key, fields, client, check }
}

const AZURE: &[(&str, Type)] = &[
    ("environment", Text),
    ("port", Integer),
    ("subscription_id", Required),
    ("tenant_id", Text),
    ("client_id", Text),
    ("client_secret", Secret),
    ("refresh_interval", Duration),
    ("authentication_method", Word(words!["OAuth", "ManagedIdentity", "SDK", "WorkloadIdentity"], false)),
    ("resource_group", Text),
];
const CONSUL: &[(&str, Type)] = &[
    ("server", Text),
    ("path_prefix", Text),
    ("token", Secret),
    ("datacenter", Text),
    ("namespace", Text),
    ("partition", Text),
    ("tag_separator", Text),
    ("scheme", Text),
    ("username", Text),
    ("password", Secret),
    ("allow_stale", Bool),
    ("refresh_interval", Duration),
    ("services", List),
    ("tags", List),
    ("node_meta", Map),
    ("filter", Text),
    ("health_filter", Text),
];
const DIGITALOCEAN: &[(&str, Type)] = &[
    ("refresh_interval", Duration),
    ("port", Integer),
    ("role", Word(words!["droplets", "databases"], false)),
];
const DOCKER: &[(&str, Type)] = &[
    ("host", Required),
    ("port", Integer),
    ("filters", FILTERS),
    ("host_networking_host", Text),
    ("refresh_interval", Duration),
    ("match_first_network", Bool),
];
const DOCKERSWARM: &[(&str, Type)] = &[
    ("host", Required),
    ("role", Word(words!["services", "nodes", "tasks"], true)),
    ("port", Integer),
    ("filters", FILTERS),
    ("refresh_interval", Duration),
];
const EUREKA: &[(&str, Type)] = &[("server", Required), ("refresh_interval", Duration)];
const GCE: &[(&str, Type)] = &[
    ("project", Required),
    ("zone", Required),
    ("filter", Text),
    ("refresh_interval", Duration),
    ("port", Integer),
    ("tag_separator", Text),
];
const HETZNER: &[(&str, Type)] = &[
    ("refresh_interval", Duration),
    ("port", Integer),
    ("role", Word(words!["robot", "hcloud"], true)),
    ("label_selector", Text),
];
const IONOS: &[(&str, Type)] =
    &[("datacenter_id", Required), ("refresh_interval", Duration), ("port", Integer)];
const KUBERNETES: &[(&str, Type)] = &[
    ("api_server", Text),
    ("role", Word(kubernetes::ROLES, true)),
    ("kubeconfig_file", Path),
    ("namespaces", Section(&[("own_namespace", Bool), ("names", List)])),
    ("selectors", Sections(&[("role", Word(kubernetes::ROLES, true)), ("label", Text), ("field", Text)])),
    (
        "attach_metadata",
        Section(&[
            ("node", Bool),
            ("namespace", Bool),
            ("deployment", Bool),
            ("job", Bool),
            ("cronjob", Bool),
        ]),
    ),
];
const KUMA: &[(&str, Type)] =
    &[("refresh_interval", Duration), ("fetch_timeout", Duration), ("server", Required), ("client_id", Text)];
const LINODE: &[(&str, Type)] =
    &[("refresh_interval", Duration), ("port", Integer), ("tag_separator", Text), ("region", Text)];
const MARATHON: &[(&str, Type)] = &[
    ("servers", RequiredList),
    ("refresh_interval", Duration),
    ("auth_token", Secret),
    ("auth_token_file", Path),
];
const NOMAD: &[(&str, Type)] = &[
    ("allow_stale", Bool),
    ("namespace", Text),
    ("refresh_interval", Duration),
    ("region", Text),
    ("server", Text),
    ("tag_separator", Text),
];
const OCI: &[(&str, Type)] = &[
    ("auth", Word(words!["api_key", "instance_principal"], false)),
    ("tenancy", Text),
    ("user", Text),
    ("fingerprint", Text),
    ("key_file", Path),
    ("key_passphrase", Secret),
    ("key_passphrase_file", Path),
    ("region", Required),
    ("compartments", List),
    ("port", Integer),
    ("refresh_interval", Duration),
];
const OPENSTACK: &[(&str, Type)] = &[
    ("identity_endpoint", Text),
    ("username", Text),
    ("userid", Text),
    ("password", Secret),
    ("project_name", Text),
    ("project_id", Text),
    ("domain_name", Text),
    ("domain_id", Text),
    ("application_credential_name", Text),
    ("application_credential_id", Text),
    ("application_credential_secret", Secret),
    ("role", Word(words!["instance", "hypervisor", "loadbalancer"], true)),
    ("region", Required),
    ("refresh_interval", Duration),
    ("port", Integer),
    ("all_tenants", Bool),
    ("availability", Word(words!["public", "internal", "admin"], false)),
];
const OUTSCALE: &[(&str, Type)] = &[
    ("endpoint", Text),
    ("region", Required),
    ("access_key", Required),
    ("secret_key", Secret),
    ("secret_key_file", Path),
    ("refresh_interval", Duration),
    ("port", Integer),
];
const OVHCLOUD: &[(&str, Type)] = &[
    ("endpoint", Text),
    ("application_key", Required),
    ("application_secret", RequiredSecret),
    ("consumer_key", RequiredSecret),
    ("refresh_interval", Duration),
    ("service", Word(words!["dedicated_server", "vps"], true)),
];
const PUPPETDB: &[(&str, Type)] = &[
    ("refresh_interval", Duration),
    ("url", Required),
    ("query", Required),
    ("include_parameters", Bool),
    ("port", Integer),
];
const SCALEWAY: &[(&str, Type)] = &[
    ("project_id", Required),
    ("api_url", Text),
    ("zone", Text),
    ("access_key", Required),
    ("secret_key", Secret),
    ("secret_key_file", Path),
    ("name_filter", Text),
    ("tags_filter", List),
    ("refresh_interval", Duration),
    ("port", Integer),
    ("role", Word(words!["instance", "baremetal"], true)),
];
const STACKIT: &[(&str, Type)] = &[
    ("project", Text),
    ("refresh_interval", Duration),
    ("port", Integer),
    ("region", Text),
    ("endpoint", Text),
    ("service_account_key", Secret),
    ("private_key", Secret),
    ("service_account_key_path", Path),
    ("private_key_path", Path),
    ("credentials_file_path", Path),
];
const TRITON: &[(&str, Type)] = &[
    ("account", Required),
    ("role", Word(words!["container", "cn"], false)),
    ("dns_suffix", Required),
    ("endpoint", Required),
    ("groups", List),
    ("port", Integer),
    ("refresh_interval", Duration),
    ("version", Integer),
];
const UYUNI: &[(&str, Type)] = &[
    ("server", Required),
    ("username", Required),
    ("password", RequiredSecret),
    ("entitlement", Text),
    ("separator", Text),
    ("refresh_interval", Duration),
];
const VULTR: &[(&str, Type)] = &[("refresh_interval", Duration), ("port", Integer)];
const ZOOKEEPER: &[(&str, Type)] =
    &[("servers", RequiredList), ("paths", RequiredList), ("timeout", Duration)];

/// No rules across fields.
fn anything(_: &Fields<'_>) {}

/// OAuth, which is the default, needs all three identifiers.
fn check_azure(f: &Fields<'_>) {
    let method = f.optional::<String>("authentication_method");
    if method.is_none_or(|m| m == "OAuth") {
        for name in ["tenant_id", "client_id", "client_secret"] {
            if !f.is_set(name) {
                f.problem(name, format!("azure SD configuration requires a {name}"));
            }
        }
    }
    if f.is_set("basic_auth") && f.is_set("authorization") {
        f.problem("authorization", "at most one of basic_auth and authorization can be configured");
    }
}

fn check_consul(f: &Fields<'_>) {
    if f.get("server").is_some_and(|v| v.text() == Some("")) {
        f.problem("server", "consul SD configuration requires a server address");
    }
    if (f.is_set("username") || f.is_set("password")) && f.get("basic_auth").is_some() {
        let message =
            "at most one of consul SD configuration username and password and basic auth can be configured";
        f.problem("basic_auth", message);
    }
    if f.is_set("token") && (f.get("authorization").is_some() || f.get("oauth2").is_some()) {
        f.problem("token", "at most one of consul SD token, authorization, or oauth2 can be configured");
    }
}

fn check_eureka(f: &Fields<'_>) {
    if let Some(server) = f.get("server")
        && server.text().is_some_and(|t| !t.is_empty() && yaml::Link::parse(t).is_err())
    {
        server.problem("eureka_sd: invalid eureka server URL");
    }
}

fn check_marathon(f: &Fields<'_>) {
    let tokens = [f.is_set("auth_token"), f.is_set("auth_token_file")].iter().filter(|set| **set).count();
    let others = ["basic_auth", "authorization", "bearer_token", "bearer_token_file", "oauth2"];
    if tokens > 1 {
        let message = "marathon_sd: at most one of auth_token & auth_token_file must be configured";
        f.problem("auth_token_file", message);
    }
    if tokens > 0
        && let Some(other) = others.into_iter().find(|name| f.get(name).is_some())
    {
        f.problem(
            other,
            format!("marathon_sd: at most one of {other}, auth_token & auth_token_file must be configured"),
        );
    }
}

fn check_paths(f: &Fields<'_>) {
    for path in f.get("paths").and_then(|v| v.items()).unwrap_or_default() {
        if path.text().is_some_and(|t| !t.starts_with('/')) {
            path.problem("paths must begin with '/'");
        }
    }
}

fn check_oci(f: &Fields<'_>) {
    let own_key = ["tenancy", "user", "fingerprint", "key_file"];
    let principal = f.optional::<String>("auth").is_some_and(|a| a == "instance_principal");
    for name in own_key {
        if principal && f.is_set(name) {
            f.problem(name, format!("oci_sd: instance_principal auth must not have {name} set"));
        } else if !principal && !f.is_set(name) {
            f.problem(name, format!("oci_sd: api_key auth requires {name}"));
        }
    }
    if f.is_set("key_passphrase") && f.is_set("key_passphrase_file") {
        let message = "oci_sd: at most one of key_passphrase and key_passphrase_file must be configured";
        f.problem("key_passphrase_file", message);
    }
}

fn check_secret_key(f: &Fields<'_>) {
    match (f.is_set("secret_key"), f.is_set("secret_key_file")) {
        (false, false) => f.value().problem("one of secret_key & secret_key_file must be configured"),
        (true, true) => {
            f.problem("secret_key_file", "at most one of secret_key & secret_key_file must be configured");
        }
        (true, false) | (false, true) => {}
    }
}

fn check_puppetdb(f: &Fields<'_>) {
    let Some(url) = f.get("url") else { return };
    match url.text().map(yaml::Link::parse) {
        Some(Ok(link)) if !matches!(link.scheme(), "http" | "https") => {
            url.problem("URL scheme must be 'http' or 'https'");
        }
        Some(Err(error)) => url.problem(error.to_string()),
        Some(Ok(_)) | None => {}
    }
}

fn check_stackit(f: &Fields<'_>) {
    match f.get("endpoint").filter(|v| !v.is_empty_text()) {
        Some(endpoint) => {
            if let Some(Err(error)) = endpoint.text().map(yaml::Link::parse) {
                endpoint.problem(format!("stackit_sd: invalid endpoint: {error}"));
            }
        }
        None if f.get("region").is_some_and(|v| v.is_empty_text()) => {
            f.problem("region", "stackit_sd: endpoint and region missing");
        }
        None => {}
    }
}
