//! A message to a topic of AWS in the name of a role: STS gives keys for a while, the message is signed with them. The answers are the
//! examples of AWS's API references, with a later end.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::process::Command;
use std::sync::{Arc, Mutex};

use harness::program::{BONGSU, Server};
use harness::target::{Reply, Request, Target};
use serde_json::{Value, json};

const ROLE: &str = r#"<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <SourceIdentity>DevUser123</SourceIdentity>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/demo/John</Arn>
      <AssumedRoleId>ARO123EXAMPLE123:John</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>
      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
      <SessionToken>AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQW</SessionToken>
      <Expiration>2999-11-09T13:34:41Z</Expiration>
    </Credentials>
    <PackedPolicySize>6</PackedPolicySize>
  </AssumeRoleResult>
  <ResponseMetadata>
    <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>
  </ResponseMetadata>
</AssumeRoleResponse>"#;

const PUBLISHED: &str = r#"<PublishResponse xmlns="https://sns.amazonaws.com/doc/2010-03-31/">
    <PublishResult>
        <MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId>
    </PublishResult>
    <ResponseMetadata>
        <RequestId>d74b8436-ae13-5ab4-a9ff-ce54dfea72a0</RequestId>
    </ResponseMetadata>
</PublishResponse>"#;

const REFUSED: &str = r#"<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>AccessDenied</Code>
    <Message>User: arn:aws:iam::123456789012:user/bob is not authorized to perform: sts:AssumeRole</Message>
  </Error>
</ErrorResponse>"#;

/// Plays both services; whoever asks for the role `refused` is refused.
fn services() -> (Target, Arc<Mutex<Vec<Request>>>) {
    let asked: Arc<Mutex<Vec<Request>>> = Arc::default();
    let kept = asked.clone();
    let target = Target::start(move |request| {
        kept.lock().unwrap().push(request.clone());
        let body = String::from_utf8_lossy(&request.body).into_owned();
        if body.contains("role%2Frefused") {
            return Reply { status: 403, ..Reply::text(REFUSED) };
        }
        Reply::text(if body.starts_with("Action=AssumeRole") { ROLE } else { PUBLISHED })
    });
    (target, asked)
}

fn tell(server: &Server, receiver: &str) -> Value {
    let body = json!({ "receiver": receiver }).to_string();
    let headers = [("Content-Type", "application/json")];
    server.post("/api/v2/bongsu/receivers/test", &headers, body.as_bytes()).json()["integrations"][0].clone()
}

#[test]
fn a_topic_is_told_in_the_name_of_a_role() {
    let dir = tempfile::tempdir().unwrap();
    let (target, asked) = services();
    let receiver = |role: &str| {
        format!(
            "- name: {role}\n  sns_configs:\n  - api_url: http://{}\n    topic_arn: arn:aws:sns:ap-northeast-2:123456789012:ops\n    \
             sigv4: {{region: ap-northeast-2, access_key: AKIAIOSFODNN7EXAMPLE, secret_key: secret, \
             role_arn: 'arn:aws:iam::123456789012:role/{role}', external_id: 123ABC}}\n",
            target.address
        )
    };
    let config =
        format!("route: {{receiver: demo}}\nreceivers:\n{}{}", receiver("demo"), receiver("refused"));
    std::fs::write(dir.path().join("am.yml"), config).unwrap();
    let mut command = Command::new(BONGSU);
    command.args([
        "alertmanager",
        "--config.file=am.yml",
        "--storage.path=data",
        "--cluster.listen-address=",
    ]);
    command.arg("--web.enable-admin-api").env("AWS_ENDPOINT_URL_STS", format!("http://{}", target.address));
    let server = Server::on_any_port(&mut command, dir.path());

    assert_eq!(tell(&server, "demo")["ok"], true);
    assert_eq!(tell(&server, "demo")["ok"], true);
    let requests = std::mem::take(&mut *asked.lock().unwrap());
    let [role, first, second] = &requests[..] else { panic!("the role is asked for once: {requests:?}") };
    let form = String::from_utf8_lossy(&role.body);
    let wanted =
        "Action=AssumeRole&ExternalId=123ABC&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdemo&";
    assert!(form.starts_with(wanted) && form.ends_with("&Version=2011-06-15"), "{form}");
    let signed = |request: &Request| request.header("authorization").unwrap().to_owned();
    let starts = |key: &str| format!("AWS4-HMAC-SHA256 Credential={key}/");
    assert!(signed(role).starts_with(&starts("AKIAIOSFODNN7EXAMPLE")), "{}", signed(role));
    assert!(signed(role).contains("/ap-northeast-2/sts/aws4_request"), "{}", signed(role));
    for message in [first, second] {
        assert!(signed(message).starts_with(&starts("ASIAIOSFODNN7EXAMPLE")), "{}", signed(message));
        assert!(signed(message).contains("/ap-northeast-2/sns/aws4_request"), "{}", signed(message));
        let token = message.header("x-amz-security-token").unwrap();
        assert!(token.starts_with("AQoDYXdzEPT//////////wEXAMPLE"), "{token}");
        assert!(String::from_utf8_lossy(&message.body).contains("Action=Publish"));
    }

    let refused = tell(&server, "refused");
    assert_eq!(refused["ok"], false);
    let error = refused["error"].as_str().unwrap();
    assert!(error.contains("is not authorized to perform: sts:AssumeRole"), "{error}");
    assert_eq!(asked.lock().unwrap().len(), 1, "nothing is published without keys");
}
