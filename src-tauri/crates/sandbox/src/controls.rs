//! The sandbox's own paths, for programs that can't hold a [`Sandbox`](crate::Sandbox): its books, its faults, its
//! account. They want the token that the sandbox was started with, and are not entered in the books.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Books, Fault, office::Office};

pub(crate) fn router() -> Router<Arc<Office>> {
    Router::new()
        .route("/sandbox/books", get(show_books))
        .route("/sandbox/fault", post(set_fault))
        .route("/sandbox/account", post(set_account))
}

type Answer<T> = Result<Json<T>, (StatusCode, Json<Value>)>;

fn allow(office: &Office, headers: &HeaderMap) -> Result<(), (StatusCode, Json<Value>)> {
    if office.is_owner(headers) {
        return Ok(());
    }
    Err(no(StatusCode::UNAUTHORIZED, "Unauthorized"))
}

fn no(status: StatusCode, message: &str) -> (StatusCode, Json<Value>) {
    (
        status,
        Json(json!({ "statusCode": status.as_u16(), "message": message })),
    )
}

async fn show_books(State(office): State<Arc<Office>>, headers: HeaderMap) -> Answer<Books> {
    allow(&office, &headers)?;
    Ok(Json(office.books()))
}

/// Which requests a fault strikes that is given without a path.
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

/// A fault for a path; `null` takes away those that were set for it.
#[derive(Deserialize)]
struct Placed {
    path: String,
    fault: Option<Fault>,
    times: Option<u32>,
}

/// `POST /sandbox/fault` with `{"path":…,"fault":…,"times":…}`, or `POST /sandbox/fault?when=next|always|account` with a
/// fault, or `null` to end one.
async fn set_fault(
    State(office): State<Arc<Office>>,
    Query(At { when }): Query<At>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer<Value> {
    allow(&office, &headers)?;
    let misread = |error: serde_json::Error| no(StatusCode::BAD_REQUEST, &error.to_string());
    if body.get("path").is_some() {
        let Placed { path, fault, times } = serde_json::from_value(body).map_err(misread)?;
        let mut desk = office.desk();
        match fault {
            Some(fault) => desk.traps.set(&path, fault, times),
            None => desk.traps.clear(&path),
        }
        return Ok(Json(Value::Null));
    }
    let fault: Option<Fault> = serde_json::from_value(body).map_err(misread)?;
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
