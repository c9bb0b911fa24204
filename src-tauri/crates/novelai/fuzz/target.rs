//! One target for each parser, told apart by the name of the program.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use novelai::fuzz::{Target, by_name};

static TARGET: LazyLock<&Target> = LazyLock::new(|| by_name(env!("CARGO_BIN_NAME")).expect("Cargo.toml has their names"));

fuzz_target!(|bytes: &[u8]| (TARGET.run)(bytes));
