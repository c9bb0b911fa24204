//! A local NovelAI: an HTTP server on 127.0.0.1 that answers as the image API does, with an account of its own and a
//! small painter behind it.
//!
//! It is what Atelier starts with when nobody has signed in, what people try things on before they spend Anlas, and
//! what the tests talk to. It is strict where the live service is strict, it can be told to fail, and its books say
//! what reached it, what was charged, and what was handed back in full.
//!
//! It shares no code with the client: one misunderstanding of the API must not pass both sides of a test.

mod account;
mod account_api;
mod archive;
mod books;
mod controls;
mod darkroom;
mod fault;
mod fields;
mod frames;
mod generate;
mod guides;
mod http;
mod intake;
mod ledger;
mod login;
mod models;
mod office;
mod order;
mod painter;
mod parcel;
mod price;
mod print;
mod raster;
mod record;
mod refusal;
mod routes;
mod sandbox;
mod source;
mod tags;
mod tools;
mod traps;
mod vibe;
mod wire;

pub use books::{Books, Exchange, Picture};
pub use fault::{Fault, Moved};
pub use print::PUBLIC_KEY;
pub use sandbox::{Options, Sandbox, StartError};
