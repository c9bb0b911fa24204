//! Thumbnails: JPEG of at most 320 pixels a side, made when first wanted and kept in a SQLite file of their own.
//!
//! The file is a cache. It is not synced, and one that is damaged is thrown away.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, MulDiv, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, ImageDecoder as _, ImageReader, Limits, RgbImage, Rgba, RgbaImage};
use jpeg_encoder::{ColorType, Encoder};
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::Semaphore;

use crate::database::Database;
use crate::disk::off_thread;
use crate::error::{Error, ErrorCode};
use crate::library::ImageId;

/// Longest side of a picture that is decoded.
const MAX_SIDE: u32 = 16_384;
/// Most pixels of a picture that is decoded.
const MAX_PIXELS: u64 = 64_000_000;
/// The most memory that decoding may take: the largest picture in four channels, and room to work. Making it small takes
/// no more than as much again.
const MEMORY: u64 = MAX_PIXELS * 4 + 32 * 1024 * 1024;
/// Longest side of a thumbnail.
const SIDE: u32 = 320;
/// Good enough at this size, and a third of the bytes of 95.
const QUALITY: u8 = 82;

const SCHEMA: &str = "
    PRAGMA journal_mode = wal;
    PRAGMA synchronous = off;
    CREATE TABLE IF NOT EXISTS thumbnails (id TEXT PRIMARY KEY, jpeg BLOB NOT NULL) STRICT;
";

/// The thumbnails of a library.
#[derive(Clone)]
pub(crate) struct Thumbnails {
    database: Database,
    /// Decoding takes a core and some memory: not more than two at a time.
    hands: Arc<Semaphore>,
}

impl Thumbnails {
    pub(crate) async fn open(path: PathBuf) -> Result<Self, Error> {
        let connection = off_thread(move || open_or_start_again(&path)).await?;
        Ok(Self {
            database: Database::serve(connection),
            hands: Arc::new(Semaphore::new(2)),
        })
    }

    /// The thumbnail of a picture whose file is at `path`.
    pub(crate) async fn get(&self, id: ImageId, path: PathBuf) -> Result<Vec<u8>, Error> {
        if let Some(jpeg) = self.cached(id.clone()).await? {
            return Ok(jpeg);
        }
        let _hand = self.hands.acquire().await.map_err(Error::internal)?;
        // Another caller may have made it while this one waited.
        if let Some(jpeg) = self.cached(id.clone()).await? {
            return Ok(jpeg);
        }
        let jpeg = tokio::task::spawn_blocking(move || {
            let bytes = std::fs::read(&path).map_err(|error| super::gone_or(&error, &path))?;
            small_jpeg(&bytes, SIDE)
        })
        .await
        .map_err(Error::internal)??;
        let kept = jpeg.clone();
        let stored = self
            .database
            .call(move |connection| {
                connection.execute(
                    "INSERT OR REPLACE INTO thumbnails (id, jpeg) VALUES (?1, ?2)",
                    params![id.0, kept],
                )
            })
            .await;
        if let Err(error) = stored {
            // It is only a cache: what can't be kept is made again next time.
            tracing::warn!(%error, "a thumbnail could not be kept");
        }
        Ok(jpeg)
    }

    /// Its file is another now.
    pub(crate) async fn forget(&self, id: ImageId) {
        let forgotten = self
            .database
            .call(move |connection| connection.execute("DELETE FROM thumbnails WHERE id = ?1", [id.0]))
            .await;
        if let Err(error) = forgotten {
            tracing::warn!(%error, "an outdated thumbnail could not be removed");
        }
    }

    async fn cached(&self, id: ImageId) -> Result<Option<Vec<u8>>, Error> {
        self.database
            .call(move |connection| {
                connection
                    .prepare_cached("SELECT jpeg FROM thumbnails WHERE id = ?1")?
                    .query_row([id.0], |row| row.get(0))
                    .optional()
            })
            .await
    }

    pub(crate) async fn close(&self) -> Result<(), Error> {
        self.database.close().await
    }
}

fn open_or_start_again(path: &Path) -> Result<Connection, Error> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open(path)?;
        connection.execute_batch(SCHEMA)?;
        connection.prepare("SELECT jpeg FROM thumbnails WHERE id = ''")?;
        Ok(connection)
    };
    open().or_else(|error| {
        tracing::warn!(%error, "the thumbnails are damaged and are made again");
        for suffix in ["", "-wal", "-shm"] {
            let mut file = path.as_os_str().to_owned();
            file.push(suffix);
            crate::disk::remove_if_there(Path::new(&file))
                .map_err(|error| Error::storage(&error, "throwing damaged thumbnails away"))?;
        }
        open().map_err(Error::from)
    })
}

/// A picture as a JPEG with no side longer than `side` pixels, over white where it is transparent (JPEG knows no
/// transparency).
///
/// # Errors
///
/// `malformed` where the bytes are no whole picture of at most 64 megapixels.
pub fn small_jpeg(bytes: &[u8], side: u32) -> Result<Vec<u8>, Error> {
    let small = resize(decode(bytes)?, side)?;
    let too_large = |side: u32| u16::try_from(side).map_err(Error::internal);
    let (width, height) = (too_large(small.width())?, too_large(small.height())?);
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, QUALITY)
        .encode(small.as_raw(), width, height, ColorType::Rgb)
        .map_err(Error::internal)?;
    Ok(jpeg)
}

/// Decodes within limits: a header can promise anything.
pub(crate) fn decode(bytes: &[u8]) -> Result<DynamicImage, Error> {
    let reader = || {
        let mut reader = ImageReader::new(Cursor::new(bytes))
            .with_guessed_format()
            .map_err(|error| unreadable(&error))?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(MAX_SIDE);
        limits.max_image_height = Some(MAX_SIDE);
        limits.max_alloc = Some(MEMORY);
        reader.limits(limits);
        Ok::<_, Error>(reader)
    };
    let (width, height) = reader()?.into_dimensions().map_err(|error| unreadable(&error))?;
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(unreadable(&format_args!(
            "it claims to be {width}×{height} pixels large"
        )));
    }
    let mut decoder = reader()?.into_decoder().map_err(|error| unreadable(&error))?;
    // The decoder itself only limits what it needs beside the pixels.
    if decoder.total_bytes() > MEMORY {
        return Err(unreadable(&"its pixels take too much memory"));
    }
    let upright = decoder.orientation();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(&error))?;
    if let Ok(upright) = upright {
        picture.apply_orientation(upright);
    }
    Ok(picture)
}

fn unreadable(why: &impl std::fmt::Display) -> Error {
    Error::new(
        ErrorCode::Malformed,
        "This file can't be shown: it is not a whole picture.",
    )
    .with_detail(why)
}

/// A picture with no side longer than `side` pixels, over white where it is transparent.
pub(crate) fn resize(picture: DynamicImage, side: u32) -> Result<RgbImage, Error> {
    let (width, height) = fit(picture.width(), picture.height(), side);
    let is_small = (width, height) == (picture.width(), picture.height());
    if !picture.color().has_alpha() {
        let picture = picture.into_rgb8();
        if is_small {
            return Ok(picture);
        }
        let (from_width, from_height) = picture.dimensions();
        let source = Image::from_vec_u8(from_width, from_height, picture.into_raw(), PixelType::U8x3)
            .map_err(Error::internal)?;
        return RgbImage::from_raw(width, height, reduced(&source, width, height)?).ok_or_else(wrong_length);
    }
    // Colours weighted by their opacity can be averaged, so that white is put below the few pixels that are left.
    let picture = picture.into_rgba8();
    let (from_width, from_height) = picture.dimensions();
    let mut source =
        Image::from_vec_u8(from_width, from_height, picture.into_raw(), PixelType::U8x4).map_err(Error::internal)?;
    MulDiv::default()
        .multiply_alpha_inplace(&mut source)
        .map_err(Error::internal)?;
    let small = if is_small {
        source.into_vec()
    } else {
        reduced(&source, width, height)?
    };
    let small = RgbaImage::from_raw(width, height, small).ok_or_else(wrong_length)?;
    Ok(over_white(&small))
}

fn reduced(source: &Image<'_>, width: u32, height: u32) -> Result<Vec<u8>, Error> {
    let mut small = Image::new(width, height, source.pixel_type());
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Hamming))
        .use_alpha(false);
    Resizer::new()
        .resize(source, &mut small, &options)
        .map_err(Error::internal)?;
    Ok(small.into_vec())
}

fn wrong_length() -> Error {
    Error::internal("a thumbnail has the wrong number of bytes")
}

/// Of colours that are weighted by their opacity.
fn over_white(weighted: &RgbaImage) -> RgbImage {
    let mut flat = RgbImage::new(weighted.width(), weighted.height());
    for (to, Rgba([red, green, blue, opacity])) in flat.pixels_mut().zip(weighted.pixels()) {
        to.0 = [red, green, blue].map(|colour| colour.saturating_add(255 - opacity));
    }
    flat
}

/// The size of a thumbnail: the same shape, no side longer than `most`, never larger than the picture.
fn fit(width: u32, height: u32, most: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= most {
        return (width, height);
    }
    let scale = |side: u32| {
        let scaled = u64::from(side) * u64::from(most) / u64::from(longest);
        u32::try_from(scaled).unwrap_or(most).max(1)
    };
    (scale(width), scale(height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{encoded, png_that_claims};

    #[test]
    fn a_thumbnail_has_the_shape_of_its_picture() {
        assert_eq!(fit(832, 1216, SIDE), (218, 320));
        assert_eq!(fit(1216, 832, SIDE), (320, 218));
        assert_eq!(fit(16_384, 1, SIDE), (320, 1));
        assert_eq!(fit(64, 64, SIDE), (64, 64));
    }

    #[test]
    fn pictures_of_both_formats_become_small_jpegs() {
        for format in [image::ImageFormat::Png, image::ImageFormat::WebP] {
            let jpeg = small_jpeg(&encoded(format, 832, 1216), SIDE).unwrap();
            let small = image::load_from_memory(&jpeg).unwrap();
            assert_eq!((small.width(), small.height()), (218, 320));
            assert!(jpeg.starts_with(&[0xff, 0xd8]));
        }
    }

    #[test]
    fn what_is_transparent_becomes_white() {
        let clear = image::RgbaImage::from_pixel(400, 400, image::Rgba([0, 0, 0, 0]));
        let mut png = Cursor::new(Vec::new());
        clear.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let jpeg = small_jpeg(png.get_ref(), SIDE).unwrap();
        let small = image::load_from_memory(&jpeg).unwrap().to_rgb8();
        assert!(small.pixels().all(|pixel| pixel.0.iter().all(|channel| *channel > 250)));
    }

    #[test]
    fn what_is_half_transparent_is_half_white_at_any_size() {
        for side in [64, 400] {
            let half = RgbaImage::from_pixel(side, side, Rgba([200, 100, 0, 128]));
            let small = resize(DynamicImage::ImageRgba8(half), 64).unwrap();
            assert_eq!(small.dimensions(), (64, 64));
            let expected = [227_u8, 177, 127];
            for pixel in small.pixels() {
                let near = pixel
                    .0
                    .iter()
                    .zip(expected)
                    .all(|(is, wanted)| is.abs_diff(wanted) <= 1);
                assert!(near, "{pixel:?}");
            }
        }
    }

    #[test]
    fn a_bomb_is_refused_before_memory_is_taken() {
        let refused = small_jpeg(&png_that_claims(60_000, 60_000), SIDE).unwrap_err();
        assert_eq!(refused.code, ErrorCode::Malformed);
        assert!(small_jpeg(b"not a picture", SIDE).is_err());
        let whole = encoded(image::ImageFormat::Png, 64, 64);
        assert_eq!(small_jpeg(&whole[..60], SIDE).unwrap_err().code, ErrorCode::Malformed);
    }

    #[tokio::test]
    async fn a_thumbnail_is_made_once_and_damaged_files_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("thumbnails.db");
        std::fs::write(&cache, b"this is no database, and it is long enough to be looked at").unwrap();
        let picture = folder.path().join("a.png");
        std::fs::write(&picture, encoded(image::ImageFormat::Png, 640, 480)).unwrap();

        let thumbnails = Thumbnails::open(cache).await.unwrap();
        let first = thumbnails.get(ImageId("a".into()), picture.clone()).await.unwrap();
        std::fs::remove_file(&picture).unwrap();
        let second = thumbnails.get(ImageId("a".into()), picture.clone()).await.unwrap();
        assert_eq!(first, second);

        let gone = thumbnails.get(ImageId("b".into()), picture).await.unwrap_err();
        assert_eq!(gone.code, ErrorCode::NotFound);
    }
}
