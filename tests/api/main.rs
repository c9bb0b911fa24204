//! The client over HTTP against the sandbox: what arrives there, and what the client makes of every reply.
//!
//! The two share no code. Where they agree about a price, a picture or a status, neither has copied it from the other.

mod cancel;
mod common;
mod endpoints;
mod patience;
mod received;
mod refusals;
mod replies;
mod spend;
mod statuses;
mod transports;
mod trouble;
