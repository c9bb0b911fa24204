//! The library room: looking for pictures, what is said of them, and the trash.

use std::str::FromStr as _;

use novelai::request::GenerateRequest;
use serde::Serialize;
use specta::Type;
use studio::{
    BrokenPage, Change, Changed, Chosen, Difference, Emptied, FilePlace, Found, Grouping, ImageId, ImageRecord,
    Indexing, PictureSettings, Relative, SavedSearch, SearchOffers, Sorting, Statistics, TrashPage, Trashed,
};
use tauri::State;
use tauri::ipc::{Request, Response};

use crate::error::{Error, ErrorCode};
use crate::state::Atelier;

/// The most pictures that the page gets at once.
const MOST: u32 = 500;
/// The header that names a search.
const SEARCH: &str = "x-search";

/// Looks for pictures. What is not understood of the text is named, and the rest is looked for. Stacked, pictures of one
/// recipe stand one after the other (`found_stacks`).
///
/// # Errors
/// `storage`: the index could not be read.
#[tauri::command]
#[specta::specta]
pub async fn search_library(
    atelier: State<'_, Atelier>,
    text: String,
    grouping: Grouping,
    stacked: bool,
) -> Result<Found, Error> {
    atelier.studio().await?.search_with(text, grouping, stacked).await
}

/// Pictures of what a search found, from one place on.
///
/// # Errors
/// `notFound`: the search is long over; `storage`.
#[tauri::command]
#[specta::specta]
pub async fn found_pictures(
    atelier: State<'_, Atelier>,
    search: u32,
    from: u32,
    count: u32,
) -> Result<Vec<ImageRecord>, Error> {
    atelier
        .studio()
        .await?
        .found_pictures(search, from, count.min(MOST))
        .await
}

/// The seconds, widths and heights of all pictures that a search found, one after the other (`Studio::found_shapes`). The
/// search is named in a header.
///
/// # Errors
/// `notFound`: the search is long over; `storage`.
#[tauri::command]
pub async fn found_shapes(atelier: State<'_, Atelier>, request: Request<'_>) -> Result<Response, Error> {
    let search = search_of(&request)?;
    Ok(Response::new(atelier.studio().await?.found_shapes(search).await?))
}

/// The stacks of what a search found, eight bytes each (`Studio::found_stacks`). The search is named in a header.
///
/// # Errors
/// `notFound`: the search is long over.
#[tauri::command]
pub async fn found_stacks(atelier: State<'_, Atelier>, request: Request<'_>) -> Result<Response, Error> {
    let search = search_of(&request)?;
    Ok(Response::new(atelier.studio().await?.found_stacks(search)?))
}

/// The search that a header names.
fn search_of(request: &Request<'_>) -> Result<u32, Error> {
    let number = request.headers().get(SEARCH).and_then(|value| value.to_str().ok());
    number
        .and_then(|number| u32::from_str(number).ok())
        .ok_or_else(|| Error {
            code: ErrorCode::NotFound,
            message: "There is no such search.".to_owned(),
            detail: None,
        })
}

/// Where pictures stand in what a search found, each in its turn, at most 500; null: it is not in it.
///
/// # Errors
/// `notFound`: the search is long over; `storage`.
#[tauri::command]
#[specta::specta]
pub async fn places_in_found(
    atelier: State<'_, Atelier>,
    search: u32,
    mut images: Vec<ImageId>,
) -> Result<Vec<Option<u32>>, Error> {
    images.truncate(MOST as usize);
    atelier.studio().await?.places_in_found(search, images).await
}

/// What could stand at a place of a search, in UTF-16 units.
///
/// # Errors
/// `storage`: the index could not be read.
#[tauri::command]
#[specta::specta]
pub async fn complete_search(atelier: State<'_, Atelier>, text: String, at: u32) -> Result<SearchOffers, Error> {
    atelier.studio().await?.complete_search(text, at).await
}

/// The searches that are kept.
///
/// # Errors
/// None but those of a studio that does not open.
#[tauri::command]
#[specta::specta]
pub async fn saved_searches(atelier: State<'_, Atelier>) -> Result<Vec<SavedSearch>, Error> {
    Ok(atelier.studio().await?.saved_searches().await)
}

/// Keeps a search under its name.
///
/// # Errors
/// `refused`: without a name or a text; `storage`, `readOnly`, `diskFull`.
#[tauri::command]
#[specta::specta]
pub async fn save_search(atelier: State<'_, Atelier>, search: SavedSearch) -> Result<Vec<SavedSearch>, Error> {
    atelier.studio().await?.save_search(search).await
}

/// Forgets a search.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`.
#[tauri::command]
#[specta::specta]
pub async fn delete_search(atelier: State<'_, Atelier>, name: String) -> Result<Vec<SavedSearch>, Error> {
    atelier.studio().await?.delete_search(name).await
}

/// Says something of pictures: stars, a mark, a note, an album, a label. It can be undone.
///
/// # Errors
/// `refused`: it can't be said; `notFound`: the search is long over; `storage`, `readOnly`, `diskFull`: what was done before
/// that stays, and can be undone.
#[tauri::command]
#[specta::specta]
pub async fn change_pictures(atelier: State<'_, Atelier>, chosen: Chosen, change: Change) -> Result<Changed, Error> {
    atelier.studio().await?.change_pictures(chosen, change).await
}

/// Takes the last change of pictures back, or the last throwing away; null: there is none.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: it can still be taken back.
#[tauri::command]
#[specta::specta]
pub async fn undo_change(atelier: State<'_, Atelier>) -> Result<Option<Changed>, Error> {
    atelier.studio().await?.undo_change().await
}

/// Does again what was taken back last; null: there is nothing.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`.
#[tauri::command]
#[specta::specta]
pub async fn redo_change(atelier: State<'_, Atelier>) -> Result<Option<Changed>, Error> {
    atelier.studio().await?.redo_change().await
}

/// All that is known of one picture.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PictureDetails {
    /// What the person noted.
    pub note: String,
    /// The albums that it is in.
    pub albums: Vec<String>,
    /// Its labels.
    pub labels: Vec<String>,
    /// How it was made, as far as its file tells.
    pub settings: Option<PictureSettings>,
    /// What its file says, as JSON.
    pub raw: Option<String>,
}

/// All that is known of a picture.
///
/// # Errors
/// `notFound`: it or its file is gone; `storage`.
#[tauri::command]
#[specta::specta]
pub async fn picture_details(atelier: State<'_, Atelier>, id: ImageId) -> Result<PictureDetails, Error> {
    let studio = atelier.studio().await?;
    let (note, albums, labels) = studio.said_of(id.clone()).await?;
    let (_, bytes) = studio.image_bytes(id).await?;
    let raw = studio::metadata_json(&bytes);
    let models = &studio.registry().catalogue().models;
    let current = studio
        .draft()
        .await
        .or_else(|| models.first().map(GenerateRequest::new));
    let settings = match current {
        Some(current) => studio.settings_of(bytes, &current).await,
        None => None,
    };
    Ok(PictureDetails {
        note,
        albums,
        labels,
        settings,
        raw,
    })
}

/// What a picture was made of, up to the beginning, and all that came of that.
///
/// # Errors
/// `notFound`: it is gone; `storage`.
#[tauri::command]
#[specta::specta]
pub async fn family(atelier: State<'_, Atelier>, id: ImageId) -> Result<Vec<Relative>, Error> {
    atelier.studio().await?.family(id).await
}

/// Pictures that look like one or have its tags, the most alike first.
///
/// # Errors
/// `notFound`: it is gone; `storage`.
#[tauri::command]
#[specta::specta]
pub async fn search_alike(atelier: State<'_, Atelier>, id: ImageId) -> Result<Found, Error> {
    atelier.studio().await?.search_alike(id).await
}

/// The library in numbers.
///
/// # Errors
/// `storage`: the index could not be read.
#[tauri::command]
#[specta::specta]
pub async fn statistics(atelier: State<'_, Atelier>) -> Result<Statistics, Error> {
    atelier.studio().await?.statistics().await
}

/// The names of all albums.
///
/// # Errors
/// `storage`: the index could not be read.
#[tauri::command]
#[specta::specta]
pub async fn albums(atelier: State<'_, Atelier>) -> Result<Vec<String>, Error> {
    atelier.studio().await?.album_names().await
}

/// Makes an album with nothing in it.
///
/// # Errors
/// `refused`: it can't be called so; `storage`, `readOnly`, `diskFull`.
#[tauri::command]
#[specta::specta]
pub async fn create_album(atelier: State<'_, Atelier>, name: String) -> Result<Vec<String>, Error> {
    let studio = atelier.studio().await?;
    studio.create_album(name).await?;
    studio.album_names().await
}

/// Gives an album another name. It can be undone.
///
/// # Errors
/// `refused`: it can't be called so, or another is; `notFound`; `storage`, `readOnly`, `diskFull`.
#[tauri::command]
#[specta::specta]
pub async fn rename_album(atelier: State<'_, Atelier>, from: String, to: String) -> Result<Changed, Error> {
    atelier.studio().await?.rename_album(from, to).await
}

/// Takes an album away. Its pictures stay. It can be undone.
///
/// # Errors
/// `notFound`; `storage`, `readOnly`, `diskFull`.
#[tauri::command]
#[specta::specta]
pub async fn delete_album(atelier: State<'_, Atelier>, name: String) -> Result<Changed, Error> {
    atelier.studio().await?.delete_album(name).await
}

/// All labels that pictures have.
///
/// # Errors
/// `storage`: the index could not be read.
#[tauri::command]
#[specta::specta]
pub async fn labels(atelier: State<'_, Atelier>) -> Result<Vec<String>, Error> {
    atelier.studio().await?.labels().await
}

/// The albums and the labels of pictures, each with how many of them have it.
///
/// # Errors
/// `notFound`: the search is long over; `storage`.
#[tauri::command]
#[specta::specta]
pub async fn sorting_of(atelier: State<'_, Atelier>, chosen: Chosen) -> Result<Sorting, Error> {
    atelier.studio().await?.sorting_of(chosen).await
}

/// What is different in how one picture was made from how another was.
///
/// # Errors
/// `notFound`: one of them is gone; `storage`.
#[tauri::command]
#[specta::specta]
pub async fn picture_differences(
    atelier: State<'_, Atelier>,
    from: ImageId,
    to: ImageId,
) -> Result<Vec<Difference>, Error> {
    atelier.studio().await?.differences(from, to).await
}

/// Puts pictures into the app's trash. It can be undone.
///
/// # Errors
/// `notFound`: the search is long over; `storage`, `readOnly`, `diskFull`: the library can't be written.
#[tauri::command]
#[specta::specta]
pub async fn trash_pictures(atelier: State<'_, Atelier>, chosen: Chosen) -> Result<Trashed, Error> {
    atelier.studio().await?.trash_pictures(chosen).await
}

/// Brings these pictures back from the trash; null: all.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: the library can't be written.
#[tauri::command]
#[specta::specta]
pub async fn restore_pictures(atelier: State<'_, Atelier>, ids: Option<Vec<ImageId>>) -> Result<Changed, Error> {
    atelier.studio().await?.restore_pictures(ids).await
}

/// What is in the trash, the latest first: those that went before one, at most so many, and how many there are in all.
///
/// # Errors
/// `storage`: the index could not be read.
#[tauri::command]
#[specta::specta]
pub async fn trashed(atelier: State<'_, Atelier>, before: Option<ImageId>, limit: u32) -> Result<TrashPage, Error> {
    atelier.studio().await?.trashed(before, limit.min(MOST)).await
}

/// Sends these pictures, or all, of the app's trash on to the trash of the system, or deletes them where the person has said so.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: the library can't be written.
#[tauri::command]
#[specta::specta]
pub async fn empty_trash(
    atelier: State<'_, Atelier>,
    ids: Option<Vec<ImageId>>,
    for_good: bool,
) -> Result<Emptied, Error> {
    atelier.studio().await?.empty_trash(ids, for_good).await
}

/// How far the library has been looked at.
///
/// # Errors
/// `storage`: the index could not be read.
#[tauri::command]
#[specta::specta]
pub async fn indexing(atelier: State<'_, Atelier>) -> Result<Indexing, Error> {
    atelier.studio().await?.indexing().await
}

/// Lets the looking wait, or go on.
///
/// # Errors
/// `storage`: the index could not be read.
#[tauri::command]
#[specta::specta]
pub async fn pause_indexing(atelier: State<'_, Atelier>, paused: bool) -> Result<Indexing, Error> {
    atelier.studio().await?.pause_indexing(paused).await
}

/// Files of the library that are no whole pictures or can't be read, each once, with the reason, by folder and path: those
/// behind a place, at most so many, and how many there are.
///
/// # Errors
/// `storage`: the index could not be read.
#[tauri::command]
#[specta::specta]
pub async fn broken_files(
    atelier: State<'_, Atelier>,
    after: Option<FilePlace>,
    limit: u32,
) -> Result<BrokenPage, Error> {
    atelier.studio().await?.broken_files(after, limit.min(MOST)).await
}
