//! Files that are dragged over the window and dropped on it. The desktop hands over paths; the page is told where the
//! pointer is, and what was kept.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use studio::{Added, Kinds};
use tauri::{AppHandle, DragDropEvent, Manager, PhysicalPosition, WebviewWindow, WindowEvent};
use tauri_specta::Event as _;

use crate::ipc::{Dragging, Dropped, Point};
use crate::state::Atelier;

/// What is being dragged. Only the first event of a drag tells its files.
#[derive(Debug, Default)]
struct Drag {
    /// Counts the drags, so that a slow look at one is not taken for one at the next.
    number: u32,
    files: u32,
    kinds: Option<Kinds>,
    at: Option<Point>,
}

/// Tells the page of everything that is dragged and dropped from now on.
pub fn watch(window: &WebviewWindow) {
    let app = window.app_handle().clone();
    let watched = window.clone();
    let drag = Arc::new(Mutex::new(Drag::default()));
    window.on_window_event(move |event| {
        let WindowEvent::DragDrop(event) = event else { return };
        let point = |position: &PhysicalPosition<f64>| logical(*position, watched.scale_factor().unwrap_or(1.0));
        match event {
            DragDropEvent::Enter { paths, position } if !paths.is_empty() => {
                let number = {
                    let mut drag = locked(&drag);
                    *drag = Drag {
                        number: drag.number.wrapping_add(1),
                        files: u32::try_from(paths.len()).unwrap_or(u32::MAX),
                        kinds: None,
                        at: Some(point(position)),
                    };
                    tell(&app, &drag);
                    drag.number
                };
                look(app.clone(), drag.clone(), number, paths.clone());
            }
            DragDropEvent::Over { position } => {
                let mut drag = locked(&drag);
                if drag.files > 0 {
                    drag.at = Some(point(position));
                    tell(&app, &drag);
                }
            }
            DragDropEvent::Drop { paths, position } => {
                {
                    let mut drag = locked(&drag);
                    drag.at = None;
                    drag.files = u32::try_from(paths.len()).unwrap_or(u32::MAX);
                    // With its files: they are being read now.
                    tell(&app, &drag);
                    drag.files = 0;
                }
                if !paths.is_empty() {
                    take(app.clone(), paths.clone(), point(position));
                }
            }
            DragDropEvent::Leave => {
                let mut drag = locked(&drag);
                (drag.at, drag.files) = (None, 0);
                tell(&app, &drag);
            }
            // Not our enum: words or pictures that are dragged without a file, and what else there will be.
            _ => {}
        }
    });
}

fn locked(drag: &Mutex<Drag>) -> MutexGuard<'_, Drag> {
    drag.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks at what is dragged, away from the thread that draws the window.
fn look(app: AppHandle, drag: Arc<Mutex<Drag>>, number: u32, paths: Vec<PathBuf>) {
    tauri::async_runtime::spawn_blocking(move || {
        let kinds = Kinds::of(&paths);
        let mut drag = locked(&drag);
        if drag.number != number || drag.files == 0 {
            return;
        }
        drag.kinds = Some(kinds);
        tell(&app, &drag);
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

fn tell(app: &AppHandle, drag: &Drag) {
    let Drag { at, files, kinds, .. } = *drag;
    if let Err(error) = (Dragging { at, files, kinds }).emit(app) {
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
                Added::refusing("", error.message)
            }
        };
        if let Err(error) = (Dropped { at, added }).emit(&app) {
            tracing::warn!(%error, "the page could not be told of a drop");
        }
    });
}
