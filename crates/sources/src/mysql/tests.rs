//! MySQL's packets and logins; `tests/databases.rs` asks a real server.

use proptest::prelude::*;

use super::columns_of;
use super::login::{CACHING, NATIVE, encrypted, proof};
use super::packets::{Greeting, column, error, greeting, is_end, login, row};
use super::run::reads;
use crate::error::SourceError;
use crate::sql::rows::Cell;

#[test]
fn a_greeting_is_read() {
    let mut packet = b"\x0a10.11.6-MariaDB\0\x01\0\0\0abcdefgh\0".to_vec();
    packet.extend_from_slice(&[0x00, 0x08, 45, 2, 0, 0x08, 0x00, 21]);
    packet.extend_from_slice(&[0; 10]);
    packet.extend_from_slice(b"ijklmnopqrst\0mysql_native_password\0");
    let want = Greeting {
        version: "10.11.6-MariaDB".to_owned(),
        can: 0x0008_0800,
        nonce: b"abcdefghijklmnopqrst".to_vec(),
        plugin: NATIVE.to_owned(),
    };
    assert_eq!(greeting(&packet).unwrap(), want);
    assert!(greeting(b"\x09old\0").is_err());
    let refused = greeting(b"\xff\x10\x04Too many connections").unwrap_err();
    assert_eq!(refused, SourceError::Refused("db query error: Error 1040: Too many connections".to_owned()));
}

#[test]
fn proofs_are_those_of_the_protocol() {
    let hex = |bytes: Vec<u8>| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let nonce = b"abcdefghijklmnopqrst";
    // As Python's hashlib makes them.
    assert_eq!(hex(proof(NATIVE, "secret", nonce).unwrap()), "8817c50fa779daef010ee7577825b0847df9842e");
    assert_eq!(
        hex(proof(CACHING, "secret", nonce).unwrap()),
        "c76e2898612a4cf042c77fa8c4702c4c64c0c2c557c53c4d75595aaa6abae809"
    );
    assert_eq!(proof(NATIVE, "", nonce), Some(vec![]));
    assert_eq!(proof("dialog", "secret", nonce), None);
    assert!(
        encrypted("secret", nonce, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----").is_err()
    );
}

#[test]
fn a_password_travels_under_the_servers_key() {
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rsa::{KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;

    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let public: PublicKeyX509Der<'_> = private.public_key().as_der().unwrap();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        BASE64_STANDARD.encode(public.as_ref())
    );
    let nonce = b"abcdefghijklmnopqrst";
    let sealed = encrypted("secret", nonce, &pem).unwrap();
    let mut opened = vec![0; private.key_size_bytes()];
    let opened = OaepPrivateDecryptingKey::new(private)
        .unwrap()
        .decrypt(&OAEP_SHA1_MGF1SHA1, &sealed, &mut opened, None)
        .unwrap()
        .to_vec();
    let unmasked: Vec<u8> = opened.iter().zip(nonce).map(|(a, b)| a ^ b).collect();
    assert_eq!(unmasked, b"secret\0");
    assert!(encrypted(&"x".repeat(500), nonce, &pem).is_err(), "too long for the key");
}

#[test]
fn only_statements_that_read_are_sent() {
    let cases = [
        ("SELECT 1", true),
        ("  \n(select 1)", true),
        ("/* a */ -- b\n# c\nWITH x AS (SELECT 1) SELECT * FROM x", true),
        ("show tables", true),
        ("EXPLAIN SELECT 1", true),
        ("/*!50001 SET GLOBAL x = 1 */", false),
        ("/*M!100 SET GLOBAL x = 1 */", false),
        ("SET GLOBAL max_connections = 1", false),
        ("DROP TABLE x", false),
        ("SELECTED", false),
        ("-- only a comment", false),
        ("", false),
    ];
    for (sql, want) in cases {
        assert_eq!(reads(sql), want, "{sql}");
    }
}

#[test]
fn columns_rows_and_ends_are_read() {
    let packet = b"\x03def\x01s\x01t\x01t\x04name\x04name\x0c\x2d\0\xff\0\0\0\x0c\0\0\0\0\0";
    assert_eq!(column(packet).unwrap(), ("name".to_owned(), Cell::Time));
    assert_eq!(row(b"\x01x\xfb\x00", 3).unwrap(), [Some(&b"x"[..]), None, Some(&b""[..])]);
    assert!(row(b"\x05x", 1).is_err());
    assert!(is_end(b"\xfe\0\0\x02\0"));
    assert!(!is_end(b"\xfe\0\0\0\x01\0\0\0\0more"));
    assert!(matches!(error(b"\xff\xb1\x07#70100Query execution was interrupted"), SourceError::Timeout(_)));
}

#[test]
fn names_cannot_leave_their_literal() {
    assert!(columns_of("a'b\\").contains("X'6127625c'"));
    assert_eq!(login(8, "u\0x", b"p", "d", "n")[32..], *b"ux\0\x01pd\0n\0");
}

proptest! {
    #[test]
    fn packets_of_any_bytes_end_somewhere(bytes in proptest::collection::vec(any::<u8>(), 0..80), text in "\\PC{0,40}") {
        greeting(&bytes).ok();
        column(&bytes).ok();
        row(&bytes, 5).ok();
        error(&bytes);
        reads(&text);
    }
}
