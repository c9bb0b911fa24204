//! The ways to fail, and a client that leaves.

mod common;

use std::time::Duration;

use common::*;
use sandbox::{Fault, Options, Sandbox};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

/// Reads a body to where it ends or breaks: the bytes, and whether it ended well.
async fn read(mut reply: reqwest::Response) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    loop {
        match reply.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return (bytes, true),
            Err(_) => return (bytes, false),
        }
    }
}

#[tokio::test]
async fn a_status_can_come_before_or_after_the_charge() {
    let sandbox = start_with(Options {
        tier: 0,
        ..Options::default()
    })
    .await;
    let status = |after_charging| Fault::Status {
        status: 502,
        body: None,
        retry_after: None,
        after_charging,
    };
    sandbox.fail_next(status(false));
    sandbox.fail_next(status(true));
    sandbox.fail_next(Fault::Status {
        status: 520,
        body: Some("<html>cloud</html>".into()),
        retry_after: None,
        after_charging: false,
    });
    assert_eq!(generate(&sandbox, &v45()).await.status(), 502);
    assert_eq!((last(&sandbox).await.ran, sandbox.books().charged), (false, 0));
    assert_eq!(generate(&sandbox, &v45()).await.status(), 502);
    assert_eq!((last(&sandbox).await.ran, sandbox.books().charged), (true, 2));
    let html = generate(&sandbox, &v45()).await;
    assert_eq!(
        (html.status().as_u16(), &html.headers()["content-type"]),
        (520, &"text/html".parse().unwrap())
    );
    assert_eq!(generate(&sandbox, &v45()).await.status(), 200);
}

#[tokio::test]
async fn a_cut_body_brings_exactly_the_bytes_before_the_cut() {
    let sandbox = start().await;
    sandbox.fail_always(Some(Fault::CutBody { after_bytes: 5000 }));
    let (whole, good) = read(generate(&sandbox, &v45()).await).await;
    assert_eq!((whole.len(), good), (5000, false));
    let exchange = last(&sandbox).await;
    assert!(exchange.ran && !exchange.delivered && !exchange.pictures[0].delivered);
    assert_eq!(exchange.sent, 5000);
    let (streamed, good) = read(stream(&sandbox, &streamed(v45())).await).await;
    assert_eq!((streamed.len(), good), (5000, false));
    assert!(!last(&sandbox).await.delivered);
    sandbox.fail_always(None);
    assert!(read(generate(&sandbox, &v45()).await).await.1);
}

#[tokio::test]
async fn a_reset_comes_after_whole_frames() {
    let sandbox = start().await;
    sandbox.fail_next(Fault::ResetStream { after_frames: 2 });
    let (bytes, good) = read(stream(&sandbox, &streamed(v45())).await).await;
    assert!(!good);
    assert_eq!(frames(&bytes).len(), 2);
    let exchange = last(&sandbox).await;
    assert_eq!((exchange.previews, exchange.delivered), (2, false));
    assert!(!sandbox.is_busy());
}

#[tokio::test]
async fn a_stalled_body_ends_when_the_client_leaves() {
    let sandbox = start().await;
    sandbox.fail_next(Fault::StallBody { after_bytes: 100 });
    let mut reply = stream(&sandbox, &streamed(v45())).await;
    let mut got = 0;
    while got < 100 {
        got += reply.chunk().await.unwrap().unwrap().len();
    }
    assert!(
        tokio::time::timeout(Duration::from_millis(200), reply.chunk())
            .await
            .is_err()
    );
    assert!(!sandbox.books().exchanges[0].over);
    drop(reply);
    let exchange = last(&sandbox).await;
    assert_eq!((exchange.sent, exchange.delivered), (100, false));
}

#[tokio::test]
async fn an_error_frame_stands_for_every_sample() {
    let sandbox = start().await;
    sandbox.fail_next(Fault::ErrorFrame {
        after_frames: 1,
        message: "out of paint".into(),
    });
    let body = streamed(with(v45(), serde_json::json!({ "n_samples": 2 })));
    let (bytes, good) = read(stream(&sandbox, &body).await).await;
    let frames = frames(&bytes);
    let kinds: Vec<_> = frames
        .iter()
        .map(|frame| (frame.event_type.as_str(), frame.samp_ix))
        .collect();
    assert!(good);
    assert_eq!(kinds, [("intermediate", 0), ("error", 0), ("error", 1)]);
    assert_eq!(frames[2].message.as_deref(), Some("out of paint"));
    assert!(!last(&sandbox).await.pictures.iter().any(|picture| picture.delivered));
}

#[tokio::test]
async fn other_bodies_can_take_the_picture_s_place() {
    let sandbox = start().await;
    sandbox.fail_next(Fault::Html);
    sandbox.fail_next(Fault::WrongContentType);
    sandbox.fail_next(Fault::Body {
        content_type: "application/zip".into(),
        bytes: b"PK\x05\x06".to_vec(),
    });
    sandbox.fail_next(Fault::Slow(Duration::from_millis(150)));
    sandbox.fail_next(Fault::Dribble {
        bytes: 1000,
        pause: Duration::from_millis(1),
    });
    let html = generate(&sandbox, &v45()).await;
    assert_eq!(html.status(), 200);
    assert!(html.text().await.unwrap().starts_with("<!DOCTYPE html>"));
    let wrong = generate(&sandbox, &v45()).await;
    assert_eq!(wrong.headers()["content-type"], "text/plain");
    assert!(wrong.bytes().await.unwrap().starts_with(b"PK\x03\x04"));
    assert_eq!(
        generate(&sandbox, &v45()).await.bytes().await.unwrap().as_ref(),
        b"PK\x05\x06"
    );
    let before = std::time::Instant::now();
    assert_eq!(generate(&sandbox, &v45()).await.status(), 200);
    assert!(before.elapsed() >= Duration::from_millis(150));
    assert!(read(generate(&sandbox, &v45()).await).await.1);
    assert!(sandbox.books().exchanges.iter().all(|exchange| exchange.ran));
}

#[tokio::test]
async fn faults_of_the_account_leave_generations_alone() {
    let sandbox = start().await;
    sandbox.fail_account(Some(Fault::Html));
    let url = format!("{}/user/subscription", sandbox.url());
    let account = reqwest::Client::new().get(url).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(account.headers()["content-type"], "text/html");
    assert_eq!(
        generate(&sandbox, &v45()).await.headers()["content-type"],
        "binary/octet-stream"
    );
}

/// A server that takes its time.
async fn slow() -> Sandbox {
    start_with(Options {
        step_delay: Duration::from_millis(100),
        ..Options::default()
    })
    .await
}

#[tokio::test]
async fn a_generation_stops_when_its_client_leaves() {
    let sandbox = slow().await;
    let mut reply = stream(&sandbox, &streamed(with(v45(), serde_json::json!({ "steps": 50 })))).await;
    reply.chunk().await.unwrap();
    assert!(sandbox.is_busy());
    drop(reply);
    let exchange = last(&sandbox).await;
    assert!(exchange.ran && !exchange.delivered && exchange.pictures.is_empty());
    assert!(exchange.previews < 5, "it went on for {} steps", exchange.previews);
    assert_eq!(
        generate(&sandbox, &v45()).await.status(),
        200,
        "the next one finds the easel free"
    );

    let request = post(
        &sandbox,
        "/ai/generate-image",
        &with(v45(), serde_json::json!({ "steps": 50 })),
    )
    .send();
    assert!(tokio::time::timeout(Duration::from_millis(300), request).await.is_err());
    let exchange = last(&sandbox).await;
    assert_eq!((exchange.ran, exchange.status, exchange.delivered), (true, None, false));
    assert!(!sandbox.is_busy());
}

#[tokio::test]
async fn what_a_client_left_unread_is_undelivered_once_its_connection_is_closed() {
    let sandbox = start().await;
    let mut client = TcpStream::connect(sandbox.url().trim_start_matches("http://"))
        .await
        .unwrap();
    let body = v45().to_string();
    let head = format!(
        "POST /ai/generate-image HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    client.write_all(head.as_bytes()).await.unwrap();
    client.write_all(body.as_bytes()).await.unwrap();
    // The reply lies in the buffers of the system.
    assert!(last(&sandbox).await.delivered);
    assert_eq!(sandbox.connections(), 1);

    drop(client);

    while sandbox.connections() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let books = sandbox.books();
    assert!(!books.exchanges[0].delivered);
    assert_eq!(books.delivered().count(), 0);
}

#[tokio::test]
async fn a_killed_server_breaks_its_streams_and_refuses_new_connections() {
    for fault in [None, Some(Fault::Die { after_frames: 1 })] {
        let sandbox = slow().await;
        if let Some(fault) = fault.clone() {
            sandbox.fail_next(fault);
        }
        let mut reply = stream(&sandbox, &streamed(v45())).await;
        reply.chunk().await.unwrap().unwrap();
        if fault.is_none() {
            sandbox.kill();
        }
        let (_, good) = tokio::time::timeout(Duration::from_secs(5), read(reply)).await.unwrap();
        assert!(!good);
        assert!(!last(&sandbox).await.delivered);
        let port = sandbox.url().rsplit(':').next().unwrap().parse().unwrap();
        let url = sandbox.url();
        assert!(reqwest::get(&url).await.unwrap_err().is_connect());
        sandbox.stop().await;
        let again = Sandbox::start(Options {
            port,
            ..Options::default()
        })
        .await
        .unwrap();
        assert_eq!(again.url(), url);
        assert_eq!(reqwest::get(&url).await.unwrap().status(), 404);
    }
}

/// The kernel resets a connection that is closed with bytes unread, at least on Linux.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn bytes_that_nobody_read_do_not_count_as_delivered() {
    use tokio::io::AsyncWriteExt as _;

    let sandbox = start().await;
    let address = sandbox.url().replace("http://", "");
    let body = v45().to_string();
    let mut connection = tokio::net::TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /ai/generate-image HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {TOKEN}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    assert!(
        last(&sandbox).await.delivered,
        "a small body fits in the kernel's buffers"
    );
    drop(connection);
    for _ in 0..200 {
        if !sandbox.books().exchanges[0].delivered {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the books still say that it was delivered");
}
