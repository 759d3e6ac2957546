//! A silence as a message: in the snapshot file and between peers.

use model::MatchOp;
use prost::Message;

use super::{Kept, Silence};
use crate::matchers::{Matcher, Matchers};
use crate::pb::{self, MatcherType};

pub(super) fn encode(kept: &Kept, out: &mut Vec<u8>) {
    to_message(kept).encode_length_delimited(out).expect("a vector grows as needed");
}

pub(super) fn size(kept: &Kept) -> usize {
    to_message(kept).encoded_len()
}

fn to_message(kept: &Kept) -> pb::MeshSilence {
    let silence = &kept.silence;
    let matcher_sets: Vec<pb::MatcherSet> = silence.matcher_sets.iter().map(set_to_message).collect();
    pb::MeshSilence {
        expires_at: Some(kept.expires_at.into()),
        silence: Some(pb::Silence {
            id: silence.id.clone(),
            matchers: matcher_sets.first().map_or_else(Vec::new, |set| set.matchers.clone()),
            starts_at: Some(silence.starts_at.into()),
            ends_at: Some(silence.ends_at.into()),
            updated_at: Some(silence.updated_at.into()),
            comments: Vec::new(),
            created_by: silence.created_by.clone(),
            comment: silence.comment.clone(),
            annotations: silence.annotations.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
            matcher_sets,
            receiver_matcher_sets: silence.receiver_matcher_sets.iter().map(set_to_message).collect(),
        }),
    }
}

fn set_to_message(set: &Matchers) -> pb::MatcherSet {
    let matcher = |m: &Matcher| pb::Matcher {
        kind: match m.op() {
            MatchOp::Equal => MatcherType::Equal,
            MatchOp::Regex => MatcherType::Regexp,
            MatchOp::NotEqual => MatcherType::NotEqual,
            MatchOp::NotRegex => MatcherType::NotRegexp,
        }
        .into(),
        name: m.name().to_owned(),
        pattern: m.value().to_owned(),
    };
    pb::MatcherSet { matchers: set.0.iter().map(matcher).collect() }
}

/// Reads a silence. Returns its name and the reason if it cannot be used.
pub(super) fn decode(message: pb::MeshSilence) -> Result<Kept, (String, String)> {
    let Some(mut silence) = message.silence else {
        return Err((String::new(), "no silence in the message".to_owned()));
    };
    let id = std::mem::take(&mut silence.id);
    match kept(&id, silence, message.expires_at) {
        Ok(kept) => Ok(kept),
        Err(reason) => Err((id, reason)),
    }
}

fn kept(id: &str, silence: pb::Silence, expires_at: Option<pb::Time>) -> Result<Kept, String> {
    let time = |what: &str, time: Option<pb::Time>| {
        time.and_then(pb::Time::moment).ok_or_else(|| format!("{what} is missing or no time"))
    };
    let old_form = vec![pb::MatcherSet { matchers: silence.matchers }];
    let sets = if silence.matcher_sets.is_empty() { old_form } else { silence.matcher_sets };
    let (created_by, comment) = match silence.comments.into_iter().next() {
        Some(old_form) => (old_form.author, old_form.comment),
        None => (silence.created_by, silence.comment),
    };
    let silence = Silence {
        id: id.to_owned(),
        matcher_sets: sets.into_iter().map(set).collect::<Result<_, _>>()?,
        receiver_matcher_sets: silence
            .receiver_matcher_sets
            .into_iter()
            .map(set)
            .collect::<Result<_, _>>()?,
        starts_at: time("starts_at", silence.starts_at)?,
        ends_at: time("ends_at", silence.ends_at)?,
        updated_at: time("updated_at", silence.updated_at)?,
        created_by,
        comment,
        annotations: silence.annotations.into_iter().collect(),
    };
    // A silence whose terms are not understood could silence at the wrong time.
    super::terms::Terms::read(&silence.annotations)?;
    Ok(Kept { silence, expires_at: time("expires_at", expires_at)? })
}

fn set(set: pb::MatcherSet) -> Result<Matchers, String> {
    let matcher = |m: pb::Matcher| {
        let op = match MatcherType::try_from(m.kind) {
            Ok(MatcherType::Equal) => MatchOp::Equal,
            Ok(MatcherType::Regexp) => MatchOp::Regex,
            Ok(MatcherType::NotEqual) => MatchOp::NotEqual,
            Ok(MatcherType::NotRegexp) => MatchOp::NotRegex,
            Err(_unknown) => return Err(format!("unknown matcher type {}", m.kind)),
        };
        Matcher::new(op, m.name, m.pattern).map_err(|e| e.to_string())
    };
    set.matchers.into_iter().map(matcher).collect::<Result<_, _>>().map(Matchers)
}
