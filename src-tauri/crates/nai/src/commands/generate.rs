//! `nai generate`: pictures from a request, or what would be sent.

use std::io::{self, BufRead as _};

use novelai::account::Account;
use novelai::client::{Call, Detail, Transport};
use novelai::cost;
use novelai::model::Model;
use novelai::payload::Framing;
use novelai::prompt::settle;
use novelai::request::GenerateRequest;
use rand::Rng as _;
use serde_json::{Value, json};

use crate::cli::{Common, Generate, StreamName, TransportName};
use crate::connection::{self, Connection};
use crate::error::{Error, Kind};
use crate::paid::{Purchase, Saved, What};
use crate::progress::Progress;
use crate::requests::{self, Drafted};
use crate::target::Place;
use crate::{luggage, say, vibes};

pub(crate) async fn run(common: &Common, asked: Generate) -> Result<(), Error> {
    if asked.jsonl {
        return each_line(common, &asked).await;
    }
    let registry = connection::registry(common);
    let drafted = requests::of_flags(&asked.like, &asked.settings, &registry)?;
    if asked.dry_run {
        let told = dry_run(common, &asked, drafted)?;
        return if common.json {
            say::json(&told)
        } else {
            tell_dry_run(&told)
        };
    }
    let connection = Connection::open(common).await?;
    let made = make(common, &connection, &asked, drafted).await?;
    if common.json {
        return say::json(&made.to_json());
    }
    made.tell()
}

/// One request a line, one answer a line. A line that fails does not stop the next, but what may have been charged does.
async fn each_line(common: &Common, asked: &Generate) -> Result<(), Error> {
    let registry = connection::registry(common);
    let connection = if asked.dry_run {
        None
    } else {
        Some(Connection::open(common).await?)
    };
    let mut failed: Option<Error> = None;
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|error| Error::files(format!("Standard input can't be read: {error}.")))?;
        if line.trim().is_empty() {
            continue;
        }
        let drafted = requests::of_text(&line, &registry).and_then(|mut drafted| {
            asked.settings.apply(&mut drafted.request, &registry)?;
            Ok(drafted)
        });
        let answered = match (drafted, &connection) {
            (Ok(drafted), None) => dry_run(common, asked, drafted),
            (Ok(drafted), Some(connection)) => make(common, connection, asked, drafted)
                .await
                .map(|made| made.to_json()),
            (Err(error), _) => Err(error),
        };
        match answered {
            Ok(told) => say::json_line(&told)?,
            Err(error) => {
                say::json_line(&json!({ "error": error.to_json() }))?;
                let stop = matches!(error.kind, Kind::Unsettled | Kind::Cancelled | Kind::Unauthorized);
                failed = Some(error);
                if stop {
                    break;
                }
            }
        }
    }
    match failed {
        // It has been told, on its line.
        Some(error) => Err(Error::silent(error.kind)),
        None => Ok(()),
    }
}

/// Pictures that were made, and what they cost.
struct Made {
    saved: Vec<Saved>,
    anlas: u32,
    before: Account,
    after: Option<Account>,
    request: GenerateRequest,
}

impl Made {
    fn to_json(&self) -> Value {
        let pictures: Vec<Value> = self.saved.iter().map(Saved::to_json).collect();
        json!({
            "pictures": pictures,
            "anlas": self.anlas,
            "balanceBefore": self.before.anlas,
            "balanceAfter": self.after.as_ref().map(|account| account.anlas),
            "request": self.request,
        })
    }

    fn tell(&self) -> Result<(), Error> {
        for saved in &self.saved {
            say::line(saved.file())?;
        }
        if let Some(after) = &self.after {
            let charged = self.before.anlas.saturating_sub(after.anlas);
            say::note(format!("{charged} Anlas, {} left", after.anlas));
        }
        Ok(())
    }
}

async fn make(common: &Common, connection: &Connection, asked: &Generate, drafted: Drafted) -> Result<Made, Error> {
    let Drafted { mut request, pictures } = drafted;
    request.pick_seed(|| rand::rng().random());
    request = settle(&request, &connection::wildcards()).request;
    let registry = &connection.registry;
    let model = connection::model(registry, &request.model.0)?;
    let mut pictures = luggage::pack(&mut request, pictures, registry)?;
    let before = connection.account().await?;
    let anlas = cost::estimate(&request, registry, Some(&before))?.anlas;
    Purchase::plain(What::new("generate", Some(&model.id)), anlas, asked.target.max_anlas)
        .allowed(connection, &before)?;
    if !common.json {
        say::note(format!(
            "{anlas} Anlas, seed {}",
            request.sampling.seed.unwrap_or_default()
        ));
    }
    // What is encoded now is paid for, and no part of what the pictures cost.
    let left = vibes::encode_missing(
        connection,
        &before,
        &mut request,
        &mut pictures,
        model,
        asked.target.max_anlas,
    )
    .await?;
    let purchase = Purchase {
        what: What::new("generate", Some(&model.id)),
        anlas: Some(cost::estimate(&request, registry, Some(&left))?.anlas),
        limit: asked.target.max_anlas,
        pictures: usize::from(request.samples),
        seed: request.sampling.seed,
        first_index: 0,
    };
    let place = Place::read(asked.target.out.as_deref(), None).for_several(request.samples > 1);
    let framing = framing(asked, model);
    let progress = Progress::new(
        u32::from(request.samples),
        u32::from(request.sampling.steps),
        common.json,
    );
    let send = async || {
        connection
            .client
            .generate_with(&request, &pictures, framing, transport(asked))
            .await
    };
    let saved = purchase.make(connection, &left, &place, progress, send).await?;
    Ok(Made {
        saved,
        anlas,
        after: connection.account().await.ok(),
        before,
        request,
    })
}

/// The exact request and its price. Nothing is sent, not even to ask who pays: the subscription is the one that is named.
fn dry_run(common: &Common, asked: &Generate, drafted: Drafted) -> Result<Value, Error> {
    let Drafted { mut request, pictures } = drafted;
    request.pick_seed(|| rand::rng().random());
    request = settle(&request, &connection::wildcards()).request;
    let (client, registry) = connection::silent(common)?;
    let model = connection::model(&registry, &request.model.0)?;
    let mut pictures = luggage::pack(&mut request, pictures, &registry)?;
    let price = cost::estimate(&request, &registry, Some(&asked.tier.account(false)))?;
    let mut sent = request.clone();
    luggage::pretend_encoded(&mut sent, &mut pictures, model);
    let wire = client.wire(&Call::Generate {
        request: &sent,
        pictures: &pictures,
        framing: framing(asked, model),
        transport: transport(asked),
    })?;
    let detail = if common.json { Detail::Whole } else { Detail::Short };
    let mut told = wire.to_json(detail);
    told["anlas"] = price.anlas.into();
    told["request"] = json!(request);
    Ok(told)
}

fn tell_dry_run(told: &Value) -> Result<(), Error> {
    let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default();
    say::line(format!("{} {}", text("method"), text("url")))?;
    for (name, value) in told.get("headers").and_then(Value::as_object).into_iter().flatten() {
        say::line(format!("{name}: {}", value.as_str().unwrap_or_default()))?;
    }
    say::line("")?;
    say::json(&told["body"])?;
    say::note(format!("{} Anlas. Nothing was sent.", told["anlas"]));
    Ok(())
}

fn framing(asked: &Generate, model: &Model) -> Option<Framing> {
    match asked.stream {
        Some(StreamName::Off) => None,
        Some(StreamName::Msgpack) => Some(Framing::Msgpack),
        Some(StreamName::Sse) => Some(Framing::Sse),
        None => model.streaming.then_some(Framing::Msgpack),
    }
}

fn transport(asked: &Generate) -> Transport {
    match asked.transport {
        TransportName::Json => Transport::Json,
        TransportName::Multipart => Transport::Form,
    }
}
