//! The built app in a real window. Run by `cargo xtask test window`, or with a display of one's own:
//! `cargo test -p tests --test e2e -- --test-threads=1`.

mod account;
mod canvas;
mod create;
mod drop;
mod generate;
mod hardening;
mod keyboard;
mod killed;
mod library;
mod looks;
mod once;
mod presets;
mod queue;
mod share;
mod tools;
mod trouble;
