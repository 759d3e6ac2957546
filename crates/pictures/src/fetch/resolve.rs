//! Choices and selections of variables, asked of data sources where they come from there.

use serde_json::Value;

use super::query::source_of;
use super::{Context, Source};
use crate::document::repeat::Scope;
use crate::field::pattern::Pattern;
use crate::json::{at, list, plain, text, text_or};
use crate::variables::interpolate::Place;
use crate::variables::options::{self, Choice, VariableQuery, choose, query_text};
use crate::variables::resolution_order;

/// Resolves all variables, each after those that it mentions.
pub async fn resolve(context: &mut Context, source: &dyn Source) {
    for place in resolution_order(&context.variables) {
        let found = choices(context, place, source).await;
        let variable = &mut context.variables[place];
        match found {
            Ok(Some(choices)) => {
                variable.selected = choose(&choices, &variable.selected, &variable.doc, variable.is_asked);
                variable.choices = choices;
            }
            // Filters have no choices; kinds that nobody knows keep their saved selection.
            Ok(None) => {}
            Err(problem) => variable.problem = Some(problem),
        }
    }
}

async fn choices(
    context: &Context,
    place: usize,
    source: &dyn Source,
) -> Result<Option<Vec<Choice>>, String> {
    let variable = &context.variables[place];
    let doc = &variable.doc;
    let filled = |place: Place, text: &str| context.fill(&context.builtins, &Scope::new(), place, text);
    Ok(match variable.kind.as_str() {
        "query" => {
            let wanted = at(doc, "datasource");
            let Some(found) = source_of(wanted, context, &Scope::new(), source.known()) else {
                return Err(format!("there is no data source {}", plain(at(wanted, "uid"))));
            };
            if found.kind != "prometheus" {
                return Err(format!(
                    "variables of data source type {:?} keep their saved value in pictures",
                    found.kind
                ));
            }
            let query = options::parse_query(&filled(Place::PromQl, &query_text(doc)));
            let strings = strings(query, &found.uid, context, source).await?;
            let pattern = filled(Place::Plain, text(doc, "regex"));
            Some(options::of_strings(&strings, &pattern, options::order(doc)))
        }
        "datasource" => {
            let kind = query_text(doc);
            let pattern = Pattern::new(text(doc, "regex"));
            let mut known: Vec<_> = source
                .known()
                .iter()
                .filter(|info| info.kind == kind && pattern.as_ref().is_none_or(|p| p.is_match(&info.name)))
                .collect();
            known.sort_by_key(|info| !info.is_default);
            let choice =
                |info: &&super::SourceInfo| Choice { text: info.name.clone(), value: info.uid.clone() };
            Some(known.iter().map(choice).collect())
        }
        "custom" => Some(options::custom(&query_text(doc))),
        "interval" => Some(options::intervals(doc)),
        "constant" => Some(vec![Choice::plain(query_text(doc))]),
        "textbox" => {
            let value = variable.selected.first().cloned().unwrap_or_else(|| query_text(doc));
            Some(vec![Choice::plain(value)])
        }
        "switch" => Some(vec![
            Choice::plain(text_or(doc, "disabledValue", "false")),
            Choice::plain(text_or(doc, "enabledValue", "true")),
        ]),
        _no_choices => None,
    })
}

async fn strings(
    query: VariableQuery,
    uid: &str,
    context: &Context,
    source: &dyn Source,
) -> Result<Vec<String>, String> {
    let (from, to) = context.builtins.span;
    let seconds = |ms: f64| format!("{:.3}", ms / 1000.0);
    let range = |matching: String| {
        let mut form = vec![("start", seconds(from)), ("end", seconds(to))];
        if !matching.is_empty() {
            form.push(("match[]", matching));
        }
        form
    };
    let texts = |data: &Value| data.as_array().into_iter().flatten().map(plain).collect::<Vec<String>>();
    Ok(match query {
        VariableQuery::LabelValues(matching, label) => {
            let path = format!("label/{}/values", label_name(&label));
            texts(&source.prometheus(uid, path, range(matching)).await?)
        }
        VariableQuery::LabelNames(matching) => {
            texts(&source.prometheus(uid, "labels".to_owned(), range(matching)).await?)
        }
        VariableQuery::Metrics(pattern) => {
            let names =
                source.prometheus(uid, "label/__name__/values".to_owned(), range(String::new())).await?;
            let pattern = Pattern::new(&pattern);
            let fits = |name: &String| pattern.as_ref().is_none_or(|pattern| pattern.is_match(name));
            texts(&names).into_iter().filter(fits).collect()
        }
        VariableQuery::QueryResult(expr) => {
            let form = vec![("query", expr), ("time", seconds(to))];
            samples(&source.prometheus(uid, "query".to_owned(), form).await?)
        }
        VariableQuery::Series(matching) => {
            let data = source.prometheus(uid, "series".to_owned(), range(matching)).await?;
            data.as_array().into_iter().flatten().map(series).collect()
        }
    })
}

/// Names outside of the classic alphabet travel in their `U__` form.
fn label_name(label: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if label.chars().all(is_word) && !label.starts_with(|c: char| c.is_ascii_digit()) {
        return label.to_owned();
    }
    let escaped: String = label
        .chars()
        .map(|c| match c {
            '_' => "__".to_owned(),
            word if is_word(word) => word.to_string(),
            other => format!("_{:x}_", u32::from(other)),
        })
        .collect();
    format!("U__{escaped}")
}

/// Samples as `name{labels} value time`, which patterns of documents pick apart.
fn samples(data: &Value) -> Vec<String> {
    if matches!(text(data, "resultType"), "scalar" | "string") {
        return vec![plain(&data["result"][1])];
    }
    let sample = |item: &Value| {
        let ms = item["value"][0].as_f64().unwrap_or(0.0) * 1000.0;
        format!("{} {} {}", series(&item["metric"]), plain(&item["value"][1]), ms.round())
    };
    list(data, "result").iter().map(sample).collect()
}

fn series(labels: &Value) -> String {
    let pairs: Vec<String> = labels
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(label, _)| *label != "__name__")
        .map(|(label, value)| format!("{label}=\"{}\"", plain(value)))
        .collect();
    format!("{}{{{}}}", text(labels, "__name__"), pairs.join(","))
}
