//! A sandbox, a client for it, and small requests that are painted in no time.

use std::time::Duration;

use novelai::client::{BaseUrl, Body, Client};
use novelai::model::{ModelId, Registry};
use novelai::request::{GenerateRequest, Size};
use novelai::{Error, payload};
use sandbox::{Exchange, Options, Sandbox};
use secrecy::SecretString;
use serde_json::Value;

pub(crate) const TOKEN: &str = "pst-CanaryCanaryCanary0123456789";
pub(crate) const V5_FULL: &str = "nai-diffusion-5-full";
pub(crate) const V45_FULL: &str = "nai-diffusion-4-5-full";
pub(crate) const MODELS: [&str; 8] = [
    V5_FULL,
    "nai-diffusion-5-curated",
    V45_FULL,
    "nai-diffusion-4-5-curated",
    "nai-diffusion-4-full",
    "nai-diffusion-4-curated-preview",
    "nai-diffusion-3",
    "nai-diffusion-furry-3",
];

pub(crate) async fn start(options: Options) -> (Sandbox, Client) {
    let options = Options {
        token: Some(TOKEN.into()),
        ..options
    };
    let sandbox = Sandbox::start(options).await.expect("a free port");
    let client = client(&sandbox, TOKEN);
    (sandbox, client)
}

pub(crate) fn client(sandbox: &Sandbox, token: &str) -> Client {
    let base = BaseUrl::parse(&sandbox.url()).expect("the sandbox is on this machine");
    Client::new(base, SecretString::from(token)).expect("a token")
}

/// A request that is small in every way.
pub(crate) fn request(model: &str) -> GenerateRequest {
    let model = Registry::builtin().get(&ModelId(model.into())).expect("a known model");
    let mut request = GenerateRequest::new(model);
    request.prompt.text = "a lighthouse, night".into();
    request.size = Size {
        width: 192,
        height: 256,
    };
    request.sampling.steps = 4;
    request.sampling.seed = Some(1_234_567_890);
    request
}

pub(crate) fn payload(request: &GenerateRequest) -> Value {
    payload::build(request, Registry::builtin()).expect("a good request")
}

/// Everything that arrives, and the error that ended it.
pub(crate) async fn read(body: &mut Body) -> (Vec<u8>, Option<Error>) {
    let mut bytes = Vec::new();
    loop {
        match body.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return (bytes, None),
            Err(error) => return (bytes, Some(error)),
        }
    }
}

/// A body that arrives whole.
pub(crate) async fn whole(reply: Result<Body, Error>) -> Vec<u8> {
    let (bytes, error) = read(&mut reply.expect("a good request is answered")).await;
    assert!(error.is_none(), "{error:?}");
    bytes
}

/// The last request in the books, once nothing more happens to it.
pub(crate) async fn last(sandbox: &Sandbox) -> Exchange {
    for _ in 0..1000 {
        match sandbox.books().exchanges.pop() {
            Some(exchange) if exchange.over => return exchange,
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    panic!("the last request never ended");
}

pub(crate) fn header<'e>(exchange: &'e Exchange, name: &str) -> Option<&'e str> {
    let found = exchange.headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}
