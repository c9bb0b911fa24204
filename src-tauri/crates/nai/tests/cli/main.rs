//! The program as people and scripts run it, against `nai sandbox`, one file for each kind of command.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod account;
mod answers;
mod generate;
mod keychain;
mod offline;
mod queue;
mod stage;
mod tools;
mod trouble;
