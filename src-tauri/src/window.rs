//! The one window: it shows our own page and can go nowhere else.

use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder};

use crate::drops;

/// The one window's name.
pub const LABEL: &str = "main";

/// Opens the window, at the size and place it was left.
pub fn open(app: &AppHandle) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Atelier")
        .inner_size(1280.0, 800.0)
        .min_inner_size(800.0, 560.0)
        .on_navigation(is_our_own_page)
        .on_new_window(|_url, _features| NewWindowResponse::Deny)
        .build()?;
    #[cfg(target_os = "linux")]
    keep_little(&window)?;
    drops::watch(&window);
    Ok(())
}

/// Tells WebKitGTK that this is no browser: pictures that have left the page are let go at once, and not kept for a way
/// back. They are asked for again in a moment, and as much as a hundred MiB of them would be kept.
#[cfg(target_os = "linux")]
fn keep_little(window: &tauri::WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{CacheModel, WebContextExt as _, WebViewExt as _};

    window.with_webview(|webview| {
        if let Some(context) = webview.inner().context() {
            context.set_cache_model(CacheModel::DocumentViewer);
        }
    })
}

/// Brings the window to the front.
pub fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else {
        return;
    };
    let shown = window
        .unminimize()
        .and_then(|()| window.show())
        .and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window could not be brought to the front");
    }
}

/// `tauri://localhost` on Linux and macOS, `http://tauri.localhost` on Windows.
fn is_our_own_page(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => url.host_str() == Some("tauri.localhost") && url.port().is_none(),
        "about" => url.as_str() == "about:blank",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_stays_on_our_own_page() {
        for url in ["tauri://localhost/", "http://tauri.localhost/index.html"] {
            assert!(is_our_own_page(&url.parse().unwrap()), "{url}");
        }
        for url in [
            "https://novelai.net/",
            "http://localhost/",
            "http://tauri.localhost.example.com/",
            "http://tauri.localhost:8080/",
            "file:///etc/passwd",
            "data:text/html,hello",
            "javascript:alert(1)",
        ] {
            assert!(!is_our_own_page(&url.parse().unwrap()), "{url}");
        }
    }
}
