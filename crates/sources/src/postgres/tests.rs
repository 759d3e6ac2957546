//! PostgreSQL's messages and logins; `tests/databases.rs` asks a real server.

use proptest::prelude::*;

use super::login::{NONCE_BYTES, Scram, md5_answer};
use super::messages::{columns, error, prepare, row, startup};
use super::{columns_of, literal};
use crate::error::SourceError;
use crate::sql::rows::Cell;

#[test]
fn an_md5_challenge_is_answered() {
    // As Python's hashlib makes it: md5(md5("secret" "me") "salt").
    assert_eq!(md5_answer("me", "secret", b"salt"), "md541c83370953958037c7298c50b238bda");
    assert_ne!(md5_answer("me", "secret", b"salt"), md5_answer("me", "secret", b"tals"));
}

#[test]
fn scram_refuses_servers_that_are_not_the_right_one() {
    let scram = Scram::new(&[7; NONCE_BYTES]);
    let nonce = scram.first().split("r=").nth(1).unwrap().to_owned();
    let good = format!("r={nonce}server,s=c2FsdA==,i=4096");
    let proven = scram.prove("secret", &good).unwrap();
    assert!(proven.message.starts_with(&format!("c=biws,r={nonce}server,p=")));
    assert!(proven.check("v=AAAA").is_err());
    assert!(proven.check("e=invalid-proof").is_err());
    for bad in [
        format!("r={nonce},s=c2FsdA==,i=4096"),
        "r=other,s=c2FsdA==,i=4096".to_owned(),
        format!("r={nonce}x,s=!,i=4096"),
        format!("r={nonce}x,s=c2FsdA==,i=0"),
        format!("r={nonce}x,s=c2FsdA==,i=2000000000"),
        "nonsense".to_owned(),
    ] {
        assert!(scram.prove("secret", &bad).is_err(), "{bad}");
    }
}

#[test]
fn messages_have_their_lengths() {
    assert_eq!(startup(&[("user", "u")]), b"\0\0\0\x10\0\x03\0\0user\0u\0\0");
    assert_eq!(&prepare("S\0Q")[..10], b"P\0\0\0\x0a\0SQ\0\0");
}

#[test]
fn rows_and_columns_are_read() {
    let mut body = vec![0, 2];
    for (name, oid) in [("n", 23i32), ("at", 1184)] {
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(&[0; 7]);
        body.extend_from_slice(&oid.to_be_bytes());
        body.extend_from_slice(&[0; 8]);
    }
    assert_eq!(columns(&body).unwrap(), [("n".to_owned(), Cell::Number), ("at".to_owned(), Cell::Time)]);
    assert_eq!(row(b"\0\x02\0\0\0\x01x\xff\xff\xff\xff").unwrap(), [Some(&b"x"[..]), None]);
    assert!(row(b"\0\x01\0\0\0\x05x").is_err());
}

#[test]
fn errors_say_where() {
    let body = b"SERROR\0C42601\0Msyntax error at or near \"x\"\0P8\0\0";
    let text = "db query error: pq: syntax error at or near \"x\" at character 8 (SQLSTATE 42601)";
    assert_eq!(error(body), SourceError::Refused(text.to_owned()));
    assert!(matches!(error(b"C57014\0Mcanceling statement\0\0"), SourceError::Timeout(_)));
}

#[test]
fn names_cannot_leave_their_literal() {
    assert_eq!(literal("a'; DROP TABLE x --\\"), "E'a''; DROP TABLE x --\\\\'");
    assert!(columns_of("o'k").contains("E'o''k' IN"));
}

proptest! {
    #[test]
    fn messages_of_any_bytes_end_somewhere(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        columns(&bytes).ok();
        row(&bytes).ok();
        error(&bytes);
    }
}
