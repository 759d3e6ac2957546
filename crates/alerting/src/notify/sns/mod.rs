//! `sns_configs`: a message published to a topic, an endpoint or a telephone by AWS's notification service.
//!
//! Source: `notify/sns` of Alertmanager 0.34; the API is of 2010-03-31.

use std::collections::BTreeMap;

use transport::config::{Authentication, SigV4, aws_domain};
use yaml::{Fields, Secret};

use super::json::form;
use super::templates::first_bytes;
use super::{
    Answer, Call, KindSpec, Messenger, Notice, Notifier, Secrets, Turn, Verdict, template, text_map,
};
use crate::config::Global;

pub(super) const KIND: KindSpec = KindSpec { field: "sns_configs", name: "sns", send_resolved: true, read };

const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// For telephones.
const SMS_BYTES_MAX: usize = 1600;

/// One topic, endpoint or telephone. Texts are templates.
#[derive(Debug)]
struct Config {
    api_url: String,
    region: String,
    topic_arn: String,
    phone_number: String,
    target_arn: String,
    subject: String,
    message: String,
    attributes: BTreeMap<String, String>,
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let text = |name: &'static str, default: &str| template(f, name, default);
    f.or_default::<bool>("use_aws_http_client"); // there is only one client here
    let sigv4 = f.get("sigv4").and_then(|v| SigV4::read_for(&v, "sns"));
    let sigv4 = sigv4.unwrap_or_else(|| SigV4 { service: "sns".to_owned(), ..SigV4::default() });
    let config = Config {
        api_url: text("api_url", ""),
        region: sigv4.region.clone(),
        topic_arn: text("topic_arn", ""),
        phone_number: text("phone_number", ""),
        target_arn: text("target_arn", ""),
        subject: text("subject", r#"{{ template "sns.default.subject" . }}"#),
        message: text("message", r#"{{ template "sns.default.message" . }}"#),
        attributes: text_map(f, "attributes"),
    };
    let missing = [&config.topic_arn, &config.phone_number, &config.target_arn].map(|arn| arn.is_empty());
    if missing.into_iter().filter(|missing| *missing).count() % 2 == 1 {
        f.value().problem("must provide either a Target ARN, Topic ARN, or Phone Number for SNS config");
    }
    let mut notifier = Notifier::new(f, global, config);
    notifier.http.authentication = Some(Authentication::SigV4(Box::new(sigv4)));
    Some(notifier)
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, _: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let mut attributes: BTreeMap<String, String> =
            self.attributes.iter().map(|(name, text)| (texts.text(name), texts.text(text))).collect();
        let bytes_max = if self.phone_number.is_empty() { MESSAGE_BYTES_MAX } else { SMS_BYTES_MAX };
        let message = texts.text(&self.message);
        let sent = first_bytes(&message, bytes_max);
        if sent.len() < message.len() {
            attributes.insert("truncated".to_owned(), "true".to_owned());
        }
        let topic_arn = texts.text(&self.topic_arn);
        let ordered = topic_arn.ends_with(".fifo");
        let mut parameters = vec![
            ("Action".to_owned(), "Publish".to_owned()),
            ("Version".to_owned(), "2010-03-31".to_owned()),
            ("Message".to_owned(), sent.to_owned()),
        ];
        for (name, text) in [
            ("TopicArn", topic_arn),
            ("PhoneNumber", texts.text(&self.phone_number)),
            ("TargetArn", texts.text(&self.target_arn)),
            ("Subject", texts.text(&self.subject)),
        ] {
            if !text.is_empty() {
                parameters.push((name.to_owned(), text));
            }
        }
        if ordered {
            for name in ["MessageDeduplicationId", "MessageGroupId"] {
                parameters.push((name.to_owned(), notice.group_hash()));
            }
        }
        for (index, (name, value)) in (1..).zip(attributes) {
            let entry = format!("MessageAttributes.entry.{index}");
            parameters.push((format!("{entry}.Name"), name));
            parameters.push((format!("{entry}.Value.DataType"), "String".to_owned()));
            parameters.push((format!("{entry}.Value.StringValue"), value));
        }
        let url = self.url(texts.text(&self.api_url))?;
        texts.finish()?;
        let body = form(parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let call = Call::post(
            Secret::new(url),
            "application/x-www-form-urlencoded; charset=utf-8",
            body.into_bytes(),
        );
        Ok(Turn::ask(call, |answer| Turn::End(Verdict::of_status(answer.status, explanation(answer), &[]))))
    }
}

impl Config {
    fn url(&self, written: String) -> Result<String, String> {
        if !written.is_empty() {
            return Ok(format!("{}/", written.trim_end_matches('/')));
        }
        let region = if self.region.is_empty() {
            // As AWS's tools: a topic's name says where it is, too, but they do not look at it.
            let variable = |name| std::env::var(name).ok().filter(|r| !r.is_empty());
            variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")).unwrap_or_default()
        } else {
            self.region.clone()
        };
        if region.is_empty() {
            return Err(
                "region not configured in sns.sigv4.region or in default credentials chain".to_owned()
            );
        }
        Ok(format!("https://sns.{region}.{}/", aws_domain(&region)))
    }
}

/// Returns the sentence in an answer that says no.
fn explanation(answer: Answer<'_>) -> &str {
    let element = answer.body.split_once("<Message>").and_then(|(_, rest)| rest.split_once("</Message>"));
    element.map_or(answer.body, |(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::FailureKind;
    use crate::notify::tests::{first_call, mistakes, noticed, notifier, play};

    const LOGIN: &str = "sigv4: {region: ap-northeast-2, access_key: a, secret_key: s}";

    fn shown(text: &str) -> (String, String) {
        let call = first_call(&KIND, &format!("{{{LOGIN}, {text}}}"));
        (call.url.expose().to_owned(), String::from_utf8(call.body).unwrap())
    }

    #[test]
    fn messages() {
        let hash = noticed(|notice| notice.group_hash());
        for (text, expected) in [
            (
                "topic_arn: 'arn:aws:sns:r:1:{{ .Status }}', subject: s, message: 'm & <{{ len .Alerts }}>'",
                "Action=Publish&Message=m+%26+%3C2%3E&Subject=s&TopicArn=arn%3Aaws%3Asns%3Ar%3A1%3Afiring&Version=2010-03-31".to_owned(),
            ),
            (
                "topic_arn: t.fifo, subject: '', message: m, attributes: {b: '{{ .Status }}', a: x}",
                format!(
                    "Action=Publish&Message=m&MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.DataType=String\
                     &MessageAttributes.entry.1.Value.StringValue=x&MessageAttributes.entry.2.Name=b\
                     &MessageAttributes.entry.2.Value.DataType=String&MessageAttributes.entry.2.Value.StringValue=firing\
                     &MessageDeduplicationId={hash}&MessageGroupId={hash}&TopicArn=t.fifo&Version=2010-03-31"
                ),
            ),
            (
                "phone_number: '+82', message: m",
                "Action=Publish&Message=m&PhoneNumber=%2B82&Subject=%5BFIRING%3A1%5D+a%3Cb+%28page%29&Version=2010-03-31".to_owned(),
            ),
        ] {
            let (url, body) = shown(text);
            assert_eq!(url, "https://sns.ap-northeast-2.amazonaws.com/");
            assert_eq!(body, expected);
        }
        assert_eq!(shown("target_arn: t, api_url: 'http://sns.local'").0, "http://sns.local/");
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        let body = shown(&format!("phone_number: '1', subject: '', message: {}", "봉".repeat(600))).1;
        assert_eq!(body.matches("%EB%B4%89").count(), 533, "between characters");
        assert!(body.contains("entry.1.Name=truncated") && body.contains("StringValue=true"), "{body}");
    }

    #[test]
    fn it_is_signed() {
        let notifier =
            notifier(&KIND, &format!("{{topic_arn: t, {LOGIN}, http_config: {{follow_redirects: false}}}}"));
        let Some(Authentication::SigV4(sigv4)) = &notifier.http.authentication else { panic!("not signed") };
        assert_eq!((sigv4.service.as_str(), sigv4.access_key.as_str()), ("sns", "a"));
        assert!(!notifier.http.follow_redirects);
    }

    #[test]
    fn answers() {
        let error = "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error></ErrorResponse>";
        let end = |status, body| play(&KIND, &format!("{{topic_arn: t, {LOGIN}}}"), &[(status, body)]).1;
        assert_eq!(end(200, "<PublishResponse/>"), Verdict::Sent);
        let expected = "unexpected status code 404: Topic does not exist".to_owned();
        assert_eq!(end(404, error), Verdict::GiveUp(FailureKind::Client, expected));
        assert!(matches!(end(503, ""), Verdict::Retry(FailureKind::Server, _)));
    }

    #[test]
    fn what_is_refused() {
        let which = "must provide either a Target ARN, Topic ARN, or Phone Number for SNS config";
        for (text, expected) in [
            ("{subject: s}", which),
            ("{topic_arn: a, target_arn: b}", which),
            (
                "{topic_arn: a, sigv4: {access_key: x}}",
                "must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config",
            ),
        ] {
            assert!(mistakes(&KIND, text).contains(expected), "{text}: {}", mistakes(&KIND, text));
        }
    }
}
