//! A server that has nothing to do: it answers every request for a picture at once with the same one. What is then left
//! of the time is the client's own.

use std::io::{Cursor, Write};
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// It listens until it is dropped.
pub(crate) struct Stub {
    pub(crate) url: String,
    listening: tokio::task::JoinHandle<()>,
}

/// The picture in the two forms of the service.
struct Replies {
    zip: Vec<u8>,
    stream: Vec<u8>,
}

impl Stub {
    /// Starts one that gives this picture.
    pub(crate) async fn start(png: &[u8]) -> Result<Self> {
        let replies = Arc::new(Replies {
            zip: zipped(png)?,
            stream: streamed(png)?,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let listening = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let replies = Arc::clone(&replies);
                // A client that goes away is no error here.
                tokio::spawn(async move { serve(connection, &replies).await });
            }
        });
        Ok(Self { url, listening })
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn serve(connection: TcpStream, replies: &Replies) -> Result<()> {
    connection.set_nodelay(true)?;
    let mut connection = BufReader::new(connection);
    loop {
        let mut first = String::new();
        if connection.read_line(&mut first).await? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            connection.read_line(&mut line).await?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        connection.read_exact(&mut body).await?;
        let path = first.split(' ').nth(1).context("a request has a path")?;
        let (status, kind, body) = match path {
            "/ai/generate-image" => ("200 OK", "binary/octet-stream", &replies.zip[..]),
            "/ai/generate-image-stream" => ("200 OK", "application/msgpack", &replies.stream[..]),
            "/user/subscription" => ("200 OK", "application/json", &br#"{"tier":3,"active":true}"#[..]),
            "/user/login" => ("201 Created", "application/json", &br#"{"accessToken":"eyJ0"}"#[..]),
            _ => ("404 Not Found", "application/json", &b"{}"[..]),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all(head.as_bytes()).await?;
        connection.write_all(body).await?;
        connection.flush().await?;
    }
}

fn zipped(png: &[u8]) -> Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("image_0.png", SimpleFileOptions::default())?;
    writer.write_all(png)?;
    Ok(writer.finish()?.into_inner())
}

/// One frame, with the finished picture.
fn streamed(png: &[u8]) -> Result<Vec<u8>> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).map(u32::to_be_bytes);
    let map = b"\x84\xaaevent_type\xa5final\xa7samp_ix\x00\xa6gen_id\xa1x\xa5image\xc6";
    let map = [&map[..], &length(png)?, png].concat();
    Ok([&length(&map)?[..], &map].concat())
}
