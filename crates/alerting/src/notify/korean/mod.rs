//! Messengers of Korean teams, with texts in Korean: JANDI, Dooray! and Kakao Work by their incoming webhooks, NAVER WORKS by
//! webhook or bot.
//!
//! Fields of the first three are the same: `webhook_url` or `webhook_url_file`, `title` and `text` (templates; `korean.default.title` and
//! `korean.default.text` if they are not given), `link` (where the title leads), `username` and `icon_url` where the service has
//! them. A service is what it makes of the rendered texts and how it reads answers.

pub(super) mod dooray;
pub(super) mod jandi;
pub(super) mod kakaowork;
pub(super) mod naverworks;

use transport::config::Source;
use yaml::{Fields, Secret};

use super::{Answer, Call, Messenger, Notice, Notifier, Secrets, Turn, Verdict, template, webhook_url};
use crate::config::Global;

/// What a service does its own way.
#[derive(Clone, Copy, Debug)]
struct Service {
    document: fn(&Config, &Message) -> serde_json::Value,
    headers: &'static [(&'static str, &'static str)],
    judge: fn(Answer<'_>) -> Verdict,
}

/// One channel.
#[derive(Debug)]
struct Config {
    service: Service,
    url: Source<Secret>,
    title: String,
    text: String,
    link: String,
    username: String,
    icon_url: String,
}

/// The rendered texts.
struct Message {
    title: String,
    text: String,
    link: String,
    /// A colour that people know: red while something fires.
    color: &'static str,
}

fn read(f: &Fields<'_>, global: &Global, service: Service) -> Option<Notifier> {
    let url = webhook_url(f);
    let config = Config {
        service,
        title: template(f, "title", r#"{{ template "korean.default.title" . }}"#),
        text: template(f, "text", r#"{{ template "korean.default.text" . }}"#),
        link: template(f, "link", r#"{{ template "__alertmanagerURL" . }}"#),
        username: f.or("username", "Bongsu".to_owned()),
        icon_url: f.or_default("icon_url"),
        url: url?,
    };
    Some(Notifier::new(f, global, config).with_timeout(f))
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, secrets: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let message = Message {
            title: texts.text(&self.title),
            text: texts.text(&self.text),
            link: texts.text(&self.link),
            color: if notice.data.status == "firing" { "#D9342B" } else { "#2EB67D" },
        };
        texts.finish()?;
        let mut call = Call::json(secrets.read(&self.url)?, &(self.service.document)(self, &message))?;
        for (name, value) in self.service.headers {
            call = call.with_header(name, *value);
        }
        let judge = self.service.judge;
        Ok(Turn::ask(call, move |answer| Turn::End(judge(answer))))
    }
}

/// The status decides; rate limits pass.
fn by_status(answer: Answer<'_>) -> Verdict {
    Verdict::of_answer(answer, &[429])
}
