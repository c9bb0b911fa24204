//! `image://`: pictures, thumbnails and previews by id.
//!
//! The page never sees a path and never gets picture bytes as JSON. Routes: `image/<id>`, `thumbnail/<id>` and
//! `preview/<job>/<step>` (the step only makes the address new, so that the page asks again) of what was made;
//! `input/whole|small|precise/<id>` of what came from outside: as it came, small, and as a precise reference is sent;
//! `source/<fit>-<width>-<height>[-clear]/<id>` of it as it is sent to start from;
//! `canvas/<look>/picture|mask` of what a repaint would send; `ways/<comparison>/waifu2x|lanczos|nearest` of a part of a
//! picture made larger on this computer; `sheet/<batch>/<done>` of a batch's contact sheet (the number only makes the
//! address new).

use novelai::request::{Fit, PictureId, Size};
use studio::{ComparedWay, ImageId, LookedAt, PictureFormat};
use tauri::http::{Request, Response, StatusCode, header};
use tauri::{Manager, Runtime, UriSchemeContext, UriSchemeResponder};
use uuid::Uuid;

use crate::state::Atelier;

/// `image://localhost/…` on Linux and macOS, `http://image.localhost/…` on Windows.
pub const SCHEME: &str = "image";

/// Where the page comes from: it alone may read the pixels of pictures, which the painter's wand looks at.
const PAGE: &str = if cfg!(windows) {
    "http://tauri.localhost"
} else {
    "tauri://localhost"
};

/// A picture never changes under its id.
const FOR_EVER: &str = "private, max-age=31536000, immutable";

#[derive(Debug, PartialEq, Eq)]
enum Route {
    Image(ImageId),
    Thumbnail(ImageId),
    Preview(Uuid),
    Sheet(Uuid),
    Input(InputAs, PictureId),
    Look(u32, LookedAt),
    Way(u32, ComparedWay),
    Source(AsSource, PictureId),
}

/// How a picture is sent to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AsSource {
    fit: Fit,
    size: Size,
    /// Its transparency stays.
    clear: bool,
}

impl AsSource {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let fit = match parts.next()? {
            "stretch" => Fit::Stretch,
            "crop" => Fit::Crop,
            "pad" => Fit::Pad,
            _ => return None,
        };
        let width = parts.next()?.parse().ok()?;
        let height = parts.next()?.parse().ok()?;
        let clear = match parts.next() {
            None => false,
            Some("clear") => true,
            Some(_) => return None,
        };
        parts.next().is_none().then_some(Self {
            fit,
            size: Size { width, height },
            clear,
        })
    }
}

/// How a picture from outside is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InputAs {
    Whole,
    Small,
    Precise,
}

/// Answers one request, without holding up the window.
#[allow(clippy::needless_pass_by_value, reason = "the signature is Tauri's")]
pub fn answer<R: Runtime>(context: UriSchemeContext<'_, R>, request: Request<Vec<u8>>, responder: UriSchemeResponder) {
    let app = context.app_handle().clone();
    tauri::async_runtime::spawn(async move {
        responder.respond(respond(&app.state::<Atelier>(), request.uri().path()).await);
    });
}

async fn respond(atelier: &Atelier, path: &str) -> Response<Vec<u8>> {
    let Some(route) = Route::parse(path) else {
        return empty(StatusCode::NOT_FOUND);
    };
    let Ok(studio) = atelier.studio().await else {
        return empty(StatusCode::SERVICE_UNAVAILABLE);
    };
    let found = match route {
        Route::Image(id) => studio
            .image_bytes(id)
            .await
            .map(|(format, bytes): (PictureFormat, _)| (format.media_type(), FOR_EVER, bytes)),
        Route::Thumbnail(id) => studio.thumbnail(id).await.map(|bytes| ("image/jpeg", FOR_EVER, bytes)),
        Route::Preview(job) => match studio.preview(job) {
            Some(bytes) => Ok(("image/jpeg", "no-store", bytes.to_vec())),
            None => return empty(StatusCode::NOT_FOUND),
        },
        Route::Sheet(batch) => studio
            .contact_sheet(batch)
            .await
            .map(|bytes| ("image/png", "no-store", bytes)),
        Route::Look(look, which) => match studio.looked_at(look, which) {
            Some(bytes) => Ok(("image/png", "no-store", bytes.to_vec())),
            None => return empty(StatusCode::NOT_FOUND),
        },
        Route::Way(comparison, way) => match studio.compared(comparison, way) {
            Some(bytes) => Ok(("image/png", "no-store", bytes.to_vec())),
            None => return empty(StatusCode::NOT_FOUND),
        },
        Route::Source(AsSource { fit, size, clear }, id) => studio
            .input_as_source(id, size, fit, clear)
            .await
            .map(|bytes| ("image/png", FOR_EVER, bytes.to_vec())),
        Route::Input(InputAs::Whole, id) => studio
            .input(id)
            .await
            .map(|(format, bytes)| (format.media_type(), FOR_EVER, bytes.to_vec())),
        Route::Input(InputAs::Small, id) => studio
            .input_thumbnail(id)
            .await
            .map(|bytes| ("image/jpeg", FOR_EVER, bytes)),
        Route::Input(InputAs::Precise, id) => studio
            .input_as_reference(id)
            .await
            .map(|bytes| ("image/png", FOR_EVER, bytes.to_vec())),
    };
    match found {
        Ok((content_type, cache, bytes)) => Response::builder()
            .header(header::CONTENT_TYPE, content_type)
            .header(header::CACHE_CONTROL, cache)
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, PAGE)
            .body(bytes)
            .unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR)),
        Err(error) => {
            tracing::warn!(code = ?error.code, message = error.message, "a picture could not be shown");
            empty(StatusCode::NOT_FOUND)
        }
    }
}

fn empty(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

impl Route {
    /// Reads a path; the page's side of Tauri encodes the slashes.
    fn parse(path: &str) -> Option<Self> {
        let path = path.replace("%2F", "/");
        let mut parts = path.trim_start_matches('/').split('/');
        let kind = parts.next()?;
        let id = parts.next().filter(|id| is_plain(id))?;
        let route = match kind {
            "image" => Self::Image(ImageId(id.to_owned())),
            "thumbnail" => Self::Thumbnail(ImageId(id.to_owned())),
            "preview" => {
                parts.next()?.parse::<u32>().ok()?;
                Self::Preview(id.parse().ok()?)
            }
            "sheet" => {
                parts.next()?.parse::<u32>().ok()?;
                Self::Sheet(id.parse().ok()?)
            }
            "canvas" => {
                let which = match parts.next()? {
                    "picture" => LookedAt::Picture,
                    "mask" => LookedAt::Mask,
                    _ => return None,
                };
                Self::Look(id.parse().ok()?, which)
            }
            "ways" => {
                let way = match parts.next()? {
                    "waifu2x" => ComparedWay::Waifu2x,
                    "lanczos" => ComparedWay::Lanczos,
                    "nearest" => ComparedWay::Nearest,
                    _ => return None,
                };
                Self::Way(id.parse().ok()?, way)
            }
            "source" => {
                let wanted = AsSource::parse(id)?;
                let id = parts.next().filter(|id| is_plain(id))?;
                Self::Source(wanted, PictureId(id.to_owned()))
            }
            "input" => {
                let wanted = match id {
                    "whole" => InputAs::Whole,
                    "small" => InputAs::Small,
                    "precise" => InputAs::Precise,
                    _ => return None,
                };
                let id = parts.next().filter(|id| is_plain(id))?;
                Self::Input(wanted, PictureId(id.to_owned()))
            }
            _ => return None,
        };
        parts.next().is_none().then_some(route)
    }
}

/// Whether this can be an id: they are made of letters, digits and hyphens.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(0x1234);

    fn image(id: &str) -> ImageId {
        ImageId(id.to_owned())
    }

    #[test]
    fn pictures_are_asked_for_by_id() {
        assert_eq!(
            Route::parse(&format!("/image/{ID}")),
            Some(Route::Image(image(&ID.to_string())))
        );
        assert_eq!(
            Route::parse(&format!("/thumbnail%2F{ID}-0")),
            Some(Route::Thumbnail(image(&format!("{ID}-0"))))
        );
        assert_eq!(Route::parse(&format!("/preview%2F{ID}%2F7")), Some(Route::Preview(ID)));
    }

    #[test]
    fn pictures_from_outside_are_asked_for_in_three_ways() {
        let id = "a".repeat(64);
        for (path, wanted) in [
            ("whole", InputAs::Whole),
            ("small", InputAs::Small),
            ("precise", InputAs::Precise),
        ] {
            let route = Some(Route::Input(wanted, PictureId(id.clone())));
            assert_eq!(Route::parse(&format!("/input/{path}/{id}")), route);
            assert_eq!(Route::parse(&format!("/input%2F{path}%2F{id}")), route);
        }
        for path in [
            "/input",
            "/input/whole",
            "/input/large/a",
            "/input/whole/..%2Fx",
            "/input/whole/a/b",
        ] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }

    #[test]
    fn what_a_picture_is_sent_as_is_asked_for_by_fit_and_size() {
        let id = PictureId("a".repeat(64));
        let wanted = |fit, clear| {
            let size = Size {
                width: 832,
                height: 1216,
            };
            Some(Route::Source(AsSource { fit, size, clear }, id.clone()))
        };
        let path = |how: &str| Route::parse(&format!("/source%2F{how}%2F{}", id.0));
        assert_eq!(path("crop-832-1216"), wanted(Fit::Crop, false));
        assert_eq!(path("pad-832-1216-clear"), wanted(Fit::Pad, true));
        for odd in [
            "crop",
            "crop-832",
            "bend-832-1216",
            "crop-a-b",
            "crop-832-1216-",
            "crop-832-1216-clear-x",
        ] {
            assert_eq!(path(odd), None, "{odd}");
        }
    }

    #[test]
    fn what_would_be_sent_is_asked_for_by_its_look() {
        assert_eq!(Route::parse("/canvas%2F7%2Fmask"), Some(Route::Look(7, LookedAt::Mask)));
        assert_eq!(
            Route::parse("/canvas/7/picture"),
            Some(Route::Look(7, LookedAt::Picture))
        );
        for path in ["/canvas/7", "/canvas/x/mask", "/canvas/7/else", "/canvas/7/mask/more"] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }

    #[test]
    fn the_ways_of_a_comparison_are_asked_for_by_name() {
        let nearest = Some(Route::Way(3, ComparedWay::Nearest));
        assert_eq!(Route::parse("/ways%2F3%2Fnearest"), nearest);
        for path in ["/ways/3", "/ways/x/lanczos", "/ways/3/bicubic", "/ways/3/waifu2x/more"] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_is_not_an_id() {
        for path in [
            "/",
            "/image",
            "/image/../../etc/passwd",
            "/image/a.png",
            "/file/1",
            "/image%2F..%2Fx",
            "/image/%2e%2e",
            "",
        ] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
        assert_eq!(Route::parse(&format!("/image/{ID}/more")), None);
        assert_eq!(Route::parse(&format!("/preview/{ID}")), None);
    }
}
