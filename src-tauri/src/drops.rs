//! Files that are dragged over the window and dropped on it. The desktop hands over paths; the page is told where the
//! pointer is, and what was kept.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use studio::Added;
use tauri::{AppHandle, DragDropEvent, Manager, PhysicalPosition, WebviewWindow, WindowEvent};
use tauri_specta::Event as _;

use crate::ipc::{Dragging, Dropped, Point};
use crate::state::Atelier;

/// Tells the page of everything that is dragged and dropped from now on.
pub fn watch(window: &WebviewWindow) {
    let app = window.app_handle().clone();
    let watched = window.clone();
    // Only the first event of a drag tells how many files there are.
    let files = Arc::new(AtomicU32::new(0));
    window.on_window_event(move |event| {
        let WindowEvent::DragDrop(event) = event else { return };
        let point = |position: &PhysicalPosition<f64>| logical(*position, watched.scale_factor().unwrap_or(1.0));
        match event {
            DragDropEvent::Enter { paths, position } if !paths.is_empty() => {
                let count = u32::try_from(paths.len()).unwrap_or(u32::MAX);
                files.store(count, Ordering::Relaxed);
                tell(&app, Some(point(position)), count);
            }
            DragDropEvent::Over { position } => {
                let count = files.load(Ordering::Relaxed);
                if count > 0 {
                    tell(&app, Some(point(position)), count);
                }
            }
            DragDropEvent::Drop { paths, position } => {
                files.store(0, Ordering::Relaxed);
                tell(&app, None, 0);
                if !paths.is_empty() {
                    take(app.clone(), paths.clone(), point(position));
                }
            }
            DragDropEvent::Leave => {
                files.store(0, Ordering::Relaxed);
                tell(&app, None, 0);
            }
            // Not our enum: words or pictures that are dragged without a file, and what else there will be.
            _ => {}
        }
    });
}

/// WebKit tells positions in logical pixels, whatever they are called; WebView2 in those of the screen.
fn logical(position: PhysicalPosition<f64>, scale: f64) -> Point {
    let scale = if cfg!(windows) { scale } else { 1.0 };
    Point {
        x: position.x / scale,
        y: position.y / scale,
    }
}

fn tell(app: &AppHandle, at: Option<Point>, files: u32) {
    if let Err(error) = (Dragging { at, files }).emit(app) {
        tracing::warn!(%error, "the page could not be told of a drag");
    }
}

/// Reads what was dropped, and tells the page when that is done.
fn take(app: AppHandle, paths: Vec<PathBuf>, at: Point) {
    tauri::async_runtime::spawn(async move {
        let added: Added = match app.state::<Atelier>().studio().await {
            Ok(studio) => studio.add_files(paths).await,
            Err(error) => {
                tracing::warn!(code = ?error.code, "nothing can be kept of what was dropped");
                return;
            }
        };
        if let Err(error) = (Dropped { at, added }).emit(&app) {
            tracing::warn!(%error, "the page could not be told of a drop");
        }
    });
}
