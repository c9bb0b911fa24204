//! `cargo xtask icons`: the sizes that the bundles need, made from icons/icon.svg by Tauri's own tool.

use std::fs;

use anyhow::{Context, Result};

use crate::shell;

/// What `src-tauri/tauri.conf.json` lists, and one for a README or a store.
const KEPT: &[&str] = &[
    "32x32.png",
    "128x128.png",
    "128x128@2x.png",
    "icon.png",
    "icon.icns",
    "icon.ico",
];

/// Not among the page's packages: it is large, and needed once in a long while.
const TAURI: &str = "@tauri-apps/cli@2.12.5";

/// Makes them all again.
pub(crate) fn run() -> Result<()> {
    let icons = shell::root().join("icons");
    let all = std::env::temp_dir().join(format!("atelier-icons-{}", std::process::id()));
    let made = shell::run(
        shell::npm()
            .args(["exec", "--yes", "--package", TAURI, "--", "tauri", "icon"])
            .arg(icons.join("icon.svg"))
            .arg("--output")
            .arg(&all),
    );
    let copied = made.and_then(|()| {
        KEPT.iter().try_for_each(|name| {
            fs::copy(all.join(name), icons.join(name))
                .map(drop)
                .with_context(|| format!("copying {name}"))
        })
    });
    let _ = fs::remove_dir_all(&all);
    copied
}
