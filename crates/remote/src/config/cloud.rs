//! Ways to log in at cloud providers. Checked, but not used yet.

use yaml::schema::Type::{Bool, Path, Secret, Section, Text};
use yaml::schema::{Type, read_fields};
use yaml::write::Map;
use yaml::{Fields, Value};

/// `sigv4`
const SIGV4: &[(&str, Type)] = &[
    ("region", Text),
    ("access_key", Text),
    ("secret_key", Secret),
    ("profile", Text),
    ("role_arn", Text),
    ("external_id", Text),
    ("use_fips_sts_endpoint", Bool),
    ("service_name", Text),
];

const AZURE_METHODS: [&str; 5] = ["managed_identity", "workload_identity", "oauth", "sdk", "certificate"];

const AZURE_AD: &[(&str, Type)] = &[
    ("cloud", Text),
    ("managed_identity", Section(&[("client_id", Text)])),
    ("workload_identity", Section(&[("client_id", Text), ("tenant_id", Text), ("token_file_path", Path)])),
    ("oauth", Section(&[("client_id", Text), ("client_secret", Secret), ("tenant_id", Text)])),
    ("sdk", Section(&[("tenant_id", Text)])),
    (
        "certificate",
        Section(&[
            ("client_id", Text),
            ("tenant_id", Text),
            ("certificate_path", Path),
            ("certificate_key_path", Path),
            ("certificate_password", Secret),
            ("send_certificate_chain", Bool),
        ]),
    ),
    ("scope", Text),
];

const GOOGLE_IAM: &[(&str, Type)] = &[("credentials_file", Path)];

/// All ways that a remote write may log in; at most one may be used.
const WAYS: [&str; 6] = ["basic_auth", "authorization", "oauth2", "sigv4", "azuread", "google_iam"];

/// Reads the sections of cloud providers and reports if they clash with each other or with another login.
pub(super) fn read_inline(f: &Fields<'_>) -> Map {
    let mut printed = Map::new();
    if let Some(value) = f.get("sigv4") {
        printed.put_if_some("sigv4", value.fields(|s| Some(read_fields(s, SIGV4))));
    }
    if let Some(value) = f.get("azuread") {
        printed.put_if_some("azuread", read_azure(&value));
    }
    if let Some(value) = f.get("google_iam") {
        printed.put_if_some("google_iam", value.fields(|s| Some(read_fields(s, GOOGLE_IAM))));
    }
    let used: Vec<&str> = WAYS.into_iter().filter(|name| f.is_set(name)).collect();
    // The HTTP client reports clashes between its own three.
    let own = used.iter().filter(|name| WAYS[..3].contains(name)).count();
    if used.len() > 1 && own < used.len() {
        f.value().problem(format!(
            "at most one of basic_auth, authorization, oauth2, sigv4, azuread or google_iam must be configured. \
             Currently configured: [{}]",
            used.join(" ")
        ));
    }
    printed
}

fn read_azure(value: &Value<'_>) -> Option<Map> {
    value.fields(|f| {
        let methods = AZURE_METHODS.into_iter().filter(|name| f.get_or_null(name).is_some()).count();
        if methods == 0 {
            let names = "an Azure Managed Identity, Azure Workload Identity, Azure OAuth, Azure Certificate or Azure SDK";
            f.value().problem(format!("must provide {names} in the Azure AD config"));
        } else if methods > 1 {
            f.value().problem("cannot provide multiple authentication methods in the Azure AD config");
        }
        Some(read_fields(f, AZURE_AD))
    })
}
