//! Teams: who is in them, and which series they see.

use accounts::Role;
use catalog::Tx;
use catalog::accounts::Account;
use catalog::teams::{Member, Team};
use dashboards::uid;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::body::{Body, Path};
use super::ctx::{Ctx, time};
use super::problem::{Answer, Problem, done, ok};
use super::user::{full, merged};

/// Teams of one answer.
const PAGE_MAX: usize = 1_000;

fn missing() -> Problem {
    Problem::not_found("Team not found")
}

/// Finds a team by its number or identifier.
async fn find(tx: &mut Tx, name: &str) -> Result<Team, Problem> {
    let found = match name.parse::<i64>() {
        Ok(id) => tx.team(id).await?,
        Err(_) => tx.teams().await?.into_iter().find(|team| team.uid == name),
    };
    found.ok_or_else(missing)
}

/// Finds a team that the asker may change: administrators may, and who runs the team.
async fn administered(ctx: &Ctx, tx: &mut Tx, name: &str) -> Result<Team, Problem> {
    let team = find(tx, name).await?;
    if ctx.who.role < Role::Admin {
        let own = |m: &Member| m.account_id == ctx.who.id && m.is_admin;
        if !tx.members(Some(team.id)).await?.iter().any(own) {
            return Err(Problem::forbidden("teams:write"));
        }
    }
    Ok(team)
}

fn shown(team: &Team, members: usize) -> Value {
    json!({
        "id": team.id, "uid": team.uid, "orgId": 1, "name": team.name, "email": team.email, "avatarUrl": "",
        "memberCount": members, "permission": 0, "created": time(team.created_ms), "updated": time(team.updated_ms),
        "selector": team.selector,
    })
}

/// `GET /api/teams/search`
pub async fn search(ctx: Ctx) -> Answer {
    ctx.need(Role::Viewer, "teams:read")?;
    let (query, name) = (ctx.params.get("query").to_lowercase(), ctx.params.get("name"));
    let per_page = (ctx.params.number("perpage", 1000).max(1) as usize).min(PAGE_MAX);
    let page = ctx.params.number("page", 1).max(1) as usize;
    let mut tx = ctx.read().await?;
    let members = tx.members(None).await?;
    let own = |t: &Team| members.iter().any(|m| m.team_id == t.id && m.account_id == ctx.who.id);
    let mut teams = tx.teams().await?;
    // Who is no administrator sees their own teams.
    teams.retain(|t| ctx.who.role == Role::Admin || own(t));
    teams.retain(|t| name.is_empty() || t.name == name);
    teams.retain(|t| query.is_empty() || t.name.to_lowercase().contains(&query));
    let total = teams.len();
    let count = |t: &Team| members.iter().filter(|m| m.team_id == t.id).count();
    let listed = teams.iter().skip((page - 1).saturating_mul(per_page)).take(per_page);
    let listed: Vec<Value> = listed.map(|t| shown(t, count(t))).collect();
    ok(json!({ "totalCount": total, "teams": listed, "page": page, "perPage": per_page }))
}

/// A team as it is sent. `selector` is ours: the series its members see.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    name: String,
    email: String,
    selector: Option<String>,
}

/// `POST /api/teams`
pub async fn create(ctx: Ctx, Body(sent): Body<Sent>) -> Answer {
    ctx.need(Role::Admin, "teams:create")?;
    let now_ms = ctx.now_ms();
    let mut team = Team {
        id: 0,
        uid: uid::generate()?,
        name: name(&sent.name)?,
        email: sent.email.trim().to_owned(),
        selector: selector(sent.selector.as_deref().unwrap_or(""))?,
        preferences: "{}".to_owned(),
        created_ms: now_ms,
        updated_ms: now_ms,
    };
    let mut tx = ctx.write().await?;
    refuse_taken(&mut tx, &team).await?;
    team.id = tx.add_team(&team).await?;
    tx.commit().await?;
    ok(json!({ "message": "Team created", "teamId": team.id, "uid": team.uid }))
}

fn name(text: &str) -> Result<String, Problem> {
    match text.trim() {
        "" => Err(Problem::bad_request("team name is required")),
        name if name.chars().count() > 190 => {
            Err(Problem::bad_request("team name has more than 190 characters"))
        }
        name => Ok(name.to_owned()),
    }
}

/// Checks a selector and writes it one way.
fn selector(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    promql::parse_selector(text)
        .map_err(|e| Problem::bad_request(format!("invalid selector {text:?}: {e}")))?;
    Ok(text.to_owned())
}

async fn refuse_taken(tx: &mut Tx, team: &Team) -> Result<(), Problem> {
    if tx.teams().await?.iter().any(|other| other.name == team.name && other.id != team.id) {
        return Err(Problem::new(StatusCode::CONFLICT, "Team name taken"));
    }
    Ok(())
}

/// `GET /api/teams/{id}`
pub async fn get(ctx: Ctx, Path(id): Path<String>) -> Answer {
    let mut tx = ctx.read().await?;
    let team = find(&mut tx, &id).await?;
    let members = tx.members(Some(team.id)).await?;
    if ctx.who.role < Role::Admin && !members.iter().any(|m| m.account_id == ctx.who.id) {
        return Err(missing());
    }
    ok(shown(&team, members.len()))
}

/// `PUT /api/teams/{id}`
pub async fn change(ctx: Ctx, Path(id): Path<String>, Body(sent): Body<Sent>) -> Answer {
    let mut tx = ctx.write().await?;
    let old = administered(&ctx, &mut tx, &id).await?;
    let wanted = match &sent.selector {
        Some(text) => selector(text)?,
        None => old.selector.clone(),
    };
    // What a team sees is not for the team to say.
    if wanted != old.selector {
        ctx.need(Role::Admin, "teams.permissions:write")?;
    }
    let team = Team {
        name: name(&sent.name)?,
        email: sent.email.trim().to_owned(),
        selector: wanted,
        updated_ms: ctx.now_ms(),
        ..old
    };
    refuse_taken(&mut tx, &team).await?;
    tx.set_team(&team).await?;
    tx.commit().await?;
    done("Team updated")
}

/// `DELETE /api/teams/{id}`
pub async fn remove(ctx: Ctx, Path(id): Path<String>) -> Answer {
    ctx.need(Role::Admin, "teams:delete")?;
    let mut tx = ctx.write().await?;
    let team = find(&mut tx, &id).await?;
    tx.remove_team(team.id).await?;
    tx.commit().await?;
    done("Team deleted")
}

/// `GET /api/teams/{id}/members`
pub async fn members(ctx: Ctx, Path(id): Path<String>) -> Answer {
    let mut tx = ctx.read().await?;
    let team = find(&mut tx, &id).await?;
    let members = tx.members(Some(team.id)).await?;
    if ctx.who.role < Role::Admin && !members.iter().any(|m| m.account_id == ctx.who.id) {
        return Err(missing());
    }
    let mut listed = Vec::new();
    for member in members {
        let account = tx.account(member.account_id).await?.unwrap_or_default();
        listed.push(json!({
            "orgId": 1, "teamId": team.id, "teamUID": team.uid, "userId": account.id, "userUID": account.uid,
            "email": account.email, "name": account.name, "login": account.login, "avatarUrl": "", "labels": [],
            "permission": if member.is_admin { 4 } else { 0 },
        }));
    }
    ok(listed.into())
}

/// Somebody's place in a team.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Place {
    user_id: i64,
    permission: i64,
}

/// `POST /api/teams/{id}/members`
pub async fn add_member(ctx: Ctx, Path(id): Path<String>, Body(place): Body<Place>) -> Answer {
    let mut tx = ctx.write().await?;
    let team = administered(&ctx, &mut tx, &id).await?;
    let account = tx.account(place.user_id).await?.ok_or_else(|| Problem::not_found("user not found"))?;
    if tx.members(Some(team.id)).await?.iter().any(|m| m.account_id == account.id) {
        return Err(Problem::bad_request("User is already added to this team"));
    }
    set(&mut tx, &team, &account, place.permission == 4).await?;
    tx.commit().await?;
    done("Member added to Team")
}

async fn set(tx: &mut Tx, team: &Team, account: &Account, is_admin: bool) -> Result<(), Problem> {
    Ok(tx.set_member(Member { team_id: team.id, account_id: account.id, is_admin }).await?)
}

/// `PUT /api/teams/{id}/members/{user}`
pub async fn change_member(
    ctx: Ctx,
    Path((id, user)): Path<(String, i64)>,
    Body(place): Body<Place>,
) -> Answer {
    let mut tx = ctx.write().await?;
    let team = administered(&ctx, &mut tx, &id).await?;
    let is_member = tx.members(Some(team.id)).await?.iter().any(|m| m.account_id == user);
    let account = tx.account(user).await?.filter(|_| is_member);
    let account = account.ok_or_else(|| Problem::not_found("Team member not found."))?;
    set(&mut tx, &team, &account, place.permission == 4).await?;
    tx.commit().await?;
    done("Team member updated")
}

/// `DELETE /api/teams/{id}/members/{user}`
pub async fn remove_member(ctx: Ctx, Path((id, user)): Path<(String, i64)>) -> Answer {
    let mut tx = ctx.write().await?;
    let team = administered(&ctx, &mut tx, &id).await?;
    if !tx.remove_member(team.id, user).await? {
        return Err(Problem::not_found("Team member not found."));
    }
    tx.commit().await?;
    done("Team Member removed")
}

/// All members of a team, by address or login.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Everybody {
    members: Vec<String>,
    admins: Vec<String>,
}

/// `PUT /api/teams/{id}/members`
pub async fn set_members(ctx: Ctx, Path(id): Path<String>, Body(everybody): Body<Everybody>) -> Answer {
    let mut tx = ctx.write().await?;
    let team = administered(&ctx, &mut tx, &id).await?;
    let old = tx.members(Some(team.id)).await?;
    let mut kept = Vec::new();
    for (names, is_admin) in [(&everybody.members, false), (&everybody.admins, true)] {
        for name in names {
            let account = tx.account_by_login(&name.trim().to_lowercase()).await?;
            let account =
                account.ok_or_else(|| Problem::bad_request(format!("there is no user {name:?}")))?;
            set(&mut tx, &team, &account, is_admin).await?;
            kept.push(account.id);
        }
    }
    for gone in old.iter().filter(|m| !kept.contains(&m.account_id)) {
        tx.remove_member(team.id, gone.account_id).await?;
    }
    tx.commit().await?;
    done("Team memberships have been updated")
}

/// `GET /api/teams/{id}/preferences`
pub async fn preferences(ctx: Ctx, Path(id): Path<String>) -> Answer {
    let mut tx = ctx.read().await?;
    let team = administered(&ctx, &mut tx, &id).await?;
    ok(full(&team.preferences))
}

/// `PUT /api/teams/{id}/preferences`
pub async fn set_preferences(
    ctx: Ctx,
    Path(id): Path<String>,
    Body(sent): Body<Map<String, Value>>,
) -> Answer {
    let mut tx = ctx.write().await?;
    let team = administered(&ctx, &mut tx, &id).await?;
    tx.set_team(&Team { preferences: merged(None, sent)?, updated_ms: ctx.now_ms(), ..team }).await?;
    tx.commit().await?;
    done("Preferences updated")
}
