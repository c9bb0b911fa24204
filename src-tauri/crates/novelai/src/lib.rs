#![doc = include_str!("../README.md")]

pub mod account;
mod base_url;
pub mod carry;
mod check;
pub mod client;
pub mod cost;
pub mod encode;
pub mod error;
pub mod follow_up;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
pub mod inpaint;
mod json;
pub mod login;
pub mod mask;
pub mod metadata;
pub mod model;
mod nearest;
pub mod payload;
mod picture;
mod png;
pub mod prepare;
pub mod prompt;
mod reply;
pub mod request;
pub mod response;
pub mod retry;
mod routes;
pub mod stream;
#[cfg(test)]
mod testing;
pub mod tokens;
pub mod tools;
mod veil;
pub mod vibe_file;

pub use error::Error;
pub use nearest::nearest_size;
