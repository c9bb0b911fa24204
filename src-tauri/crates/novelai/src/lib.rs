//! A client for the NovelAI image API: no files, no environment, no clock of its own.

pub mod account;
pub mod base_url;
pub mod client;
pub mod cost;
pub mod error;
pub mod metadata;
pub mod model;
pub mod payload;
pub mod request;
pub mod response;
pub mod stream;

pub use error::Error;
