//! Finding dashboards and folders: a filter over what the catalog lists, in memory.
//!
//! A thousand dashboards are some hundred kilobytes without their documents, so a scan is faster than any index would be worth,
//! and letters of every script match the same way on both databases.

use std::collections::{HashMap, HashSet};

use catalog::dashboards::Dashboard;
use catalog::folders::Folder;

/// Most results of one request, Grafana's bound.
pub const LIMIT_MAX: usize = 5_000;
/// Results of a request that does not say.
pub const LIMIT_DEFAULT: usize = 1_000;

/// What is looked for. Empty lists do not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Words of the title, in any case; all must occur.
    pub text: String,
    /// Tags; all must be there.
    pub tags: Vec<String>,
    /// Which kinds; both if `None`.
    pub kind: Option<Kind>,
    /// These dashboards only.
    pub dashboard_uids: Vec<String>,
    /// These numbers only.
    pub ids: Vec<i64>,
    /// In these folders only; empty text for the root.
    pub folder_uids: Vec<String>,
    /// These starred ones only.
    pub starred: Option<HashSet<String>>,
    /// How to order.
    pub sort: Sort,
}

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `dash-db`
    Dashboard,
    /// `dash-folder`
    Folder,
}

/// How results are ordered. Folders always come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// `alpha-asc`
    #[default]
    Title,
    /// `alpha-desc`
    TitleReversed,
}

impl Sort {
    /// Words of the API with what they mean.
    pub const ALL: [(&'static str, Sort); 2] =
        [("alpha-asc", Sort::Title), ("alpha-desc", Sort::TitleReversed)];
}

/// Something found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit<'a> {
    /// A folder.
    Folder(&'a Folder),
    /// A dashboard.
    Dashboard(&'a Dashboard),
}

impl Hit<'_> {
    /// Its title.
    pub fn title(&self) -> &str {
        match self {
            Hit::Folder(folder) => &folder.title,
            Hit::Dashboard(dashboard) => &dashboard.title,
        }
    }
}

/// Returns what matches, in order. What the asker may not see must not be in the lists.
pub fn find<'a>(query: &Query, folders: &'a [Folder], dashboards: &'a [Dashboard]) -> Vec<Hit<'a>> {
    let words: Vec<String> = query.text.split_whitespace().map(str::to_lowercase).collect();
    let titled = |title: &str| {
        let title = title.to_lowercase();
        words.iter().all(|word| title.contains(word))
    };
    let in_folder = |folder: &String| query.folder_uids.is_empty() || query.folder_uids.contains(folder);
    let known = |uid: &String, id: i64| {
        (query.dashboard_uids.is_empty() || query.dashboard_uids.contains(uid))
            && (query.ids.is_empty() || query.ids.contains(&id))
    };
    let mut hits: Vec<(String, Hit<'a>)> = Vec::new();
    // Folders have neither tags nor stars.
    if query.kind != Some(Kind::Dashboard) && query.tags.is_empty() && query.starred.is_none() {
        let found =
            folders.iter().filter(|f| titled(&f.title) && in_folder(&f.parent_uid) && known(&f.uid, f.id));
        hits.extend(found.map(|f| (f.title.to_lowercase(), Hit::Folder(f))));
    }
    if query.kind != Some(Kind::Folder) {
        let starred = |uid: &String| query.starred.as_ref().is_none_or(|stars| stars.contains(uid));
        let found = dashboards.iter().filter(|d| {
            titled(&d.title)
                && query.tags.iter().all(|tag| d.tags.contains(tag))
                && in_folder(&d.folder_uid)
                && known(&d.uid, d.id)
                && starred(&d.uid)
        });
        hits.extend(found.map(|d| (d.title.to_lowercase(), Hit::Dashboard(d))));
    }
    let is_dashboard = |hit: &Hit<'_>| matches!(hit, Hit::Dashboard(_));
    hits.sort_by(|(a, x), (b, y)| {
        let titles = match query.sort {
            Sort::Title => a.cmp(b),
            Sort::TitleReversed => b.cmp(a),
        };
        is_dashboard(x).cmp(&is_dashboard(y)).then(titles)
    });
    hits.into_iter().map(|(_, hit)| hit).collect()
}

/// Counts the dashboards of each tag, by tag.
pub fn tags(dashboards: &[Dashboard]) -> Vec<(String, usize)> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for tag in dashboards.iter().flat_map(|d| &d.tags) {
        *counts.entry(tag).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().map(|(t, n)| (t.to_owned(), n)).collect();
    counts.sort();
    counts
}
