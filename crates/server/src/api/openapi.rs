//! `/openapi.yaml`: the API described for programs that make clients and pages of it.
//!
//! One row an endpoint: a test holds the rows against the routes. Of an answer only its envelope is described.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;

use crate::form::Form;
use crate::router::App;

/// What a parameter holds.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Integer,
    Switch,
    /// RFC 3339 or seconds since the epoch.
    Time,
    /// `1m30s` or seconds.
    Duration,
    /// A text, any number of times.
    Many,
}

use Kind::{Duration, Integer, Many, Switch, Text, Time};

/// Name, kind, whether it must be given, one sentence.
type Parameter = (&'static str, Kind, bool, &'static str);

/// An endpoint below `/api/v1`.
struct Endpoint {
    path: &'static str,
    /// In lower case.
    methods: &'static [&'static str],
    tag: &'static str,
    summary: &'static str,
    parameters: &'static [Parameter],
}

const QUERY: Parameter = ("query", Text, true, "The PromQL expression.");
const START: Parameter = ("start", Time, false, "First instant.");
const START_REQUIRED: Parameter = ("start", Time, true, "First instant.");
const END: Parameter = ("end", Time, false, "Last instant.");
const LIMIT: Parameter = ("limit", Integer, false, "Most results; 0 for all.");
const MATCH: Parameter = ("match[]", Many, false, "Series selector.");
const MATCH_REQUIRED: Parameter = ("match[]", Many, true, "Series selector.");
const TIMEOUT: Parameter = ("timeout", Duration, false, "Longest time for the query.");
const LOOKBACK: Parameter = ("lookback_delta", Duration, false, "How far back a sample still counts.");
const STATS: Parameter = ("stats", Text, false, "`all` or `true`: tell what the query cost.");
const EXPLAIN: Parameter = ("explain", Switch, false, "Tell what each part of the query did.");
const NO_CACHE: Parameter =
    ("nocache", Switch, false, "Evaluate every step, whatever is kept of former answers.");
const SEARCH: &[Parameter] = &[
    MATCH,
    ("search[]", Many, false, "What to look for."),
    ("fuzz_threshold", Integer, false, "How alike results must be, from 0 to 100."),
    ("fuzz_alg", Text, false, "How likeness is measured."),
    ("case_sensitive", Switch, false, "Whether capitals differ from small letters."),
    ("sort_by", Text, false, "What results are sorted by."),
    ("sort_dir", Text, false, "`asc` or `dsc`."),
    ("include_score", Switch, false, "Tell how well each result fits."),
    START,
    END,
    LIMIT,
    ("batch_size", Integer, false, "Results a line."),
];

const GET: &[&str] = &["get"];
const POST: &[&str] = &["post"];
const BOTH: &[&str] = &["get", "post"];
const CHANGE: &[&str] = &["post", "put"];

const fn endpoint(
    path: &'static str,
    methods: &'static [&'static str],
    tag: &'static str,
    summary: &'static str,
    parameters: &'static [Parameter],
) -> Endpoint {
    Endpoint { path, methods, tag, summary, parameters }
}

/// All endpoints of the API.
const ENDPOINTS: &[Endpoint] = &[
    endpoint(
        "/query",
        BOTH,
        "query",
        "Evaluate an instant query",
        &[QUERY, ("time", Time, false, "When; now if not given."), TIMEOUT, LOOKBACK, LIMIT, STATS, EXPLAIN],
    ),
    endpoint(
        "/query_range",
        BOTH,
        "query",
        "Evaluate a range query",
        &[
            QUERY,
            ("start", Time, true, "First instant."),
            ("end", Time, true, "Last instant."),
            ("step", Duration, true, "Distance of the instants."),
            TIMEOUT,
            LOOKBACK,
            LIMIT,
            STATS,
            EXPLAIN,
            NO_CACHE,
        ],
    ),
    endpoint("/query_exemplars", BOTH, "query", "Query exemplars", &[QUERY, START, END]),
    endpoint("/format_query", BOTH, "query", "Format a query", &[QUERY]),
    endpoint("/parse_query", BOTH, "query", "Parse a query", &[QUERY]),
    endpoint(
        "/series",
        BOTH,
        "series",
        "Find series by label matchers",
        &[MATCH_REQUIRED, START, END, LIMIT],
    ),
    endpoint("/labels", BOTH, "labels", "Get label names", &[MATCH, START, END, LIMIT]),
    endpoint("/label/{name}/values", GET, "labels", "Get label values", &[MATCH, START, END, LIMIT]),
    endpoint("/search/metric_names", BOTH, "search", "Search metric names", SEARCH),
    endpoint("/search/label_names", BOTH, "search", "Search label names", SEARCH),
    endpoint("/search/label_values", BOTH, "search", "Search the values of a label", SEARCH),
    endpoint(
        "/metadata",
        GET,
        "metadata",
        "Get metadata of metrics",
        &[
            LIMIT,
            ("limit_per_metric", Integer, false, "Most entries of a metric."),
            ("metric", Text, false, "One metric."),
        ],
    ),
    endpoint(
        "/targets",
        GET,
        "targets",
        "Get scrape targets",
        &[("state", Text, false, "`active`, `dropped` or `any`."), ("scrapePool", Text, false, "One job.")],
    ),
    endpoint(
        "/targets/metadata",
        GET,
        "targets",
        "Get what targets tell of their metrics",
        &[
            ("match_target", Text, false, "Selector of targets."),
            ("metric", Text, false, "One metric."),
            LIMIT,
        ],
    ),
    endpoint(
        "/targets/relabel_steps",
        GET,
        "targets",
        "Get what each relabelling rule does to labels",
        &[("scrapePool", Text, true, "The job."), ("labels", Text, true, "Labels as JSON.")],
    ),
    endpoint("/scrape_pools", GET, "targets", "Get the names of all jobs", &[]),
    endpoint(
        "/scrape_pools/config",
        GET,
        "targets",
        "Get a job's configuration",
        &[("scrapePool", Text, true, "The job.")],
    ),
    endpoint(
        "/rules",
        GET,
        "rules",
        "Get alerting and recording rules",
        &[
            ("type", Text, false, "`alert` or `record`."),
            ("rule_name[]", Many, false, "Rules of this name."),
            ("rule_group[]", Many, false, "Groups of this name."),
            ("file[]", Many, false, "Groups of this file."),
            ("match[]", Many, false, "Selector of rules by their labels."),
            ("exclude_alerts", Switch, false, "Leave out alerts."),
            ("group_limit", Integer, false, "Groups a page."),
            ("group_next_token", Text, false, "Where the page begins."),
        ],
    ),
    endpoint("/alerts", GET, "alerts", "Get active alerts", &[]),
    endpoint("/alertmanagers", GET, "alerts", "Get the Alertmanagers that alerts are sent to", &[]),
    endpoint("/status/config", GET, "status", "Get the configuration in force", &[]),
    endpoint("/status/flags", GET, "status", "Get all flags", &[]),
    endpoint("/status/runtimeinfo", GET, "status", "Get facts about the process", &[]),
    endpoint("/status/buildinfo", GET, "status", "Get version and build", &[]),
    endpoint("/status/active_queries", GET, "status", "Get running queries", &[]),
    endpoint("/status/active_queries/{id}", &["delete"], "status", "End a running query", &[]),
    endpoint("/status/active_queries/{id}/cancel", POST, "status", "End a running query", &[]),
    endpoint(
        "/status/self_metrics",
        GET,
        "status",
        "Get the own metrics",
        &[("metric_name_pattern", Text, false, "Regular expression for whole names.")],
    ),
    endpoint("/status/tsdb", GET, "status", "Get what the head holds", &[LIMIT]),
    endpoint("/status/tsdb/blocks", GET, "status", "Get the blocks", &[]),
    endpoint("/status/walreplay", GET, "status", "Get how far the replay of the log is", &[]),
    endpoint("/features", GET, "status", "Get what is switched on", &[]),
    endpoint("/notifications", GET, "notifications", "Get what people should know now", &[]),
    endpoint("/notifications/live", GET, "notifications", "Follow what people should know", &[]),
    endpoint("/write", POST, "remote", "Receive remote write", &[]),
    endpoint("/read", POST, "remote", "Answer remote read", &[]),
    endpoint("/admin/tsdb/delete_series", CHANGE, "admin", "Delete samples", &[MATCH_REQUIRED, START, END]),
    endpoint("/admin/tsdb/clean_tombstones", CHANGE, "admin", "Remove deleted samples from the disk", &[]),
    endpoint(
        "/admin/tsdb/snapshot",
        CHANGE,
        "admin",
        "Make a snapshot",
        &[("skip_head", Switch, false, "Leave out what is in no block yet.")],
    ),
    endpoint(
        "/bongsu/backtest",
        POST,
        "rules",
        "Try alerting rules on stored data, and the routes of their alerts",
        &[
            ("rules", Text, false, "A rule file; the rules that are loaded by default."),
            START_REQUIRED,
            END,
            ("step", Text, false, "How often groups are evaluated that do not say."),
            (
                "config",
                Text,
                false,
                "An alertmanager.yml; that of the Alertmanager in this process by default.",
            ),
            ("group", Text, false, "Only this group of the rules that are loaded."),
            ("rule", Text, false, "Only alerts of this name."),
        ],
    ),
    endpoint(
        "/bongsu/rules/backfill",
        POST,
        "admin",
        "Record what recording rules would have recorded in the past",
        &[
            START_REQUIRED,
            END,
            ("rule_name[]", Many, false, "Only rules of this name."),
            ("rule_group[]", Many, false, "Only rules of this group."),
            ("file[]", Many, false, "Only rules of this file."),
        ],
    ),
    endpoint(
        "/openapi.yaml",
        GET,
        "status",
        "Get this description",
        &[("openapi_version", Text, false, "`3.1` or `3.2`.")],
    ),
];

/// The description, in the version that is asked for.
pub async fn describe(State(app): State<Arc<App>>, form: Form) -> Response {
    let version = match form.value("openapi_version") {
        "3.2" | "3.2.0" => "3.2.0",
        _other => "3.1.0",
    };
    let prefix = app.options.route_prefix.trim_end_matches('/');
    let text = document(version, &app.options.build.version, &format!("{prefix}/api/v1"));
    let headers = [
        (header::CONTENT_TYPE, "application/yaml; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache, no-store, must-revalidate"),
    ];
    (headers, text).into_response()
}

fn document(version: &str, api_version: &str, server: &str) -> String {
    let mut out = format!(
        "openapi: {version}\ninfo:\n    title: Prometheus API\n    description: The HTTP API of Prometheus, as Bongsu speaks it.\n    version: \"{api_version}\"\nservers:\n    - url: {server}\npaths:\n"
    );
    for endpoint in ENDPOINTS {
        // Writing to a text cannot fail.
        let _ = writeln!(out, "    {}:", endpoint.path);
        for method in endpoint.methods {
            operation(&mut out, endpoint, method);
        }
    }
    out.push_str(COMPONENTS);
    out
}

fn operation(out: &mut String, endpoint: &Endpoint, method: &str) {
    let name = endpoint.path.trim_start_matches('/').replace(['/', '_', '.'], "-").replace(['{', '}'], "");
    let Endpoint { tag, summary, .. } = endpoint;
    let _ = writeln!(
        out,
        "        {method}:\n            tags:\n                - {tag}\n            summary: {summary}\n            operationId: {method}-{name}"
    );
    let in_path = ["name", "id"].into_iter().filter(|name| endpoint.path.contains(&format!("{{{name}}}")));
    let in_path: Vec<&str> = in_path.collect();
    if !(in_path.is_empty() && endpoint.parameters.is_empty()) {
        out.push_str("            parameters:\n");
    }
    for name in in_path {
        let _ = writeln!(
            out,
            "                - name: {name}\n                  in: path\n                  required: true\n                  schema:\n                    type: string"
        );
    }
    for (name, kind, required, description) in endpoint.parameters {
        let _ = writeln!(
            out,
            "                - name: {name}\n                  in: query\n                  description: \"{description}\"\n                  required: {required}\n                  schema:\n{}",
            schema(*kind)
        );
    }
    out.push_str(
        "            responses:\n                \"200\":\n                    $ref: '#/components/responses/Success'\n                default:\n                    $ref: '#/components/responses/Error'\n",
    );
}

fn schema(kind: Kind) -> &'static str {
    match kind {
        Text => "                    type: string",
        Integer => "                    type: integer\n                    format: int64",
        Switch => "                    type: boolean",
        Time => {
            "                    oneOf:\n                        - type: string\n                          format: date-time\n                        - type: number\n                          format: unixtime"
        }
        Duration => {
            "                    oneOf:\n                        - type: string\n                          format: duration\n                        - type: number\n                          format: float"
        }
        Many => {
            "                    type: array\n                    items:\n                        type: string"
        }
    }
}

const COMPONENTS: &str = "components:
    responses:
        Success:
            description: The answer.
            content:
                application/json:
                    schema:
                        type: object
                        required: [status]
                        properties:
                            status:
                                type: string
                                enum: [success]
                            data: {}
                            warnings:
                                type: array
                                items:
                                    type: string
                            infos:
                                type: array
                                items:
                                    type: string
        Error:
            description: Why there is none.
            content:
                application/json:
                    schema:
                        type: object
                        required: [status, errorType, error]
                        properties:
                            status:
                                type: string
                                enum: [error]
                            errorType:
                                type: string
                            error:
                                type: string
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::api_paths;

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let mut described: Vec<&str> = ENDPOINTS.iter().map(|e| e.path).collect();
        let mut routes: Vec<&str> = api_paths().collect();
        described.sort_unstable();
        routes.sort_unstable();
        assert_eq!(described, routes);
    }

    #[test]
    fn the_description_is_yaml() {
        let text = document("3.2.0", "3.14.0", "/x/api/v1");
        assert!(text.starts_with("openapi: 3.2.0\n") && text.contains("    - url: /x/api/v1\n"));
        let operations = text.matches("operationId: ").count();
        assert_eq!(operations, ENDPOINTS.iter().map(|e| e.methods.len()).sum::<usize>());
        let tabs = text.lines().filter(|line| line.contains('\t')).count();
        assert_eq!(tabs, 0);
    }
}
