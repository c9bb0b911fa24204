//! From a request to its answer: the token, the path, the books.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Body,
    extract::{ConnectInfo, DefaultBodyLimit, Query, Request, State},
    http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Books, Fault,
    generate::{generate, generate_stream},
    intake,
    ledger::Ticket,
    office::Office,
    parcel::{Reply, send},
    refusal::Refusal,
    wire::OnLine,
};

/// Every path of the API, and three of the sandbox's own, which are not entered in the books.
pub(crate) fn router(office: Arc<Office>) -> Router {
    Router::new()
        .route("/sandbox/books", get(show_books))
        .route("/sandbox/fault", post(set_fault))
        .route("/sandbox/account", post(set_account))
        .fallback(answer)
        .layer(DefaultBodyLimit::disable())
        .with_state(office)
}

async fn answer(
    State(office): State<Arc<Office>>,
    ConnectInfo(OnLine(line)): ConnectInfo<OnLine>,
    request: Request,
) -> Response<Body> {
    let authorized = knows_token(&office, request.headers());
    let (head, body) = request.into_parts();
    let ticket = office.ledger.open(&head, authorized);
    let reply = match route(&office, &ticket, head, body, authorized).await {
        Ok(reply) => reply,
        Err(refusal) => {
            ticket.edit(|exchange| exchange.refusal = Some(refusal.message.clone()));
            refusal.into()
        }
    };
    send(reply, ticket, line, office.gone.clone()).await
}

async fn route(
    office: &Arc<Office>,
    ticket: &Ticket,
    head: axum::http::request::Parts,
    body: Body,
    authorized: bool,
) -> Result<Reply, Refusal> {
    let body = intake::bytes(body).await?;
    let path = head.uri.path().to_owned();
    let known = match path.as_str() {
        "/ai/generate-image" | "/ai/generate-image-stream" => head.method == Method::POST,
        "/user/subscription" => head.method == Method::GET,
        _ => false,
    };
    if !known {
        return Err(Refusal::new(404, "Not Found"));
    }
    if !authorized {
        return Err(Refusal::new(401, "Unauthorized"));
    }
    match path.as_str() {
        "/ai/generate-image" => generate(office, ticket, head, body).await,
        "/ai/generate-image-stream" => generate_stream(office, ticket, head, body).await,
        _ => subscription(office),
    }
}

fn subscription(office: &Office) -> Result<Reply, Refusal> {
    let (body, fault) = {
        let desk = office.desk();
        (desk.account.subscription().to_string(), desk.account_fault.clone())
    };
    if let Some(reply) = fault.as_ref().and_then(instead) {
        return Ok(reply);
    }
    Ok(Reply {
        fault,
        ..Reply::whole(200, "application/json; charset=utf-8", body)
    })
}

/// The reply that a fault puts in the place of the right one.
pub(crate) fn instead(fault: &Fault) -> Option<Reply> {
    let reply = match fault {
        Fault::Status {
            status,
            body,
            retry_after,
            ..
        } => {
            let mut reply = match body {
                Some(body) if body.starts_with('<') => Reply::whole(*status, "text/html", body.clone()),
                Some(body) => Reply::whole(*status, "application/json; charset=utf-8", body.clone()),
                None => Refusal::new(*status, reason(*status)).into(),
            };
            if let Some(seconds) = retry_after {
                reply.headers.push((header::RETRY_AFTER, seconds.to_string()));
            }
            reply
        }
        Fault::Html => Reply::whole(200, "text/html", PAGE),
        Fault::Body { content_type, bytes } => Reply::whole(200, content_type, bytes.clone()),
        Fault::CutBody { .. }
        | Fault::StallBody { .. }
        | Fault::ResetStream { .. }
        | Fault::ErrorFrame { .. }
        | Fault::WrongContentType
        | Fault::Slow(_)
        | Fault::Dribble { .. }
        | Fault::Die { .. } => return None,
    };
    Some(Reply {
        fault: Some(fault.clone()),
        ..reply
    })
}

/// What a proxy shows while the service behind it is away.
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Just a moment…</title></head>\
                    <body><h1>One moment, please</h1><p>The service will be back soon.</p></body></html>\n";

fn reason(status: u16) -> &'static str {
    match status {
        401 => "Unauthorized",
        402 => "Not enough Anlas",
        429 => "Concurrent generation is locked",
        _ => StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Error"),
    }
}

fn knows_token(office: &Office, headers: &HeaderMap) -> bool {
    let given = headers
        .get(header::AUTHORIZATION)
        .map(HeaderValue::as_bytes)
        .unwrap_or_default();
    let (scheme, token) = given.split_at(given.len().min(7));
    scheme.eq_ignore_ascii_case(b"Bearer ") && token == office.token.as_bytes()
}

type Answer<T> = Result<Json<T>, (StatusCode, Json<Value>)>;

fn allow(office: &Office, headers: &HeaderMap) -> Result<(), (StatusCode, Json<Value>)> {
    if knows_token(office, headers) {
        return Ok(());
    }
    Err((
        StatusCode::UNAUTHORIZED,
        Json(json!({ "statusCode": 401, "message": "Unauthorized" })),
    ))
}

async fn show_books(State(office): State<Arc<Office>>, headers: HeaderMap) -> Answer<Books> {
    allow(&office, &headers)?;
    Ok(Json(office.books()))
}

/// Which requests a fault strikes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum When {
    Next,
    Always,
    Account,
}

#[derive(Deserialize)]
struct At {
    #[serde(default = "next")]
    when: When,
}

fn next() -> When {
    When::Next
}

/// `POST /sandbox/fault?when=next|always|account` with a fault, or `null` to end one.
async fn set_fault(
    State(office): State<Arc<Office>>,
    Query(At { when }): Query<At>,
    headers: HeaderMap,
    Json(fault): Json<Option<Fault>>,
) -> Answer<Value> {
    allow(&office, &headers)?;
    let mut desk = office.desk();
    match (when, fault) {
        (When::Next, Some(fault)) => desk.next.push_back(fault),
        (When::Next, None) => desk.next.clear(),
        (When::Always, fault) => desk.always = fault,
        (When::Account, fault) => desk.account_fault = fault,
    }
    Ok(Json(Value::Null))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    anlas: Option<u32>,
    tier: Option<u8>,
    usage_percent: Option<i32>,
}

/// `POST /sandbox/account` with any of `anlas`, `tier` and `usagePercent`.
async fn set_account(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Json(change): Json<Change>,
) -> Answer<Value> {
    allow(&office, &headers)?;
    let mut desk = office.desk();
    desk.account.anlas = change.anlas.unwrap_or(desk.account.anlas);
    desk.account.tier = change.tier.unwrap_or(desk.account.tier);
    desk.account.usage = change.usage_percent.map_or(desk.account.usage, f64::from);
    Ok(Json(desk.account.subscription()))
}
