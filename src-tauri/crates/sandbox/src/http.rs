//! From a request to its answer: the path, the token, the fault, the books.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, DefaultBodyLimit, Request, State},
    http::{Response, StatusCode, header, request::Parts},
};
use bytes::Bytes;
use serde_json::Value;

use crate::{
    Fault, account_api, controls,
    fault::Moved,
    generate::{generate, generate_stream},
    intake,
    ledger::Ticket,
    login,
    office::Office,
    parcel::{Reply, send},
    refusal::Refusal,
    routes::{self, Pass, Service},
    tags, tools,
    wire::OnLine,
};

/// A request that may be answered: the path is known and the token is the right one.
pub(crate) struct Call<'a> {
    pub(crate) office: &'a Arc<Office>,
    pub(crate) ticket: &'a Ticket,
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
    /// What is to go wrong.
    pub(crate) fault: Option<Fault>,
}

/// Every path of the API, and the sandbox's own.
pub(crate) fn router(office: Arc<Office>) -> Router {
    controls::router()
        .fallback(answer)
        .layer(DefaultBodyLimit::disable())
        .with_state(office)
}

async fn answer(
    State(office): State<Arc<Office>>,
    ConnectInfo(OnLine(line)): ConnectInfo<OnLine>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let bearer = office.bearer(&head.headers);
    let ticket = office.ledger.open(&head, bearer.is_some());
    let reply = match route(&office, &ticket, head, body).await {
        Ok(reply) => reply,
        Err(refusal) => {
            ticket.edit(|exchange| exchange.refusal = Some(refusal.message.clone()));
            refusal.into()
        }
    };
    send(reply, ticket, line, office.gone.clone()).await
}

async fn route(office: &Arc<Office>, ticket: &Ticket, head: Parts, body: Body) -> Result<Reply, Refusal> {
    let body = intake::bytes(body).await?;
    if let Some(fault) = office.moved(&head) {
        return Ok(instead(&fault).unwrap_or_else(|| Refusal::crash().into()));
    }
    let route = routes::find(&head.method, head.uri.path(), office.legacy)?;
    let bearer = office.bearer(&head.headers);
    if !bearer.is_some_and(|bearer| bearer.may(route.pass)) && route.pass != Pass::Anyone {
        return Err(Refusal::new(401, "Unauthorized"));
    }
    let call = Call {
        fault: office.fault(&head, route.service),
        office,
        ticket,
        head,
        body,
    };
    serve(route.service, call).await
}

async fn serve(service: Service, call: Call<'_>) -> Result<Reply, Refusal> {
    match service {
        Service::Generate => generate(call.office, call.ticket, call.head, call.body, call.fault).await,
        Service::GenerateStream => generate_stream(call.office, call.ticket, call.head, call.body, call.fault).await,
        Service::Upscale => tools::upscale(call).await,
        Service::Augment => tools::augment(call).await,
        Service::EncodeVibe => tools::encode_vibe(call).await,
        Service::Annotate => tools::annotate(call).await,
        Service::Classify => tools::classify(call).await,
        Service::GeneratePrompt => free(call, async |call| tools::continue_prompt(&call.json().await?)).await,
        Service::SuggestTags => {
            free(call, async |call| {
                tags::suggest(call.head.uri.query().unwrap_or_default())
            })
            .await
        }
        Service::SuggestTagsByPost => free(call, async |call| tags::suggest_for(&call.json().await?)).await,
        Service::Subscription => free(call, async |call| Ok(account_api::subscription(call.office))).await,
        Service::Data => free(call, async |call| Ok(account_api::data(call.office))).await,
        Service::Information => free(call, async |_| Ok(account_api::information())).await,
        Service::Priority => free(call, async |call| Ok(account_api::priority(call.office))).await,
        Service::Keystore => free(call, async |_| Ok(account_api::keystore())).await,
        Service::ClientSettings => free(call, async |_| Ok(account_api::client_settings())).await,
        Service::Login => free(call, async |call| login::login(call).await).await,
        Service::CreateToken => free(call, async |call| login::create_token(call).await).await,
    }
}

/// What costs nothing and takes no time, with the fault that strikes.
async fn free(
    mut call: Call<'_>,
    work: impl AsyncFnOnce(&mut Call<'_>) -> Result<Reply, Refusal>,
) -> Result<Reply, Refusal> {
    let fault = call.fault.take();
    if let Some(before) = fault.as_ref().and_then(before) {
        return Ok(before);
    }
    let reply = work(&mut call).await?;
    Ok(broken(reply, fault))
}

impl Call<'_> {
    /// The JSON of the body, entered in the books.
    pub(crate) async fn json(&mut self) -> Result<Value, Refusal> {
        let head = std::mem::replace(&mut self.head, axum::http::Request::new(()).into_parts().0);
        intake::json(head, self.body.clone(), self.ticket).await
    }
}

/// The reply of a fault that strikes before anything is looked at.
pub(crate) fn before(fault: &Fault) -> Option<Reply> {
    let strikes_first = matches!(
        fault,
        Fault::Status {
            after_charging: false,
            ..
        }
    );
    if strikes_first { instead(fault) } else { None }
}

/// The right reply, with what the fault makes of it.
pub(crate) fn broken(reply: Reply, fault: Option<Fault>) -> Reply {
    if let Some(reply) = fault.as_ref().and_then(instead) {
        return reply;
    }
    if let Some(Fault::ErrorFrame { message, .. }) = &fault {
        return Reply {
            fault: fault.clone(),
            ..Refusal::new(500, message.clone()).into()
        };
    }
    Reply { fault, ..reply }
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
        Fault::Moved { how } => match how {
            Moved::NotFound => Refusal::new(404, "Not Found").into(),
            Moved::MethodNotAllowed => Refusal::new(405, "Method Not Allowed").into(),
            Moved::ImageUrl => Refusal::new(400, ELSEWHERE).into(),
        },
        Fault::Html => Reply::whole(200, "text/html", PAGE),
        Fault::Body { content_type, bytes } => Reply::whole(200, content_type, bytes.clone()),
        Fault::CutBody { .. }
        | Fault::StallBody { .. }
        | Fault::ResetStream { .. }
        | Fault::ErrorFrame { .. }
        | Fault::WrongContentType
        | Fault::LyingGzip
        | Fault::Slow(_)
        | Fault::Dribble { .. }
        | Fault::Die { .. } => return None,
    };
    Some(Reply {
        fault: Some(fault.clone()),
        ..reply
    })
}

/// What the old host answers to what has moved (api.md 1.1).
const ELSEWHERE: &str = "Please refresh NovelAI.net. If using a third-party tool, update to the image URL.";

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
