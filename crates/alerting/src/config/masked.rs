//! The configuration as the API shows it: as written, without comments, secrets replaced.

use yaml::scalar::Resolved;
use yaml::write::{Map, Out};
use yaml::{Kind, Node, Report};

/// Fields that hold secrets wherever they stand.
const SECRETS: &[&str] = &[
    "alert_source_token",
    "api_key",
    "api_secret",
    "app_token",
    "auth_password",
    "auth_secret",
    "bearer_token",
    "bot_token",
    "client_secret",
    "credentials",
    "mattermost_webhook_url",
    "opsgenie_api_key",
    "password",
    "private_key",
    "rocketchat_token",
    "rocketchat_token_id",
    "routing_key",
    "secret_key",
    "secrets",
    "service_key",
    "slack_api_url",
    "slack_app_token",
    "smtp_auth_password",
    "smtp_auth_secret",
    "telegram_bot_token",
    "token",
    "token_id",
    "user_key",
    "victorops_api_key",
    "webhook_url",
    "wechat_api_secret",
];
/// Fields that hold secrets in a list of this name.
const SECRETS_IN: &[(&str, &str)] = &[("webhook_configs", "url"), ("slack_configs", "api_url")];

/// Prints a configuration that was read without mistakes.
pub(super) fn masked(text: &str) -> String {
    match yaml::parse(text, &Report::new("")).map(|node| out(&node, "", "")) {
        Some(Out::Map(map)) => yaml::write::to_string(&map),
        Some(Out::Text(_) | Out::Bare(_) | Out::List(_) | Out::Flow(_)) | None => String::new(),
    }
}

/// `list` is the innermost list with a name, `field` the innermost field.
fn out(node: &Node, list: &str, field: &str) -> Out {
    match &node.kind {
        Kind::Scalar(scalar) if is_secret(list, field) && !scalar.text.is_empty() => {
            Out::from(yaml::secret::SECRET_TOKEN)
        }
        Kind::Scalar(scalar) => match scalar.resolve() {
            Resolved::Null => Out::Bare("null".to_owned()),
            Resolved::Bool(_) | Resolved::Integer(_) | Resolved::Float(_) => Out::Bare(scalar.text.clone()),
            Resolved::Text => {
                Out::Text(without_password(&scalar.text).unwrap_or_else(|| scalar.text.clone()))
            }
        },
        Kind::Sequence(items) => Out::List(items.iter().map(|item| out(item, field, field)).collect()),
        Kind::Mapping(entries) => {
            let mut map = Map::new();
            for entry in entries {
                map.put(entry.key.as_str(), out(&entry.value, list, &entry.key));
            }
            Out::Map(map)
        }
    }
}

fn is_secret(list: &str, field: &str) -> bool {
    SECRETS.contains(&field) || SECRETS_IN.contains(&(list, field))
}

/// Returns a URL without its password, if it has one.
fn without_password(text: &str) -> Option<String> {
    let link = yaml::Link::parse(text).ok()?;
    link.password()?;
    Some(link.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_replaced_and_the_rest_stays() {
        let text = "\
# a comment
global: {smtp_auth_password: p1, slack_api_url: http://p2, http_config: {basic_auth: {username: u, password: p3}}}
route: {receiver: a, group_by: ['...'], group_wait: 10s, routes: []}
receivers:
- name: a
  webhook_configs:
  - {url: 'http://p4', max_alerts: 3, send_resolved: true, http_config: {proxy_url: 'http://u:p5@x/'}}
  slack_configs: [{api_url: 'http://p6', channel: '#a', title: '{{ .x }}', fields: [{title: 'no', value: '1'}]}]
  opsgenie_configs: [{api_url: 'http://public/', api_key: p7}]
  email_configs: [{to: a@b, auth_password: p8, headers: {Subject: x}}]
  naverworks_configs: [{bot_id: 1, client_secret: p9, private_key: p0}]
";
        let shown = masked(text);
        for n in 0..=9 {
            assert!(!shown.contains(&format!("p{n}")), "p{n} is shown:\n{shown}");
        }
        for kept in
            ["http://public/", "username: u", "group_wait: 10s", "'{{ .x }}'", "max_alerts: 3", "u:xxxxx@x"]
        {
            assert!(shown.contains(kept), "{kept} is missing:\n{shown}");
        }
        assert!(!shown.contains("comment"));
        // It is YAML with the same meaning, but for the secrets.
        assert_eq!(masked(&shown), shown);
        assert!(shown.contains("title: \"no\"") && shown.contains("value: \"1\""), "{shown}");
    }
}
