//! `dashboard render`: a dashboard or one of its panels as a picture, drawn by a running server or here.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Arg, ArgMatches, Command};
use dashboards::time_range;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pictures::document::Dashboard;
use pictures::fetch::{Answer, Source, SourceInfo, Wish, fetch};
use pictures::fonts::Fonts;
use pictures::{page, paint};
use serde_json::Value;

use super::http::{Server, config_flag, header_flag};
use super::{Family, Outcome, argument, flag, flags, run_one_of, text, texts};

/// Longest time that one request takes.
const TIMEOUT: Duration = Duration::from_secs(90);
/// Largest document.
const DOCUMENT_BYTES_MAX: u64 = 16 << 20;

const COMMANDS: &[Family] = &[Family { command: render, run: run_render }];

pub(super) fn command() -> Command {
    Command::new("dashboard")
        .about("Dashboards as pictures.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(config_flag())
        .subcommand(render())
}

pub(super) fn run(matches: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    run_one_of(COMMANDS, matches, out)
}

fn render() -> Command {
    let number = |arg: Arg| arg.value_parser(clap::value_parser!(u32));
    Command::new("render")
        .about("Draw a dashboard, or one panel, as PNG, SVG or PDF.")
        .after_help(
            "A file is drawn here and asks the Prometheus-compatible server at --server; a uid is drawn by the Bongsu there \
             (give its token with --header 'Authorization=Bearer …' or a client configuration).",
        )
        .arg(argument("dashboard", "Dashboard JSON file, or the uid of a dashboard of the server."))
        .arg(flag("server", "URL", "The server to ask.").default_value("http://localhost:9090"))
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .required(true)
                .help("File to write; its end says the format: .png, .svg or .pdf."),
        )
        .arg(number(flag("width", "PIXELS", "Width.").default_value("1400")))
        .arg(number(flag("height", "PIXELS", "Height; as much as is needed if absent.")))
        .arg(flag("scale", "FACTOR", "Pixels drawn for each, for sharp PNGs: 0.25 to 4.").default_value("1"))
        .arg(flag("theme", "THEME", "light or dark.").default_value("light"))
        .arg(flag("from", "TIME", "Start of the range, such as now-6h; the dashboard's if absent."))
        .arg(flag("to", "TIME", "End of the range; the dashboard's if absent."))
        .arg(flag("tz", "ZONE", "Time zone, such as Asia/Seoul; the dashboard's, else this machine's, if absent."))
        .arg(flags("var", "NAME=VALUE", "Selection of a variable. May be repeated, also for several values."))
        .arg(flag("panel", "ID", "Only this panel.").value_parser(clap::value_parser!(i64)))
        .arg(flag("lang", "LANGUAGE", "Language of words that are ours: en or ko.").default_value("en"))
        .arg(flag("fonts-dir", "DIR", "Folder of fonts; where the system keeps its fonts if absent."))
        .arg(header_flag())
}

/// The formats, by the ends of files' names.
const FORMATS: [&str; 3] = ["png", "svg", "pdf"];

fn run_render(args: &ArgMatches, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let name = text(args, "dashboard").unwrap_or_default();
    let output = PathBuf::from(text(args, "output").unwrap_or_default());
    let format = output.extension().and_then(|end| end.to_str()).unwrap_or("").to_ascii_lowercase();
    if !FORMATS.contains(&format.as_str()) {
        bail!("--output {}: its name must end with .png, .svg or .pdf", output.display());
    }
    let server = Server::of(text(args, "server").unwrap_or_default(), args, "bongsu-tool")?;
    let file = Path::new(name);
    let bytes = if file.exists() || name.ends_with(".json") {
        drawn_here(args, &server, file, &format)?
    } else {
        drawn_there(args, &server, name, &format)?
    };
    std::fs::write(&output, &bytes).with_context(|| format!("cannot write {}", output.display()))?;
    writeln!(out, "{}: {} bytes", output.display(), bytes.len())?;
    Ok(Outcome::Passed)
}

/// Selections of variables: a name may come several times.
fn selections(args: &ArgMatches) -> anyhow::Result<Vec<(String, String)>> {
    let pair = |typed: &str| match typed.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => bail!("--var: expected NAME=VALUE, got {typed:?}"),
    };
    texts(args, "var").into_iter().map(pair).collect()
}

fn drawn_there(args: &ArgMatches, server: &Server, uid: &str, format: &str) -> anyhow::Result<Vec<u8>> {
    let is_uid = uid.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if !is_uid {
        bail!("{uid:?} is neither a file nor a uid of a dashboard");
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let same = [
        ("scale", "scale"),
        ("theme", "theme"),
        ("from", "from"),
        ("to", "to"),
        ("tz", "tz"),
        ("lang", "lang"),
    ];
    for (flag, parameter) in same {
        if let Some(value) = text(args, flag) {
            query.append_pair(parameter, value);
        }
    }
    for side in ["width", "height"] {
        if let Some(pixels) = args.get_one::<u32>(side) {
            query.append_pair(side, &pixels.to_string());
        }
    }
    for (name, value) in selections(args)? {
        query.append_pair(&format!("var-{name}"), &value);
    }
    let kind = match args.get_one::<i64>("panel") {
        Some(id) => {
            query.append_pair("panelId", &id.to_string());
            "d-solo"
        }
        None => "d",
    };
    query.append_pair("format", format);
    let answer = server.get(&format!("/render/{kind}/{uid}/picture"), &query.finish(), TIMEOUT)?;
    if answer.status == 200 {
        return Ok(answer.body);
    }
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reason = said["message"].as_str().unwrap_or("it gives no reason");
    bail!("the server answers {}: {reason}", answer.status)
}

fn drawn_here(args: &ArgMatches, server: &Server, file: &Path, format: &str) -> anyhow::Result<Vec<u8>> {
    let length = std::fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?.len();
    if length > DOCUMENT_BYTES_MAX {
        bail!("{} has {length} bytes, more than a dashboard may have", file.display());
    }
    let content = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let document: Value =
        serde_json::from_slice(&content).with_context(|| format!("{} is not JSON", file.display()))?;
    let dashboard = Dashboard::read(&document).with_context(|| file.display().to_string())?;
    let mut wish = Wish {
        width: args.get_one("width").copied().unwrap_or(1400),
        height: args.get_one("height").copied(),
        dark: text(args, "theme") == Some("dark"),
        korean: text(args, "lang").is_some_and(|lang| lang.starts_with("ko")),
        from: text(args, "from").map(str::to_owned),
        to: text(args, "to").map(str::to_owned),
        zone: text(args, "tz").map(str::to_owned),
        zone_default: TimeZone::system(),
        variables: Default::default(),
        panel: args.get_one("panel").copied(),
        now_ms: Timestamp::now().as_millisecond(),
        login: String::new(),
        read_time: time_range::parse,
    };
    for (name, value) in selections(args)? {
        wish.variables.entry(name).or_default().push(value);
    }
    let scale = text(args, "scale").unwrap_or("1").parse().context("--scale is no number")?;
    let source = OneServer::new(server);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    // The server is asked one question at a time; nothing here awaits anything else.
    let fetched = runtime.block_on(fetch(&dashboard, &wish, &source))?;
    let picture = page::draw(&fetched, &wish)?;
    let fonts = || Fonts::load(text(args, "fonts-dir").map(Path::new));
    Ok(match format {
        "svg" => picture.svg.into_bytes(),
        "pdf" => paint::pdf(&[picture], &fetched.title, &fonts())?,
        _png => paint::png(&picture, scale, &fonts())?,
    })
}

/// A Prometheus-compatible server as the only data source.
struct OneServer<'a> {
    server: &'a Server,
    known: Vec<SourceInfo>,
}

impl<'a> OneServer<'a> {
    fn new(server: &'a Server) -> OneServer<'a> {
        let info = SourceInfo {
            uid: "prometheus".to_owned(),
            name: "Prometheus".to_owned(),
            kind: "prometheus".to_owned(),
            is_default: true,
            scrape_ms: 15_000.0,
        };
        OneServer { server, known: vec![info] }
    }

    fn ask(&self, path: &str, form: &[(&'static str, String)]) -> anyhow::Result<Value> {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let path_below = format!("/api/v1/{path}");
        // A runtime cannot wait inside of another one's task: each question has a thread.
        let answer = std::thread::scope(|scope| {
            let asked = scope.spawn(|| match path.starts_with("label/") {
                true => self.server.get(&path_below, &form, TIMEOUT),
                false => self.server.post(&path_below, &form, TIMEOUT),
            });
            asked.join().unwrap_or_else(|_| Err(anyhow::anyhow!("asking the server failed")))
        })?;
        let mut said: Value = serde_json::from_slice(&answer.body)
            .with_context(|| format!("{} answers {} without JSON", self.server.base(), answer.status))?;
        if said["status"] == "success" {
            return Ok(said["data"].take());
        }
        bail!(
            "{}",
            said["error"].as_str().or(said["message"].as_str()).unwrap_or("the server gives no reason")
        )
    }
}

impl Source for OneServer<'_> {
    fn known(&self) -> &[SourceInfo] {
        &self.known
    }

    fn prometheus<'a>(
        &'a self,
        _uid: &'a str,
        path: String,
        form: Vec<(&'static str, String)>,
    ) -> Answer<'a, Value> {
        let answer = self.ask(&path, &form).map_err(|error| format!("{error:#}"));
        Box::pin(std::future::ready(answer))
    }

    fn frames(&self, _query: Value, _span_ms: (i64, i64)) -> Answer<'_, Vec<Value>> {
        let reason = "a file is drawn with a Prometheus-compatible server only".to_owned();
        Box::pin(std::future::ready(Err(reason)))
    }
}
