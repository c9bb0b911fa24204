//! Answers that break HTTP, or bend it: each is a named error or a good body, at once, and what came is with the
//! caller.

use std::time::Duration;

use tokio::time::timeout;

use super::canned::Canned;
use crate::error::{Error, Kind};
use crate::picture::tests::sample_png;
use crate::response::{pictures, salvage};
use crate::testing::{V45_FULL, request};

/// What becomes of an answer.
enum Outcome {
    /// The picture is read.
    Picture,
    /// The body is whole, but no picture can be made of it.
    Unreadable,
    /// The head is an error.
    Head(Kind),
    /// The body breaks off, and so many pictures are salvaged.
    Cut(usize),
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes(), body].concat()
}

fn sized(head: &str, body: &[u8]) -> Vec<u8> {
    answer(&format!("{head}content-length: {}", body.len()), body)
}

fn answers() -> Vec<(&'static str, Vec<u8>, Outcome)> {
    use Outcome::{Cut, Head, Picture, Unreadable};
    let png = sample_png(64, 64, &[]);
    let chunk = |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    let dribble: Vec<u8> = png.iter().flat_map(|byte| chunk(&[*byte])).collect();
    let chunked = "transfer-encoding: chunked";
    vec![
        ("a wrong type", sized("content-type: text/html\r\n", &png), Picture),
        ("gzip that is none", sized("content-encoding: gzip\r\n", &png), Picture),
        ("brotli that is none", sized("content-encoding: br\r\n", &png), Picture),
        (
            "a dribble of chunks",
            answer(chunked, &[&dribble[..], b"0\r\n\r\n"].concat()),
            Picture,
        ),
        ("a body up to the end of the connection", answer("x: y", &png), Picture),
        ("chunks without an end", answer(chunked, &chunk(&png)), Cut(1)),
        (
            "chunks that are no chunks",
            answer(chunked, &[&chunk(&png)[..], b"zz\r\n"].concat()),
            Cut(1),
        ),
        (
            "a chunk of exabytes",
            answer(chunked, b"ffffffffffffffff\r\nxx"),
            Cut(0),
        ),
        ("less than was told", answer("content-length: 100000", &png), Cut(1)),
        ("more than was told", answer("content-length: 20", &png), Unreadable),
        ("nothing", sized("", b""), Unreadable),
        ("no content", b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), Unreadable),
        (
            "a page with status 200",
            sized("content-type: image/png\r\n", b"<title>Hi</title>"),
            Unreadable,
        ),
        (
            "a length below zero",
            answer("content-length: -5", &png),
            Head(Kind::Interrupted),
        ),
        (
            "two lengths",
            answer("content-length: 5\r\ncontent-length: 6", &png),
            Head(Kind::Interrupted),
        ),
        (
            "no HTTP",
            b"220 mail.example.com ESMTP\r\n".to_vec(),
            Head(Kind::Interrupted),
        ),
        ("a picture without a head", png.clone(), Head(Kind::Interrupted)),
        (
            "a head without an end",
            b"HTTP/1.1 200 OK\r\nx: ".to_vec(),
            Head(Kind::Interrupted),
        ),
        (
            "a head that is too long",
            answer(&"x: y\r\n".repeat(100_000), b""),
            Head(Kind::Interrupted),
        ),
        (
            "a status that is none",
            b"HTTP/1.1 9999 ?\r\n\r\n".to_vec(),
            Head(Kind::Interrupted),
        ),
        (
            "a status of nobody",
            b"HTTP/1.1 799 ?\r\ncontent-length: 0\r\n\r\n".to_vec(),
            Head(Kind::Unavailable),
        ),
        (
            "a refusal that breaks off",
            b"HTTP/1.1 403 F\r\ncontent-length: 99\r\n\r\n{\"mess".to_vec(),
            Head(Kind::Rejected),
        ),
        (
            "a refusal in bytes",
            b"HTTP/1.1 500 E\r\n\r\n\xff\xfe\0\x80".to_vec(),
            Head(Kind::Unavailable),
        ),
        (
            "a redirect to itself",
            b"HTTP/1.1 307 T\r\nlocation: /\r\ncontent-length: 0\r\n\r\n".to_vec(),
            Head(Kind::Rejected),
        ),
    ]
}

#[tokio::test]
async fn every_broken_answer_is_a_named_error_and_what_came_is_kept() {
    for (name, bytes, outcome) in answers() {
        let server = Canned::new(bytes, true).await;
        let call = async {
            let mut body = server.client.generate(&request(V45_FULL)).await?;
            let mut came = Vec::new();
            loop {
                match body.chunk().await {
                    Ok(Some(chunk)) => came.extend_from_slice(&chunk),
                    Ok(None) => return Ok::<_, Error>((came, None)),
                    Err(error) => return Ok((came, Some(error))),
                }
            }
        };
        let result = timeout(Duration::from_secs(20), call)
            .await
            .unwrap_or_else(|_| panic!("{name} hangs"));
        match (outcome, result) {
            (Outcome::Picture, Ok((came, None))) => assert_eq!(pictures(&came).unwrap().len(), 1, "{name}"),
            (Outcome::Unreadable, Ok((came, None))) => {
                assert_eq!(pictures(&came).unwrap_err().kind(), Kind::Malformed, "{name}");
            }
            (Outcome::Cut(whole), Ok((came, Some(error)))) => {
                assert_eq!(
                    (error.kind(), salvage(&came).len()),
                    (Kind::Interrupted, whole),
                    "{name}"
                );
            }
            (Outcome::Head(kind), Err(error)) => assert_eq!(error.kind(), kind, "{name}: {error}"),
            (_, result) => panic!("{name}: {result:?}"),
        }
        assert_eq!(server.heard().len(), 1, "{name} was sent once");
    }
}
