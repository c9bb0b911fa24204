//! `nai cost`: what requests cost. Nothing is sent.

use std::io::{self, BufRead as _};

use novelai::cost;
use novelai::model::Registry;
use novelai::request::{Enhance, Fit, GenerateRequest, PictureId, Source};

use crate::cli::{Common, Cost};
use crate::error::Error;
use crate::{connection, price, requests, say};

pub(crate) fn run(common: &Common, asked: &Cost) -> Result<(), Error> {
    let registry = connection::registry(common);
    let account = asked.tier.account(asked.allowance_used_up);
    if asked.jsonl {
        for line in io::stdin().lock().lines() {
            let line = line.map_err(|error| Error::files(format!("Standard input can't be read: {error}.")))?;
            if line.trim().is_empty() {
                continue;
            }
            let told = requests::of_text(&line, &registry).and_then(|drafted| {
                let mut request = drafted.request;
                asked.settings.apply(&mut request, &registry)?;
                Ok(price::told(&request, &registry, &account))
            });
            say::json_line(&told.unwrap_or_else(|error| price::refused(&error)))?;
        }
        return Ok(());
    }
    let request = request(asked, &registry);
    if common.json {
        return say::json(&match request {
            Ok(request) => price::told(&request, &registry, &account),
            Err(error) => price::refused(&error),
        });
    }
    for line in price::words(&cost::parts(&request?, &registry, Some(&account))?) {
        say::line(line)?;
    }
    Ok(())
}

/// For a price no picture has to be there: a strength alone means that there is one.
fn request(asked: &Cost, registry: &Registry) -> Result<GenerateRequest, Error> {
    if let (Some(strength), None, None, None) = (
        asked.settings.strength,
        &asked.settings.image,
        &asked.like.request,
        &asked.like.like,
    ) {
        let mut settings = asked.settings.clone();
        settings.strength = None;
        let mut request = requests::of_flags(&asked.like, &settings, registry)?.request;
        request.source = Source::Image {
            image: PictureId("a picture".into()),
            strength,
            noise: settings.noise.unwrap_or(0.0),
            color_correct: false,
            enhance: Enhance::No,
            fit: Fit::Stretch,
        };
        return Ok(request);
    }
    Ok(requests::of_flags(&asked.like, &asked.settings, registry)?.request)
}
