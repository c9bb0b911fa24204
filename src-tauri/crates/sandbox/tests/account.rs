//! The account over HTTP: what it says of itself, logging in, and whose token may what.
#![allow(clippy::unwrap_used, reason = "this is test code, though not in a test function")]

mod common;

use common::*;
use reqwest::{Client, Response};
use sandbox::{Moved, Options, Sandbox};
use serde_json::{Value, json};

/// The key of `test@example.com` with `hunter2pass` (api.md 1.3).
const KEY: &str = "t4RscJAPIIlKE9KXqu_sGX4DNXw1kAUedNkVJdEJxCv9Y3VBqgLI67mOUFi2RQ1M";

async fn get(sandbox: &Sandbox, path: &str, token: &str) -> Response {
    let url = format!("{}{path}", sandbox.url());
    Client::new().get(url).bearer_auth(token).send().await.unwrap()
}

async fn log_in(sandbox: &Sandbox, key: &str) -> Response {
    let url = format!("{}/user/login", sandbox.url());
    Client::new()
        .post(url)
        .json(&json!({ "key": key }))
        .send()
        .await
        .unwrap()
}

async fn session(sandbox: &Sandbox) -> String {
    let body: Value = log_in(sandbox, KEY).await.json().await.unwrap();
    body["accessToken"].as_str().unwrap().to_owned()
}

async fn create_token(sandbox: &Sandbox, token: &str, body: &Value) -> Response {
    let url = format!("{}/user/create-persistent-token", sandbox.url());
    Client::new()
        .post(url)
        .bearer_auth(token)
        .json(body)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn the_account_tells_about_itself() {
    let sandbox = start().await;
    let body = |path| {
        let sandbox = &sandbox;
        async move { get(sandbox, path, TOKEN).await.json::<Value>().await.unwrap() }
    };
    let data = body("/user/data").await;
    assert_eq!(data["subscription"], body("/user/subscription").await);
    assert_eq!(data["information"], body("/user/information").await);
    assert_eq!(data["priority"], body("/user/priority").await);
    assert_eq!(data["information"]["emailVerified"], true);
    assert_eq!(data["priority"]["maxPriorityActions"], 1000);
    assert!(data.get("keystore").is_some() && data.get("settings").is_some());
}

#[tokio::test]
async fn a_login_gives_a_token_that_works_like_the_other() {
    let sandbox = start().await;
    let reply = log_in(&sandbox, KEY).await;
    assert_eq!(reply.status(), 201);
    let body: Value = reply.json().await.unwrap();
    let token = body["accessToken"].as_str().unwrap();
    assert!(token.starts_with("eyJ") && token.split('.').count() == 3, "{token}");
    assert_eq!(get(&sandbox, "/user/subscription", token).await.status(), 200);
    assert_eq!(get(&sandbox, "/user/keystore", token).await.status(), 200);
    assert_eq!(get(&sandbox, "/user/clientsettings", token).await.status(), 200);
    assert_eq!(get(&sandbox, "/user/subscription", TOKEN).await.status(), 200);

    let wrong = format!("{}x", &KEY[..63]);
    assert_eq!(log_in(&sandbox, &wrong).await.status(), 401);
    assert_eq!(log_in(&sandbox, "short").await.status(), 400);
    let books = serde_json::to_string(&sandbox.books()).unwrap();
    assert!(!books.contains(KEY) && !books.contains(&wrong) && !books.contains(token));
}

#[tokio::test]
async fn another_account_has_another_key() {
    let sandbox = start_with(Options {
        email: "User@Example.com".into(),
        password: "pass".into(),
        ..Options::default()
    })
    .await;
    let key = "t3RYoiH9oGiRjCHgZGFeIncS5NtSYoRlsTSVzLLtUk18OU4WcxISwsD8dcrmDVp9";
    assert_eq!(log_in(&sandbox, key).await.status(), 201);
    assert_eq!(log_in(&sandbox, KEY).await.status(), 401);
}

#[tokio::test]
async fn a_persistent_token_may_less_than_a_login() {
    let sandbox = start().await;
    for path in ["/user/keystore", "/user/clientsettings"] {
        assert_eq!(get(&sandbox, path, TOKEN).await.status(), 401, "{path}");
    }
    assert_eq!(create_token(&sandbox, TOKEN, &json!({})).await.status(), 401);
}

#[tokio::test]
async fn there_is_one_persistent_token_at_a_time() {
    let sandbox = start().await;
    let login = session(&sandbox).await;
    assert_eq!(create_token(&sandbox, &login, &json!({})).await.status(), 409);
    let reply = create_token(&sandbox, &login, &json!({ "overwrite": true })).await;
    assert_eq!(reply.status(), 201);
    let body: Value = reply.json().await.unwrap();
    let token = body["token"].as_str().unwrap();
    assert!(token.starts_with("pst-"));
    assert_eq!(get(&sandbox, "/user/subscription", token).await.status(), 200);
    assert_eq!(get(&sandbox, "/user/subscription", TOKEN).await.status(), 401);
    assert_eq!(get(&sandbox, "/user/subscription", &login).await.status(), 200);
    assert_eq!(
        get(&sandbox, "/sandbox/books", TOKEN).await.status(),
        200,
        "whoever started the sandbox keeps its books"
    );
}

#[tokio::test]
async fn an_account_without_a_persistent_token_gets_its_first() {
    let sandbox = Sandbox::start(Options {
        token: Some("eyJ.of.a-login".into()),
        ..Options::default()
    })
    .await
    .unwrap();
    let reply = create_token(&sandbox, "eyJ.of.a-login", &json!({})).await;
    assert_eq!(reply.status(), 201);
}

#[tokio::test]
async fn a_path_can_be_told_to_fail_as_often_as_one_likes() {
    use sandbox::Fault;
    let sandbox = start().await;
    let busy = |retry_after| Fault::Status {
        status: 429,
        body: None,
        retry_after,
        after_charging: false,
    };
    sandbox.fail_path("GET /user/data", busy(Some(3)), Some(1));
    sandbox.fail_path("GET /user/data", busy(None), Some(1));
    let first = get(&sandbox, "/user/data", TOKEN).await;
    assert_eq!(
        (first.status().as_u16(), &first.headers()["retry-after"]),
        (429, &"3".parse().unwrap())
    );
    assert_eq!(get(&sandbox, "/user/information", TOKEN).await.status(), 200);
    let second = get(&sandbox, "/user/data", TOKEN).await;
    assert_eq!(second.status(), 429);
    assert!(!second.headers().contains_key("retry-after"));
    assert_eq!(get(&sandbox, "/user/data", TOKEN).await.status(), 200);

    sandbox.fail_path("/user/*", Fault::Html, None);
    for path in ["/user/data", "/user/priority"] {
        assert_eq!(get(&sandbox, path, TOKEN).await.headers()["content-type"], "text/html");
    }
    assert_eq!(get(&sandbox, "/user/data", "pst-wrong").await.status(), 401);
    sandbox.mend_path("/user/*");
    assert_eq!(get(&sandbox, "/user/data", TOKEN).await.status(), 200);

    sandbox.fail_path("/user/data", Fault::LyingGzip, Some(1));
    let url = format!("{}/user/data", sandbox.url());
    let lie = Client::new().get(url).bearer_auth(TOKEN).send().await.unwrap();
    assert!(lie.bytes().await.is_err());
}

#[tokio::test]
async fn an_endpoint_can_have_moved() {
    use sandbox::Fault;
    let sandbox = start().await;
    for (how, status) in [
        (Moved::NotFound, 404),
        (Moved::MethodNotAllowed, 405),
        (Moved::ImageUrl, 400),
    ] {
        sandbox.fail_path("/user/subscription", Fault::Moved { how }, Some(1));
        let reply = get(&sandbox, "/user/subscription", "pst-wrong").await;
        assert_eq!(reply.status(), status);
        let body: Value = reply.json().await.unwrap();
        assert_eq!(
            body["message"].as_str().unwrap().contains("update to the image URL"),
            status == 400
        );
    }
    assert_eq!(get(&sandbox, "/user/subscription", TOKEN).await.status(), 200);
    assert_eq!(last(&sandbox).await.path, "/user/subscription");
}

#[tokio::test]
async fn other_programs_can_set_a_fault_for_a_path() {
    let sandbox = start().await;
    let set = |body: Value| post(&sandbox, "/sandbox/fault", &body).send();
    let moved = json!({ "path": "/user/data", "fault": { "kind": "moved", "how": "imageUrl" }, "times": 2 });
    assert_eq!(set(moved).await.unwrap().status(), 200);
    assert_eq!(get(&sandbox, "/user/data", TOKEN).await.status(), 400);
    set(json!({ "path": "/user/data", "fault": null })).await.unwrap();
    assert_eq!(get(&sandbox, "/user/data", TOKEN).await.status(), 200);
    let wrong = json!({ "path": "/user/data", "fault": { "kind": "nothing" } });
    assert_eq!(set(wrong).await.unwrap().status(), 400);
}

#[tokio::test]
async fn tags_are_suggested_to_anyone() {
    let sandbox = start().await;
    let ask = |query: &str| {
        let url = format!("{}/ai/generate-image/suggest-tags?{query}", sandbox.url());
        async move { Client::new().get(url).send().await.unwrap() }
    };
    let body: Value = ask("model=nai-diffusion-5-full&prompt=red%20ja")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(body["tags"][0]["tag"], "red jacket");
    assert!(body["tags"][0]["count"].is_u64() && body["tags"][0]["confidence"].is_f64());
    assert!(body.get("model").is_none());
    let body: Value = ask("model=nai-diffusion-5-full&prompt=%E6%A1%9C&lang=jp")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(body[0]["jp_tag"], "桜");
    assert_eq!(body[0]["en_tag"], "cherry blossoms");
    assert!(body[0]["power"].is_u64());
    for wrong in [
        "prompt=red",
        "model=nai-diffusion-9&prompt=red",
        "model=nai-diffusion-3",
        "model=nai-diffusion-3&prompt=a&lang=fr",
    ] {
        assert_eq!(ask(wrong).await.status(), 400, "{wrong}");
    }
    let exchange = last(&sandbox).await;
    assert!(!exchange.authorized && !exchange.ran);
    assert_eq!(sandbox.books().generations().count(), 0);
}

#[tokio::test]
async fn tags_by_post_and_what_else_is_past_are_served_unless_switched_off() {
    let sandbox = start().await;
    let body = json!({ "model": "nai-diffusion-3", "prompt": "blue e" });
    let reply = post(&sandbox, "/ai/generate-image/suggest-tags", &body)
        .send()
        .await
        .unwrap();
    assert_eq!(reply.json::<Value>().await.unwrap()["tags"][0]["tag"], "blue eyes");
    let strict = start_with(Options {
        legacy: false,
        ..Options::default()
    })
    .await;
    for (path, status) in [
        ("/ai/generate-image/suggest-tags", 405),
        ("/ai/annotate-image", 404),
        ("/ai/classify", 404),
        ("/ai/classify-image", 404),
        ("/ai/generate-prompt", 404),
    ] {
        assert_eq!(
            post(&strict, path, &body).send().await.unwrap().status(),
            status,
            "{path}"
        );
    }
}
