//! A bare Tauri window, the peer of the benchmarks: what any app of this kind costs before it does anything, and bytes
//! that cross between page and Rust raw and as base64, in the same page.
//!
//! It is made by hand instead of by `generate_context!`, so that nothing of Atelier is in it: not the page, not the
//! configuration, not the list of permitted commands.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tauri::ipc::{InvokeBody, Request, Response};
use tauri::utils::acl::resolved::Resolved;
use tauri::utils::assets::{AssetKey, AssetsIter, CspHash};
use tauri::utils::config::Config;
use tauri::{App, Assets, Context, PackageInfo, Pattern, Wry};

/// The one page.
struct Page;

impl Assets<Wry> for Page {
    fn get(&self, _key: &AssetKey) -> Option<Cow<'_, [u8]>> {
        Some(Cow::Borrowed(include_bytes!("bench_window/index.html")))
    }

    fn iter(&self) -> Box<AssetsIter<'_>> {
        Box::new(std::iter::empty())
    }

    fn csp_hashes(&self, _page: &AssetKey) -> Box<dyn Iterator<Item = CspHash<'_>> + '_> {
        Box::new(std::iter::empty())
    }
}

/// Takes bytes as they are, and says how many.
#[allow(clippy::needless_pass_by_value, reason = "Tauri hands a request over by value")]
#[tauri::command]
fn take_raw(request: Request<'_>) -> usize {
    match request.body() {
        InvokeBody::Raw(bytes) => bytes.len(),
        InvokeBody::Json(_) => 0,
    }
}

/// Takes bytes as base64, and says how many.
#[allow(clippy::needless_pass_by_value, reason = "Tauri hands an argument over by value")]
#[tauri::command]
fn take_base64(text: String) -> usize {
    BASE64_STANDARD.decode(text).map_or(0, |bytes| bytes.len())
}

/// Gives bytes as they are.
#[tauri::command]
fn give_raw(size: usize) -> Response {
    Response::new(pattern(size))
}

/// Gives bytes as base64.
#[tauri::command]
fn give_base64(size: usize) -> String {
    BASE64_STANDARD.encode(pattern(size))
}

/// Bytes that no layer can shorten.
fn pattern(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..size).map(|_| next()).collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let context = Context::new(
        Config {
            identifier: "studio.atelier.BenchWindow".to_owned(),
            ..Config::default()
        },
        Box::new(Page),
        None,
        None,
        PackageInfo {
            name: "bench-window".to_owned(),
            version: env!("CARGO_PKG_VERSION").parse()?,
            authors: "",
            description: "",
            crate_name: "atelier",
        },
        Pattern::Brownfield,
        tauri::runtime_authority!(Default::default(), Resolved::default()),
        None,
    );
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![take_raw, take_base64, give_raw, give_base64])
        .setup(|app: &mut App| {
            tauri::WebviewWindowBuilder::new(app, "main", tauri::WebviewUrl::default())
                .title("Blank")
                .inner_size(1280.0, 800.0)
                .build()?;
            Ok(())
        })
        .run(context)?;
    Ok(())
}
