//! Plain HTTP on a port that speaks TLS: the client is told, in the words of Go's servers, instead of being hung up on.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ANSWER: &[u8] = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/// Looks at the first byte, which it leaves there: HTTP starts with a method in capitals, and no TLS record does.
///
/// # Errors
/// That the client speaks plain HTTP, after answering it; and whatever the connection fails with.
pub async fn refuse(stream: &mut TcpStream) -> io::Result<()> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 || !first[0].is_ascii_uppercase() {
        return Ok(());
    }
    // Closing with bytes unread would reset the connection, and the client might not see the answer.
    let _head = stream.read(&mut [0; 4096]).await?;
    stream.write_all(ANSWER).await?;
    stream.shutdown().await?;
    Err(io::Error::new(io::ErrorKind::InvalidData, "the client sent plain HTTP"))
}
