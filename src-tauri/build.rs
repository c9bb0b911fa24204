//! Makes a permission of every command, and has the page embedded again when its build changes.

const COMMANDS: &[&str] = include!("src/command_names.rs");

fn main() {
    // `generate_context!` embeds the page, but does not tell Cargo which files it read.
    println!("cargo:rerun-if-changed=../ui/dist");
    println!("cargo:rerun-if-changed=src/command_names.rs");
    let attributes = tauri_build::Attributes::new().app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("tauri-build failed: {error:#}");
    }
}
