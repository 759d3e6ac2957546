//! Search over dashboards and folders.

use std::collections::{HashMap, HashSet};

use accounts::{Access, Level, Node};
use catalog::folders::Folder;
use dashboards::search::{self, Hit, Kind, LIMIT_DEFAULT, LIMIT_MAX, Query, Sort};
use dashboards::slug;
use serde_json::{Value, json};

use super::ctx::Ctx;
use super::dashboards::{folder_url, node, url_of};
use super::problem::{Answer, Problem, ok};

/// `GET /api/search`
pub async fn search(ctx: Ctx) -> Answer {
    let mut tx = ctx.read().await?;
    let mut folders = tx.folders().await?;
    let access = Access::new(&folders, tx.all_permissions().await?);
    let stars: HashSet<String> = tx.stars(ctx.who.id).await?.into_iter().collect();
    let query = query(&ctx, &folders, &stars)?;
    let mut dashboards = tx.dashboards().await?;
    drop(tx);
    folders.retain(|f| access.level(&ctx.who, Node::Folder(&f.uid)) >= Level::View);
    let needed = if ctx.params.get("permission") == "Edit" { Level::Edit } else { Level::View };
    dashboards.retain(|d| access.level(&ctx.who, node(d)) >= needed);
    let limit = match ctx.params.number("limit", 0) {
        given if given > 0 => (given as usize).min(LIMIT_MAX),
        _none => LIMIT_DEFAULT,
    };
    let page = ctx.params.number("page", 1).max(1) as usize;
    let by_uid: HashMap<&str, &Folder> = folders.iter().map(|f| (f.uid.as_str(), f)).collect();
    let hits = search::find(&query, &folders, &dashboards);
    let hits = hits.into_iter().skip((page - 1).saturating_mul(limit)).take(limit);
    ok(hits.map(|hit| shown(&ctx, hit, &by_uid, &stars)).collect::<Vec<_>>().into())
}

fn query(ctx: &Ctx, folders: &[Folder], stars: &HashSet<String>) -> Result<Query, Problem> {
    let params = &ctx.params;
    let kind = match params.get("type") {
        "" => None,
        "dash-db" => Some(Kind::Dashboard),
        "dash-folder" => Some(Kind::Folder),
        _other => None,
    };
    let numbers = |name: &str| params.all(name).iter().filter_map(|n| n.parse().ok()).collect::<Vec<i64>>();
    let mut folder_uids: Vec<String> =
        params.all("folderUIDs").iter().flat_map(|list| list.split(',')).map(root_is_empty).collect();
    for id in numbers("folderIds") {
        let uid = folders.iter().find(|f| f.id == id).map(|f| f.uid.clone());
        // A number that is no folder's finds nothing; 0 is the root.
        folder_uids.push(if id == 0 { String::new() } else { uid.unwrap_or_else(|| "-".repeat(41)) });
    }
    let sort = match params.get("sort") {
        "" => Sort::default(),
        word => {
            let known = Sort::ALL.iter().find(|(name, _)| *name == word);
            known
                .map(|(_, sort)| *sort)
                .ok_or_else(|| Problem::bad_request(format!("unknown sort {word:?}")))?
        }
    };
    let mut dashboard_uids = params.all("dashboardUIDs");
    dashboard_uids.extend(params.all("dashboardUID"));
    Ok(Query {
        text: params.get("query").to_owned(),
        tags: params.all("tag"),
        kind,
        dashboard_uids,
        ids: numbers("dashboardIds"),
        folder_uids,
        starred: params.is_on("starred").then(|| stars.clone()),
        sort,
    })
}

fn root_is_empty(uid: &str) -> String {
    if uid == "general" { String::new() } else { uid.to_owned() }
}

fn shown(ctx: &Ctx, hit: Hit<'_>, folders: &HashMap<&str, &Folder>, stars: &HashSet<String>) -> Value {
    let around = |fields: &mut Value, uid: &str| {
        if let Some(folder) = folders.get(uid) {
            fields["folderId"] = folder.id.into();
            fields["folderUid"] = folder.uid.as_str().into();
            fields["folderTitle"] = folder.title.as_str().into();
            fields["folderUrl"] = folder_url(ctx, folder).into();
        }
    };
    let slug = slug::of(hit.title());
    match hit {
        Hit::Folder(f) => {
            let mut shown = json!({
                "id": f.id, "uid": f.uid, "orgId": 1, "title": f.title, "uri": format!("db/{slug}"),
                "url": folder_url(ctx, f), "slug": "", "type": "dash-folder", "tags": [], "isStarred": false,
                "sortMeta": 0, "isDeleted": false,
            });
            around(&mut shown, &f.parent_uid);
            shown
        }
        Hit::Dashboard(d) => {
            let mut shown = json!({
                "id": d.id, "uid": d.uid, "orgId": 1, "title": d.title, "uri": format!("db/{slug}"),
                "url": url_of(ctx, d), "slug": "", "type": "dash-db", "tags": d.tags,
                "isStarred": stars.contains(&d.uid), "sortMeta": 0, "isDeleted": false,
            });
            around(&mut shown, &d.folder_uid);
            shown
        }
    }
}

/// `GET /api/search/sorting`
pub async fn sorting(_ctx: Ctx) -> Answer {
    ok(json!({
        "sortOptions": [
            { "name": "alpha-asc", "displayName": "Alphabetically (A–Z)", "description": "Sort results in an alphabetically ascending order", "meta": "" },
            { "name": "alpha-desc", "displayName": "Alphabetically (Z–A)", "description": "Sort results in an alphabetically descending order", "meta": "" },
        ],
    }))
}

/// `GET /api/dashboards/tags`
pub async fn tags(ctx: Ctx) -> Answer {
    let mut tx = ctx.read().await?;
    let access = ctx.access(&mut tx).await?;
    let mut dashboards = tx.dashboards().await?;
    dashboards.retain(|d| access.level(&ctx.who, node(d)) >= Level::View);
    let tags = search::tags(&dashboards);
    ok(tags
        .into_iter()
        .map(|(term, count)| json!({ "term": term, "count": count }))
        .collect::<Vec<_>>()
        .into())
}
