//! The parsers that read what comes from outside, by name, each as a plain function over bytes: for
//! `examples/fuzz_smoke.rs`, which every test run has a few seconds of, and for the targets in `fuzz`, which run for as
//! long as one likes.
//!
//! A target may do anything with its bytes but panic, hang, or take much memory.

mod seeds;

use std::borrow::Cow;

use crate::metadata::{self, Metadata, PublicKey};
use crate::model::Registry;
use crate::prompt::{Step, Syntax};
use crate::request::Size;
use crate::{follow_up, payload, picture, prompt, reply, response, stream, vibe_file};

/// A parser and what it is fed with.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Such as `png`.
    pub name: &'static str,
    /// Reads some bytes.
    pub run: fn(&[u8]),
    /// Sound inputs, made by our own writers, to be damaged.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All parsers.
pub const TARGETS: [Target; 13] = [
    target("reply", reply_body, seeds::replies),
    target("msgpack", frames, seeds::frames),
    target("sse", records, seeds::records),
    target("png", png, seeds::pngs),
    target("stealth", stealth, seeds::stealth),
    target("exif", exif, seeds::exif),
    target("vibe", vibe, seeds::vibes),
    target("prompt", prompts, seeds::prompts),
    target("weights", weights, seeds::prompts),
    target("settings", settings, seeds::settings),
    target("error", error_body, seeds::errors),
    target("strip", strip, seeds::traced),
    target("foreign", foreign, seeds::foreign),
];

const fn target(name: &'static str, run: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>) -> Target {
    Target { name, run, seeds }
}

/// A target by its name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// A whole reply of any shape.
fn reply_body(bytes: &[u8]) {
    let _ = response::pictures(bytes);
    let _ = response::salvage(bytes);
}

/// A stream that arrives in pieces; the first byte says how long they are.
fn frames(bytes: &[u8]) {
    let Some((size, bytes)) = bytes.split_first() else {
        return;
    };
    let mut frames = stream::Frames::default();
    for piece in bytes.chunks(usize::from(*size) + 1) {
        if frames.push(piece).is_err() {
            break;
        }
    }
    let _ = frames.finish();
}

fn records(bytes: &[u8]) {
    let Some((size, bytes)) = bytes.split_first() else {
        return;
    };
    let mut records = stream::Records::default();
    for piece in bytes.chunks(usize::from(*size) + 1) {
        if records.push(piece).is_err() {
            break;
        }
    }
    let _ = records.finish();
}

/// The chunks of a PNG, with or without its first bytes.
fn png(bytes: &[u8]) {
    let begun = [&crate::png::SIGNATURE[..], b"\0\0\0\x0dIHDR", bytes].concat();
    for bytes in [bytes, &begun] {
        let _ = metadata::read_texts(bytes);
        let _ = picture::whole(bytes);
    }
}

/// A picture with something in its pixels, and bits as they would stand there.
fn stealth(bytes: &[u8]) {
    if let Ok(told) = metadata::read(bytes) {
        let _ = metadata::signature(bytes, &told, &PublicKey::novelai());
    }
    let [width, height, message @ ..] = bytes else { return };
    let size = Size {
        width: u32::from(*width) + 1,
        height: u32::from(*height) + 1,
    };
    metadata::hidden_in(size, message);
}

/// A block of EXIF, alone and in a WebP.
fn exif(bytes: &[u8]) {
    metadata::exif_texts(bytes);
    let _ = metadata::read(bytes);
    let _ = picture::whole(bytes);
}

fn vibe(bytes: &[u8]) {
    let Ok(read) = vibe_file::read(bytes) else { return };
    for vibe in &read.vibes {
        let _ = vibe_file::write(vibe);
    }
}

/// A prompt on its way to the service and back; the first byte picks the model.
fn prompts(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    prompt::resolve(&text, |count| count / 2);
    let models = Registry::builtin().models();
    let pick = bytes.first().map_or(0, |byte| usize::from(*byte) % models.len());
    let model = &models[pick];
    let mut request = crate::request::GenerateRequest::new(model);
    request.prompt.text = text.clone().into_owned();
    request.prompt.undesired = text.into_owned();
    request.prompt.auto_text = model.max_characters > 0;
    request.sampling.seed = Some(7);
    if let Ok(body) = payload::build(&request, Registry::builtin()) {
        let _ = payload::restore(&body, &[], Registry::builtin());
    }
}

/// The weights in a prompt, and a step there and back; the first bytes say what is selected.
fn weights(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let place = |at: usize| bytes.get(at).map_or(0, |byte| usize::from(*byte));
    for syntax in [Syntax::Numbers, Syntax::Braces] {
        let pieces = prompt::parse(&text, syntax);
        assert_eq!(prompt::print(&pieces), text, "put together again it is the prompt");
        drop(prompt::weights(&text, syntax));
        let _ = prompt::tokens(&text, syntax);
        for (step, back) in [(Step::Up, Step::Down), (Step::Down, Step::Up)] {
            let selection = place(0)..place(0) + place(1) / 8;
            let Some(nudged) = prompt::nudge(&text, selection, step, syntax) else {
                continue;
            };
            let back = prompt::nudge(&nudged.prompt, nudged.selection, back, syntax);
            assert_eq!(
                back.map(|back| back.prompt).as_deref(),
                Some(&*text),
                "a step and its inverse"
            );
        }
    }
}

/// Settings of a picture, and a body of the wire.
fn settings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(value) = crate::json::parse(&text) else { return };
    let registry = Registry::builtin();
    if let Ok(restored) = payload::restore(&value, &[], registry) {
        let _ = payload::build_with(&restored.request, registry, &restored.pictures, None);
    }
    let told = Metadata {
        comment: Some(value),
        raw_comment: Some(text.into_owned()),
        ..Metadata::default()
    };
    for model in registry.models() {
        let Some(settings) = told.settings(registry, model) else {
            return;
        };
        let size = follow_up::EnhancedSize::Times(1.5);
        let id = crate::request::PictureId("x".into());
        let _ = follow_up::enhance(&settings.request, id, follow_up::Magnitude::new(5), size, registry);
    }
}

/// A picture that is given away: stripped, it tells nothing, whatever it was.
fn strip(bytes: &[u8]) {
    let _ = metadata::traces(bytes);
    let own = metadata::OwnTexts {
        artist: "me".into(),
        comment: String::new(),
    };
    if let Ok(mine) = metadata::replace(bytes, &own) {
        let _ = metadata::traces_beside(&mine, &own);
    }
    let _ = metadata::carry(bytes, bytes);
    let Ok(stripped) = metadata::strip(bytes) else { return };
    assert!(!seeds::tells(&stripped), "a stripped file contains the prompt");
    // A damaged picture may be one that no decoder takes.
    if let Ok(left) = metadata::traces(&stripped) {
        assert_eq!(left, [], "a stripped file has no traces");
        assert_eq!(
            metadata::strip(&stripped).ok().as_deref(),
            Some(&stripped[..]),
            "twice is once"
        );
    }
}

/// What other programs write about their pictures.
fn foreign(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let keywords = ["parameters", "prompt"];
    let base = seeds::plain();
    for keyword in keywords {
        let Ok(told) = metadata::read(&metadata::with_texts(&base, &[(keyword, &text)])) else {
            continue;
        };
        let models = Registry::builtin().models();
        for model in models.iter().take(1).chain(models.last()) {
            let _ = told.settings(Registry::builtin(), model);
        }
    }
}

/// What is said instead of a picture.
fn error_body(bytes: &[u8]) {
    if let Some(message) = reply::message(bytes) {
        reply::clean(&message);
    }
    let text: Cow<'_, str> = String::from_utf8_lossy(bytes);
    let (before, after) = text.split_at(text.floor_char_boundary(text.len() / 2));
    reply::retry_after(Some(before), Some(after));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_takes_its_seeds_and_nothing() {
        for target in TARGETS {
            let seeds = (target.seeds)();
            assert!(!seeds.is_empty(), "{}", target.name);
            for seed in &seeds {
                (target.run)(seed);
            }
            (target.run)(&[]);
            assert_eq!(by_name(target.name).map(|found| found.name), Some(target.name));
        }
    }

    #[test]
    fn seeds_are_what_they_claim_to_be() {
        for reply in seeds::replies() {
            assert!(response::pictures(&reply).is_ok());
        }
        for png in seeds::pngs() {
            assert!(metadata::read_texts(&png).unwrap().comment.is_some());
        }
        let hidden = seeds::stealth()
            .iter()
            .filter_map(|file| metadata::read(file).ok())
            .collect::<Vec<_>>();
        assert!(hidden.len() >= 2 && hidden.iter().all(|told| told.comment.is_some()));
        for picture in seeds::traced() {
            assert!(!metadata::traces(&picture).unwrap().is_empty() && metadata::strip(&picture).is_ok());
        }
        for (text, keyword) in seeds::foreign().iter().zip(["parameters", "prompt"]) {
            let text = std::str::from_utf8(text).unwrap();
            let told = metadata::read(&metadata::with_texts(&seeds::plain(), &[(keyword, text)])).unwrap();
            assert!(told.foreign.is_some(), "{text}");
        }
        for vibe in seeds::vibes() {
            assert_eq!(vibe_file::read(&vibe).unwrap().warnings, [""; 0]);
        }
    }
}
