//! The canvas: pictures that are painted on. Masks travel as bodies of bytes, runs of equal values; what they mean is
//! known to the studio.

use std::str::FromStr;

use novelai::request::{GenerateRequest, PictureId, Size};
use studio::{Canvas, Edges, ImageId, Repaint, RepaintSettings, Seen, Take};
use tauri::ipc::{InvokeBody, Request, Response};
use tauri::{AppHandle, State};
use uuid::Uuid;

use crate::commands::dialogs::{ask_for, ask_where};
use crate::commands::inputs::write;
use crate::commands::library::blocking;
use crate::error::{Error, ErrorCode};
use crate::state::Atelier;

/// The header that names the canvas.
const CANVAS: &str = "x-canvas";
/// The header with the size of a mask and its edges: width, height, left, top, right, bottom.
const SIZE: &str = "x-size";
/// What the dialogs offer.
const PNG: (&str, &str) = ("PNG", "png");

/// Puts a picture of the library or one from outside on the canvas, as it was left there.
///
/// # Errors
/// `notFound`: it is gone; `refused`, `malformed`: it can't be painted on; `storage`, `readOnly`, `diskFull`: the data
/// folder can't be used. Nothing has changed then.
#[tauri::command]
#[specta::specta]
pub async fn open_canvas(atelier: State<'_, Atelier>, picture: String) -> Result<Canvas, Error> {
    atelier.studio().await?.open_canvas(picture).await
}

/// The mask of a canvas as it was last saved, as runs. The canvas is named in a header.
///
/// # Errors
/// `notFound`: there is no such canvas.
#[tauri::command]
pub async fn canvas_mask(atelier: State<'_, Atelier>, request: Request<'_>) -> Result<Response, Error> {
    let canvas = canvas_of(&request)?;
    Ok(Response::new(atelier.studio().await?.canvas_mask(canvas).await?))
}

/// Saves the mask of a canvas: the body holds its runs, headers name the canvas and tell the size. Durable when it
/// returns.
///
/// # Errors
/// `refused`: these runs make no mask of this canvas; `notFound`; `storage`, `readOnly`, `diskFull`: the mask before is
/// there.
#[tauri::command]
pub async fn save_canvas_mask(atelier: State<'_, Atelier>, request: Request<'_>) -> Result<(), Error> {
    let canvas = canvas_of(&request)?;
    let numbers: Vec<u32> = header(&request, SIZE)
        .split(',')
        .filter_map(|number| u32::from_str(number.trim()).ok())
        .collect();
    let (InvokeBody::Raw(runs), &[width, height, left, top, right, bottom]) = (request.body(), numbers.as_slice())
    else {
        return Err(no_mask());
    };
    let (size, edges) = (
        Size { width, height },
        Edges {
            left,
            top,
            right,
            bottom,
        },
    );
    let studio = atelier.studio().await?;
    studio.save_canvas_mask(canvas, size, edges, runs.clone()).await
}

/// Saves the settings of a canvas.
///
/// # Errors
/// `notFound`: there is no such canvas; `storage`, `readOnly`, `diskFull`: the data folder can't be used.
#[tauri::command]
#[specta::specta]
pub async fn save_canvas_settings(
    atelier: State<'_, Atelier>,
    canvas: PictureId,
    settings: RepaintSettings,
) -> Result<(), Error> {
    atelier.studio().await?.save_canvas_settings(canvas, settings).await
}

/// Asks where, and writes the mask of a canvas as a PNG: white is painted. False: the person changed their mind.
///
/// # Errors
/// `refused`: nothing is painted; `diskFull`, `readOnly`, `storage`: the file could not be written, and what stood there
/// before still does.
#[tauri::command]
#[specta::specta]
pub async fn export_mask(app: AppHandle, atelier: State<'_, Atelier>, canvas: PictureId) -> Result<bool, Error> {
    let (name, png) = atelier.studio().await?.canvas_mask_png(canvas).await?;
    let Some(target) = ask_where(&app, &atelier, &name, PNG).await? else {
        return Ok(false);
    };
    blocking(move || {
        write(&target, &png).map_err(|error| Error::storage(&error, "saving the mask"))?;
        Ok(true)
    })
    .await
}

/// Asks for a picture, and gives the mask that it is for the canvas named in a header: a byte a pixel. Nothing: the
/// person changed their mind.
///
/// # Errors
/// `refused`: it is of another size, or no picture; `notFound`; `storage`: the file could not be read.
#[tauri::command]
pub async fn import_mask(app: AppHandle, atelier: State<'_, Atelier>, request: Request<'_>) -> Result<Response, Error> {
    /// The longest file that is read.
    const LONGEST: u64 = 128 * 1024 * 1024;
    let canvas = canvas_of(&request)?;
    let picked = ask_for(&app, &atelier, ("PNG", &["png", "webp", "jpg", "jpeg"])).await?;
    let Some(path) = picked else {
        return Ok(Response::new(Vec::new()));
    };
    let picture = blocking(move || {
        let trouble = |error: std::io::Error| Error::storage(&error, "reading the mask");
        if std::fs::metadata(&path).map_err(trouble)?.len() > LONGEST {
            return Err(no_mask());
        }
        std::fs::read(&path).map_err(trouble)
    })
    .await?;
    Ok(Response::new(atelier.studio().await?.read_mask(canvas, picture).await?))
}

/// Exactly what would be sent for a repaint, of its mask as it was last saved.
///
/// # Errors
/// `refused`: it would not be sent as it is; `detail` names the field.
#[tauri::command]
#[specta::specta]
pub async fn look_at_repaint(
    atelier: State<'_, Atelier>,
    repaint: Repaint,
    draft: GenerateRequest,
) -> Result<Seen, Error> {
    atelier.studio().await?.look_at_repaint(repaint, draft).await
}

/// Puts a repaint into the queue under the id of the click, and gives the ids of its jobs. Asking again with the same id
/// adds nothing.
///
/// # Errors
/// `refused`: it would not be sent as it is; `storage`, `readOnly`, `diskFull`: it could not be written down.
#[tauri::command]
#[specta::specta]
pub async fn enqueue_repaint(
    atelier: State<'_, Atelier>,
    id: Uuid,
    repaint: Repaint,
    draft: GenerateRequest,
) -> Result<Vec<Uuid>, Error> {
    atelier.studio().await?.enqueue_repaint(id, repaint, draft).await
}

/// The results over the mask of a canvas that were neither kept nor rejected, oldest first.
///
/// # Errors
/// `notFound`: there is no such canvas.
#[tauri::command]
#[specta::specta]
pub async fn canvas_takes(atelier: State<'_, Atelier>, canvas: PictureId) -> Result<Vec<Take>, Error> {
    atelier.studio().await?.canvas_takes(canvas).await
}

/// Makes a take the picture of a canvas, with the mask and the settings at hand.
///
/// # Errors
/// `notFound`: it is no take of this canvas, or its file is gone; `storage`, `readOnly`, `diskFull`.
#[tauri::command]
#[specta::specta]
pub async fn keep_take(atelier: State<'_, Atelier>, canvas: PictureId, take: ImageId) -> Result<Canvas, Error> {
    atelier.studio().await?.keep_take(canvas, take).await
}

/// No longer offers a take. Its picture stays in the library.
///
/// # Errors
/// `notFound`: it is no take of this canvas; `storage`, `readOnly`, `diskFull`.
#[tauri::command]
#[specta::specta]
pub async fn reject_take(atelier: State<'_, Atelier>, canvas: PictureId, take: ImageId) -> Result<(), Error> {
    atelier.studio().await?.reject_take(canvas, take).await
}

fn header<'r>(request: &'r Request<'_>, name: &str) -> &'r str {
    let value = request.headers().get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

fn canvas_of(request: &Request<'_>) -> Result<PictureId, Error> {
    let canvas = header(request, CANVAS);
    if canvas.is_empty() {
        return Err(no_mask());
    }
    Ok(PictureId(canvas.to_owned()))
}

fn no_mask() -> Error {
    Error {
        code: ErrorCode::Refused,
        message: "This is no mask of this canvas.".to_owned(),
        detail: Some("mask".to_owned()),
    }
}
