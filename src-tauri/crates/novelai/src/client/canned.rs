//! A server of canned bytes, for what no real server would send.

use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::{BaseUrl, Client};

pub(crate) const TOKEN: &str = "pst-AbCdEfGh0123456789";

pub(crate) fn client(port: u16) -> Client {
    let base = BaseUrl::parse(&format!("http://127.0.0.1:{port}")).unwrap();
    Client::new(base, SecretString::from(TOKEN)).unwrap()
}

/// A server that answers with bytes that it was given, and keeps what it was sent.
pub(crate) struct Canned {
    pub(crate) client: Client,
    heard: Arc<Mutex<Vec<String>>>,
    listening: JoinHandle<()>,
}

impl Canned {
    pub(crate) async fn new(answer: impl Into<Vec<u8>>, then_close: bool) -> Self {
        Self::in_turn([answer.into()], then_close).await
    }

    /// A server that has an answer for each connection, the last one for all that follow.
    pub(crate) async fn in_turn(answers: impl Into<Vec<Vec<u8>>>, then_close: bool) -> Self {
        let answers = answers.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = client(listener.local_addr().unwrap().port());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hearing = Arc::clone(&heard);
        let listening = tokio::spawn(async move {
            let mut open = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read_request(&mut stream).await;
                let turn = {
                    let mut heard = hearing.lock().unwrap();
                    heard.push(request);
                    heard.len().min(answers.len()) - 1
                };
                stream.write_all(&answers[turn]).await.unwrap();
                if !then_close {
                    open.push(stream);
                }
            }
        });
        Self {
            client,
            heard,
            listening,
        }
    }

    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for Canned {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some(end) = text.find("\r\n\r\n") {
            let length = text
                .to_lowercase()
                .split("content-length: ")
                .nth(1)
                .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
            if request.len() >= end + 4 + length {
                return text.into_owned();
            }
        }
        if stream.read_buf(&mut request).await.unwrap() == 0 {
            return String::from_utf8_lossy(&request).into_owned();
        }
    }
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}
