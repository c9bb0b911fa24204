//! Vibes: what pictures were encoded to, kept for ever, and what a request still has to have encoded.
//!
//! An encoding costs Anlas each time it is made and can't be made again for nothing. So it is made once for a picture, a
//! family of models and an Information Extracted, and what a file brings along is used as if it had been made here.

mod encodings;
mod export;
mod states;

pub(crate) use encodings::{Encodings, Realm, rounded};
pub use export::VibeExport;
pub(crate) use export::export;
pub use states::VibeState;
pub(crate) use states::{EncodedBefore, marked, marked_after, problem, states, unencoded};
