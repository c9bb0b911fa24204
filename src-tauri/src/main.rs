//! The program. What it does stands in the library.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use clap::Parser;

fn main() -> anyhow::Result<()> {
    let options = atelier_lib::Options::parse();
    atelier_lib::environment::choose();
    atelier_lib::run(options)
}
