//! `CRAM-MD5`: the challenge, signed with the secret.

use md5::{Digest, Md5};

const BLOCK_BYTES: usize = 64;

/// Returns the keyed hash of a text in hexadecimal digits (RFC 2104).
pub(super) fn hmac_md5(key: &[u8], text: &[u8]) -> String {
    let mut block = [0; BLOCK_BYTES];
    if key.len() > BLOCK_BYTES {
        block[..16].copy_from_slice(&Md5::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = Md5::new().chain_update(padded(0x36)).chain_update(text).finalize();
    let outer = Md5::new().chain_update(padded(0x5c)).chain_update(inner).finalize();
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 2104 and RFC 2195.
    #[test]
    fn known_digests() {
        for (key, text, expected) in [
            (&[0x0b; 16][..], &b"Hi There"[..], "9294727a3638bb1c13f48ef8158bfc9d"),
            (b"Jefe", b"what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"),
            (
                b"tanstaaftanstaaf",
                b"<1896.697170952@postoffice.reston.mci.net>",
                "b913a602c7eda7a495b4e6e7334d3890",
            ),
            (
                &[0xaa; 80],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd",
            ),
        ] {
            assert_eq!(hmac_md5(key, text), expected);
        }
    }
}
