//! `sigv4`: requests signed for services of AWS.

use yaml::write::Map;
use yaml::{Secret, Value};

/// How requests are signed. What is left out comes from the environment, as with AWS's own tools.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SigV4 {
    /// The region, or empty for that of the environment.
    pub region: String,
    /// A key, with its secret, or empty.
    pub access_key: String,
    /// The key's secret.
    pub secret_key: Secret,
    /// A profile of `~/.aws/credentials`, or empty.
    pub profile: String,
    /// A role to take on, or empty.
    pub role_arn: String,
    /// What the role's owner wants to hear, or empty.
    pub external_id: String,
    /// Whether roles are taken on at STS's FIPS endpoint.
    pub use_fips_sts_endpoint: bool,
    /// The service that is signed for.
    pub service: String,
}

impl SigV4 {
    /// Reads the section for a service, which the section may name itself.
    pub fn read_for(value: &Value<'_>, service: &str) -> Option<SigV4> {
        value.fields(|f| {
            let text = |name: &'static str| f.or_default::<String>(name);
            let signing = SigV4 {
                region: text("region"),
                access_key: text("access_key"),
                secret_key: f.or_default("secret_key"),
                profile: text("profile"),
                role_arn: text("role_arn"),
                external_id: text("external_id"),
                use_fips_sts_endpoint: f.or_default("use_fips_sts_endpoint"),
                service: Some(text("service_name")).filter(|s| !s.is_empty()).unwrap_or_else(|| service.to_owned()),
            };
            if signing.access_key.is_empty() != signing.secret_key.is_empty() {
                f.value().problem(
                    "must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config",
                );
            }
            Some(signing)
        })
    }

    /// Returns the fields in the order in which Prometheus prints them, secrets masked.
    pub fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        map.put_if_set("region", self.region.as_str()).put_if_set("access_key", self.access_key.as_str());
        if !self.secret_key.is_empty() {
            map.put("secret_key", &self.secret_key);
        }
        map.put_if_set("profile", self.profile.as_str()).put_if_set("role_arn", self.role_arn.as_str());
        map.put_if_set("external_id", self.external_id.as_str());
        if self.use_fips_sts_endpoint {
            map.put("use_fips_sts_endpoint", true);
        }
        map
    }
}

/// Returns the domain of AWS's services in a region.
pub fn aws_domain(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}
