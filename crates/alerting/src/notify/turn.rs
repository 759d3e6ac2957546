//! One try at telling somebody, step by step.
//!
//! Most kinds send one request and judge its answer. Some log in first, search, or need several requests. So a try is a chain: a
//! [`Turn`] says what to do next, and holds what to do with the answer. It knows no connections: the shell ([`crate::run`])
//! follows it over the network, tests follow it with answers of their own.
//!
//! Invariant: a chain ends. No step leads back to itself; whether there is another try is decided outside.

use std::collections::VecDeque;
use std::fmt;

use http::Method;
use yaml::Secret;

use super::email::Letter;
use super::{KeptData, Verdict, json};

/// A request to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `GET`, `POST` or `PUT`.
    pub method: Method,
    /// Where to. It may hold a secret.
    pub url: Secret,
    /// What the body is, if there is one.
    pub content_type: Option<&'static str>,
    /// Headers besides.
    pub headers: Vec<(&'static str, Secret)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Call {
    /// Posts a JSON document to a URL.
    pub(super) fn json(url: Secret, document: &impl serde::Serialize) -> Result<Call, String> {
        Ok(Call::post(url, "application/json", json::encode(document)?))
    }

    /// Posts a body to a URL.
    pub(super) fn post(url: Secret, content_type: &'static str, body: Vec<u8>) -> Call {
        Call { method: Method::POST, url, content_type: Some(content_type), headers: Vec::new(), body }
    }

    /// Asks for a document.
    pub(super) fn get(url: Secret) -> Call {
        Call { method: Method::GET, url, content_type: None, headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header.
    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Call {
        self.headers.push((name, Secret::new(value)));
        self
    }
}

/// What an answer says.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The media type.
    pub content_type: &'a str,
    /// The body, as far as it was read.
    pub body: &'a str,
}

/// What comes next.
#[derive(Debug)]
pub enum Turn {
    /// A request; its answer leads on.
    Ask(Box<Call>, Then),
    /// A mail to deliver; what becomes of it is the verdict.
    Mail(Box<Letter>),
    /// The try is over.
    End(Verdict),
    /// It arrived, and this is for the next message of the group.
    Keep(KeptData),
}

/// What to do with an answer.
pub struct Then(Box<dyn FnOnce(Answer<'_>) -> Turn + Send>);

impl Then {
    /// Does it.
    pub fn go_on(self, answer: Answer<'_>) -> Turn {
        (self.0)(answer)
    }
}

impl fmt::Debug for Then {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Then")
    }
}

impl Turn {
    /// Sends a request and goes on with its answer.
    pub(super) fn ask(call: Call, then: impl FnOnce(Answer<'_>) -> Turn + Send + 'static) -> Turn {
        Turn::Ask(Box::new(call), Then(Box::new(then)))
    }

    /// Sends a request whose status decides; these statuses may be tried again, besides 5xx.
    pub(super) fn only(call: Call, retried: &'static [u16]) -> Turn {
        Turn::ask(call, move |answer| Turn::End(Verdict::of_answer(answer, retried)))
    }

    /// Sends requests one after the other; the first failure ends it.
    pub(super) fn all(mut calls: VecDeque<Call>, retried: &'static [u16]) -> Turn {
        let Some(call) = calls.pop_front() else { return Turn::End(Verdict::Sent) };
        Turn::ask(call, move |answer| match Verdict::of_answer(answer, retried) {
            Verdict::Sent => Turn::all(calls, retried),
            failure @ (Verdict::Retry(..) | Verdict::GiveUp(..)) => Turn::End(failure),
        })
    }
}
