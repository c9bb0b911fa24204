//! Pictures made ready to be sent: decoded within bounds, brought to the size that the service wants, and written as
//! PNG (api.md 2.5, 3.5, 3.7, 3.8).
//!
//! All of it works on pixels and takes tens of milliseconds: call it where it may block. What a person gives may be
//! PNG, WebP or JPEG, of any size within the bounds; what comes out is what the payload asks for.

use std::io::Cursor;

use bytes::Bytes;
use fast_image_resize::{FilterType, MulDiv, PixelType, ResizeAlg, ResizeOptions, Resizer, images::Image};
use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits, RgbaImage};

use crate::check::Refusal;
use crate::cost;
use crate::inpaint::with_texts;
use crate::metadata;
use crate::model::Registry;
use crate::picture::{MAX_AREA, MAX_SIDE};
use crate::request::{Fit, Size};

/// The most memory that decoding may take: the largest picture in four channels, and room to work. Whatever is done to it
/// then must do with one more of that size, so that no file takes more than half a gibibyte.
const MEMORY: u64 = MAX_AREA * 4 + 32 * 1024 * 1024;
/// The sides of a picture that is sent as a vibe to models that encode none themselves (api.md 3.7).
const VIBE: Size = Size {
    width: 448,
    height: 448,
};

/// A picture to start from: of exactly this size. Its transparency is kept for models that have any, and else laid on
/// white (api.md 3.5).
///
/// # Errors
///
/// A [`Refusal`] where it can't be decoded.
pub fn source(picture: &[u8], size: Size, transparent: bool) -> Result<Bytes, Refusal> {
    fitted_source(picture, size, Fit::Stretch, transparent)
}

/// The same, where the picture may have another shape.
///
/// # Errors
///
/// A [`Refusal`] where it can't be decoded.
pub fn fitted_source(picture: &[u8], size: Size, fit: Fit, transparent: bool) -> Result<Bytes, Refusal> {
    let picture = decoded("source.image", picture)?;
    let picture = match fit {
        Fit::Stretch => resampled(picture, size),
        Fit::Crop => cropped(picture, size),
        Fit::Pad => padded(picture, size),
    };
    Ok(match transparent {
        true => encoded(&picture, Channels::Four),
        false => encoded(&laid_on(picture, 255), Channels::Three),
    })
}

/// A precise reference: whole, on a black canvas, the one of the service's that is nearest to its shape (api.md 3.8).
///
/// # Errors
///
/// A [`Refusal`] where it can't be decoded.
pub fn reference(picture: &[u8], registry: &Registry) -> Result<Bytes, Refusal> {
    const FIELD: &str = "references.precise";
    let picture = decoded(FIELD, picture)?;
    let shape = |width: u32, height: u32| (f64::from(width) / f64::from(height)).ln();
    let wanted = shape(picture.width(), picture.height());
    let canvases = registry.reference_limits().canvases.iter();
    let nearest = canvases.min_by(|a, b| {
        let far = |size: &Size| (shape(size.width, size.height) - wanted).abs();
        far(a).total_cmp(&far(b))
    });
    let canvas = nearest.ok_or_else(|| Refusal::new(FIELD, "No model takes precise references."))?;
    Ok(encoded(&boxed(picture, *canvas), Channels::Three))
}

/// A vibe for a model that takes pictures as they are: whole, on a black square (api.md 3.7).
///
/// # Errors
///
/// A [`Refusal`] where it can't be decoded.
pub fn vibe(picture: &[u8]) -> Result<Bytes, Refusal> {
    let picture = decoded("references.vibes", picture)?;
    Ok(encoded(&boxed(picture, VIBE), Channels::Three))
}

/// A picture for a director tool: within the sizes that these take, on white where it is transparent (api.md 2.5).
///
/// # Errors
///
/// A [`Refusal`] where it can't be decoded.
pub fn director(picture: &[u8], registry: &Registry) -> Result<Bytes, Refusal> {
    let picture = decoded("image", picture)?;
    let (width, height) = picture.dimensions();
    let size = cost::director_size(Size { width, height }, registry);
    Ok(encoded(&laid_on(resampled(picture, size), 255), Channels::Three))
}

/// A picture in its own size, as PNG: for the calls that take any.
///
/// # Errors
///
/// A [`Refusal`] where it can't be decoded.
pub fn as_png(picture: &[u8]) -> Result<Bytes, Refusal> {
    let picture = decoded("image", picture)?;
    let opaque = picture.pixels().all(|pixel| pixel.0[3] == 255);
    let channels = if opaque { Channels::Three } else { Channels::Four };
    Ok(encoded(&picture, channels))
}

/// The pixels of a picture, upright, in four channels.
///
/// # Errors
///
/// A [`Refusal`] where it can't be decoded.
pub fn pixels(picture: &[u8]) -> Result<RgbaImage, Refusal> {
    decoded("image", picture)
}

/// A picture as PNG in its own size or, where it has more pixels than a server takes, in the size of [`within`].
///
/// # Errors
///
/// A [`Refusal`] where it can't be decoded.
pub fn as_png_within(picture: &[u8], area: u32) -> Result<Bytes, Refusal> {
    let picture = decoded("image", picture)?;
    let (width, height) = picture.dimensions();
    Ok(as_small_png(&resampled(picture, within(Size { width, height }, area))))
}

fn as_small_png(picture: &RgbaImage) -> Bytes {
    let opaque = picture.pixels().all(|pixel| pixel.0[3] == 255);
    encoded(picture, if opaque { Channels::Three } else { Channels::Four })
}

/// Pixels that were made of another picture, as PNG with the texts of that one: it still says how it was made. The
/// signature in them no longer holds.
#[must_use]
pub fn made_of(pixels: &RgbaImage, source: &[u8]) -> Bytes {
    with_texts(&as_small_png(pixels), &metadata::read(source).unwrap_or_default())
}

/// A picture in another size, by Lanczos' filter of three lobes. Colours of invisible pixels don't bleed.
#[must_use]
pub fn resized(picture: RgbaImage, size: Size) -> RgbaImage {
    resampled(picture, size)
}

/// Refuses a size that no picture may have: neither one that is taken nor one that is made.
///
/// # Errors
///
/// A [`Refusal`] that says so.
pub fn within_bounds(size: Size) -> Result<(), Refusal> {
    if can_be_taken(size) {
        return Ok(());
    }
    let message = format!(
        "The result would have {} × {} pixels. {MAX_SIDE} a side and {} megapixels in all are the most: choose a \
         smaller scale or picture.",
        size.width,
        size.height,
        MAX_AREA / 1_000_000
    );
    Err(Refusal::new("scale", message))
}

/// A size, or the largest of the same shape that has no more than so many pixels.
#[must_use]
pub fn within(size: Size, area: u32) -> Size {
    if size.area() <= u64::from(area) {
        return size;
    }
    cost::scaled_to(size, area)
}

/// Whether a picture of this size can be taken in at all.
#[must_use]
pub fn can_be_taken(size: Size) -> bool {
    size.area() > 0 && size.width <= MAX_SIDE && size.height <= MAX_SIDE && size.area() <= MAX_AREA
}

/// The size of a PNG, WebP or JPEG as it will be decoded, from its head alone.
///
/// # Errors
///
/// A [`Refusal`] where it is none of these, or beyond the bounds.
pub fn size(picture: &[u8]) -> Result<Size, Refusal> {
    let (_, size) = decoder("image", picture)?;
    Ok(size)
}

/// A picture that has been looked at whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// Upright.
    pub size: Size,
    /// Something of it can be seen through. What is hidden in the lowest bit of the alpha channel is not counted.
    pub transparent: bool,
}

/// Looks at every pixel of a PNG, WebP or JPEG: whether all of them are there, and what they are.
///
/// # Errors
///
/// A [`Refusal`] where it is none of these, beyond the bounds, cut or damaged.
pub fn open(picture: &[u8]) -> Result<Opened, Refusal> {
    let pixels = decoded("image", picture)?;
    // The decoder paints what is missing of a JPEG grey.
    if picture.starts_with(&[0xff, 0xd8]) && !is_whole_jpeg(picture) {
        return Err(Refusal::new("image", "The picture is cut or damaged."));
    }
    Ok(Opened {
        size: Size {
            width: pixels.width(),
            height: pixels.height(),
        },
        transparent: pixels.pixels().any(|pixel| pixel.0[3] < 254),
    })
}

/// Whether a JPEG has its end: the mark behind the pixels, not the one of a thumbnail before them.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xda;
    const END: [u8; 2] = [0xff, 0xd9];
    let mut at = 2;
    loop {
        let Some([0xff, mark]) = bytes.get(at..at + 2) else {
            return false;
        };
        match mark {
            0xff => at += 1,
            &START_OF_SCAN => return bytes[at..].windows(2).any(|pair| pair == END),
            _ => {
                let Some([high, low]) = bytes.get(at + 2..at + 4) else {
                    return false;
                };
                at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
            }
        }
    }
}

/// The pixels of a picture, upright, in four channels.
pub(crate) fn decoded(field: &'static str, picture: &[u8]) -> Result<RgbaImage, Refusal> {
    let (mut decoder, _) = decoder(field, picture)?;
    let upright = decoder.orientation();
    let broken = |_| Refusal::new(field, "The picture is cut or damaged.");
    let mut pixels = DynamicImage::from_decoder(decoder).map_err(broken)?;
    if let Ok(upright) = upright {
        pixels.apply_orientation(upright);
    }
    Ok(pixels.into_rgba8())
}

/// What decodes a picture, and the size that comes out of it, if that is within bounds.
fn decoder<'p>(field: &'static str, picture: &'p [u8]) -> Result<(impl ImageDecoder + 'p, Size), Refusal> {
    let refuse = |reason: &str| Refusal::new(field, format!("The picture can't be used: {reason}."));
    let mut reader = ImageReader::new(Cursor::new(picture));
    match image::guess_format(picture) {
        Ok(format @ (ImageFormat::Png | ImageFormat::WebP | ImageFormat::Jpeg)) => reader.set_format(format),
        Ok(_) | Err(_) => return Err(refuse("it is neither PNG nor WebP nor JPEG")),
    }
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut decoder = reader
        .into_decoder()
        .map_err(|_| refuse("its head is broken, or it is larger than any that is taken"))?;
    let (mut width, mut height) = decoder.dimensions();
    if matches!(decoder.orientation(), Ok(turned) if is_on_its_side(turned)) {
        (width, height) = (height, width);
    }
    let size = Size { width, height };
    if size.area() == 0 {
        return Err(refuse("it has no pixels"));
    }
    if width > MAX_SIDE || height > MAX_SIDE || size.area() > MAX_AREA || decoder.total_bytes() > MEMORY {
        return Err(refuse("it is larger than any that is taken"));
    }
    Ok((decoder, size))
}

fn is_on_its_side(orientation: image::metadata::Orientation) -> bool {
    use image::metadata::Orientation as Turn;
    match orientation {
        Turn::NoTransforms | Turn::Rotate180 | Turn::FlipHorizontal | Turn::FlipVertical => false,
        Turn::Rotate90 | Turn::Rotate270 | Turn::Rotate90FlipH | Turn::Rotate270FlipH => true,
    }
}

/// The picture in another size. Colours of invisible pixels don't bleed into their neighbours: they are weighed by their
/// alpha, in place, as a large picture is not to be had twice.
pub(crate) fn resampled(picture: RgbaImage, size: Size) -> RgbaImage {
    let (width, height) = picture.dimensions();
    if (Size { width, height }) == size {
        return picture;
    }
    resampled_with(picture, size, ResizeOptions::new())
}

/// The middle of the picture in the shape of the size, brought to it.
fn cropped(picture: RgbaImage, size: Size) -> RgbaImage {
    let (width, height) = picture.dimensions();
    if u64::from(width) * u64::from(size.height) == u64::from(height) * u64::from(size.width) {
        return resampled(picture, size);
    }
    resampled_with(
        picture,
        size,
        ResizeOptions::new().fit_into_destination(Some((0.5, 0.5))),
    )
}

/// All of the picture in its own shape, in the middle of a clear ground.
fn padded(picture: RgbaImage, size: Size) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let inner = inside(Size { width, height }, size);
    if inner == size {
        return resampled(picture, size);
    }
    let scaled = resampled(picture, inner);
    let mut laid = RgbaImage::new(size.width, size.height);
    let (left, top) = ((size.width - inner.width) / 2, (size.height - inner.height) / 2);
    image::imageops::replace(&mut laid, &scaled, left.into(), top.into());
    laid
}

fn resampled_with(picture: RgbaImage, size: Size, options: ResizeOptions) -> RgbaImage {
    const FOUR: &str = "both pictures have four channels";
    let (width, height) = picture.dimensions();
    let mut from = Image::from_vec_u8(width, height, picture.into_raw(), PixelType::U8x4)
        .expect("a picture has four bytes for each pixel");
    let mut to = Image::new(size.width, size.height, PixelType::U8x4);
    let alpha = MulDiv::new();
    alpha.multiply_alpha_inplace(&mut from).expect(FOUR);
    let options = options
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .use_alpha(false);
    Resizer::new().resize(&from, &mut to, &options).expect(FOUR);
    alpha.divide_alpha_inplace(&mut to).expect(FOUR);
    RgbaImage::from_raw(size.width, size.height, to.into_vec()).expect("a picture has four bytes for each pixel")
}

/// The picture on a ground of one grey, without any transparency.
pub(crate) fn laid_on(mut picture: RgbaImage, grey: u8) -> RgbaImage {
    for pixel in picture.pixels_mut() {
        let alpha = u32::from(pixel.0[3]);
        for channel in &mut pixel.0[..3] {
            let mixed = (u32::from(*channel) * alpha + u32::from(grey) * (255 - alpha) + 127) / 255;
            *channel = u8::try_from(mixed).expect("a mean of bytes is a byte");
        }
        pixel.0[3] = 255;
    }
    picture
}

/// The picture as large as it fits, in the middle of a black canvas.
fn boxed(picture: RgbaImage, canvas: Size) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let inner = inside(Size { width, height }, canvas);
    let scaled = laid_on(resampled(picture, inner), 0);
    let mut laid = RgbaImage::from_pixel(canvas.width, canvas.height, image::Rgba([0, 0, 0, 255]));
    let left = (canvas.width - inner.width) / 2;
    let top = (canvas.height - inner.height) / 2;
    image::imageops::replace(&mut laid, &scaled, left.into(), top.into());
    laid
}

/// The largest size of a picture's shape within a canvas.
fn inside(picture: Size, canvas: Size) -> Size {
    let across = f64::from(canvas.width) / f64::from(picture.width);
    let down = f64::from(canvas.height) / f64::from(picture.height);
    let scale = across.min(down);
    let side = |side: u32, most: u32| ((f64::from(side) * scale).round() as u32).clamp(1, most);
    Size {
        width: side(picture.width, canvas.width),
        height: side(picture.height, canvas.height),
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Channels {
    Three,
    Four,
}

pub(crate) fn encoded(picture: &RgbaImage, channels: Channels) -> Bytes {
    let (width, height) = picture.dimensions();
    let size = Size { width, height };
    match channels {
        Channels::Four => png(picture.as_raw(), size, ExtendedColorType::Rgba8),
        Channels::Three => {
            let pixels = picture.pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]);
            png(&pixels.collect::<Vec<u8>>(), size, ExtendedColorType::Rgb8)
        }
    }
}

pub(crate) fn png(pixels: &[u8], size: Size, kind: ExtendedColorType) -> Bytes {
    let mut bytes = Vec::new();
    // A hundredth larger than with more effort, and a large picture takes no seconds.
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, PngFilter::Adaptive)
        .write_image(pixels, size.width, size.height, kind)
        .expect("the pixels are as many as the size says, and memory takes any number of bytes");
    bytes.into()
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::picture;

    pub(crate) fn rgba(width: u32, height: u32, at: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
        let picture = RgbaImage::from_fn(width, height, |x, y| image::Rgba(at(x, y)));
        encoded(&picture, Channels::Four).to_vec()
    }

    fn opened(bytes: &[u8]) -> RgbaImage {
        decoded("image", bytes).unwrap()
    }

    fn channels(bytes: &[u8]) -> image::ColorType {
        image::load_from_memory(bytes).unwrap().color()
    }

    fn as_jpeg(bytes: &[u8]) -> Vec<u8> {
        let mut jpeg = Cursor::new(Vec::new());
        let picture = DynamicImage::from(opened(bytes)).into_rgb8();
        picture.write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
        jpeg.into_inner()
    }

    #[test]
    fn a_source_has_the_size_of_the_request_and_no_transparency_unless_it_is_wanted() {
        let half = rgba(40, 60, |x, _| if x < 20 { [255, 0, 0, 0] } else { [255, 0, 0, 255] });
        let size = Size { width: 128, height: 64 };
        let flat = source(&half, size, false).unwrap();
        assert_eq!(
            (picture::size(&flat), channels(&flat)),
            (Ok(size), image::ColorType::Rgb8)
        );
        assert_eq!(opened(&flat).get_pixel(3, 30).0, [255, 255, 255, 255]);
        assert_eq!(opened(&flat).get_pixel(125, 30).0, [255, 0, 0, 255]);
        let clear = source(&half, size, true).unwrap();
        assert_eq!(
            (channels(&clear), opened(&clear).get_pixel(3, 30).0[3]),
            (image::ColorType::Rgba8, 0)
        );
        let same = rgba(64, 64, |x, y| [x as u8, y as u8, 7, 255]);
        let kept = source(&same, Size { width: 64, height: 64 }, false).unwrap();
        assert_eq!(opened(&kept), opened(&same), "what has the size already is not touched");
    }

    /// Red to the left, blue to the right, green in the middle third.
    fn striped(width: u32, height: u32) -> Vec<u8> {
        rgba(width, height, |x, _| match x * 3 / width {
            0 => [255, 0, 0, 255],
            1 => [0, 255, 0, 255],
            _ => [0, 0, 255, 255],
        })
    }

    #[test]
    fn a_picture_of_another_shape_is_stretched_cut_or_laid_in_the_middle() {
        let size = Size { width: 64, height: 64 };
        let sent = |fit, clear| opened(&fitted_source(&striped(192, 64), size, fit, clear).unwrap());
        for fit in [Fit::Stretch, Fit::Crop, Fit::Pad] {
            assert_eq!(sent(fit, false).dimensions(), (64, 64));
        }
        let at = |picture: &RgbaImage, x, y| picture.get_pixel(x, y).0;
        let stretched = sent(Fit::Stretch, false);
        assert_eq!(
            [at(&stretched, 4, 32), at(&stretched, 60, 32)],
            [[255, 0, 0, 255], [0, 0, 255, 255]]
        );
        let cut = sent(Fit::Crop, false);
        assert_eq!([at(&cut, 4, 4), at(&cut, 60, 60)], [[0, 255, 0, 255]; 2]);
        let laid = sent(Fit::Pad, false);
        assert_eq!(
            [at(&laid, 4, 32), at(&laid, 60, 32)],
            [[255, 0, 0, 255], [0, 0, 255, 255]]
        );
        assert_eq!([at(&laid, 32, 10), at(&laid, 32, 54)], [[255, 255, 255, 255]; 2]);
        assert_eq!(at(&sent(Fit::Pad, true), 32, 10)[3], 0, "the room beside it is clear");
    }

    #[test]
    fn a_picture_of_the_same_shape_fits_in_one_way_only() {
        let size = Size { width: 64, height: 96 };
        let whole = striped(128, 192);
        let [stretched, cut, laid] =
            [Fit::Stretch, Fit::Crop, Fit::Pad].map(|fit| opened(&fitted_source(&whole, size, fit, false).unwrap()));
        assert!(stretched == cut && cut == laid);
    }

    #[test]
    fn the_narrowest_picture_still_fits() {
        let size = Size {
            width: 64,
            height: 1024,
        };
        for fit in [Fit::Stretch, Fit::Crop, Fit::Pad] {
            let sent = fitted_source(&striped(3000, 1), size, fit, false).unwrap();
            assert_eq!(picture::size(&sent), Ok(size), "{fit:?}");
        }
    }

    #[test]
    fn a_reference_lies_whole_on_the_nearest_canvas() {
        for ((width, height), canvas) in [
            ((300, 500), (1024, 1536)),
            ((500, 300), (1536, 1024)),
            ((400, 420), (1472, 1472)),
            ((20, 2000), (1024, 1536)),
        ] {
            let white = rgba(width, height, |_, _| [255; 4]);
            let laid = opened(&reference(&white, Registry::builtin()).unwrap());
            assert_eq!(laid.dimensions(), canvas, "{width}×{height}");
            let (middle, corner) = (laid.get_pixel(canvas.0 / 2, canvas.1 / 2), laid.get_pixel(0, 0));
            assert_eq!((middle.0, corner.0), ([255; 4], [0, 0, 0, 255]), "{width}×{height}");
        }
    }

    #[test]
    fn a_vibe_for_older_models_lies_on_a_small_square() {
        let laid = vibe(&rgba(100, 50, |_, _| [255, 255, 255, 128])).unwrap();
        assert_eq!(channels(&laid), image::ColorType::Rgb8);
        let laid = opened(&laid);
        assert_eq!(
            (laid.dimensions(), laid.get_pixel(224, 224).0),
            ((448, 448), [128, 128, 128, 255])
        );
        assert_eq!(
            (laid.get_pixel(224, 110).0, laid.get_pixel(224, 114).0),
            ([0, 0, 0, 255], [128, 128, 128, 255])
        );
    }

    #[test]
    fn a_director_tool_gets_a_picture_of_its_sizes() {
        let registry = Registry::builtin();
        for (width, height) in [(512, 768), (1024, 1024), (2000, 2000)] {
            let sent = director(&rgba(width, height, |_, _| [9, 9, 9, 255]), registry).unwrap();
            let size = picture::size(&sent).unwrap();
            assert_eq!(size, cost::director_size(Size { width, height }, registry));
            assert!((1_000_000..=3_145_728).contains(&size.area()), "{size:?}");
        }
    }

    #[test]
    fn a_jpeg_becomes_a_png_upright() {
        let jpeg = as_jpeg(&rgba(40, 20, |_, _| [200, 10, 10, 255]));
        let png = as_png(&jpeg).unwrap();
        assert_eq!(picture::size(&png), Ok(Size { width: 40, height: 20 }));
        // Exif that says: turned by a quarter.
        let exif = b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let turned = [&jpeg[..2], exif, &jpeg[2..]].concat();
        let upright = Size { width: 20, height: 40 };
        assert_eq!(size(&turned), Ok(upright));
        assert_eq!(picture::size(&as_png(&turned).unwrap()), Ok(upright));
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_refused_with_the_field() {
        let mut huge = rgba(1, 1, |_, _| [0; 4]);
        huge[16..20].copy_from_slice(&40_000_u32.to_be_bytes());
        let mut wide = rgba(1, 1, |_, _| [0; 4]);
        wide[16..20].copy_from_slice(&16_000_u32.to_be_bytes());
        wide[20..24].copy_from_slice(&16_000_u32.to_be_bytes());
        let cut = rgba(64, 64, |x, y| [x as u8, y as u8, (x * y) as u8, 255]);
        let cut = cut[..cut.len() / 2].to_vec();
        for bytes in [&b""[..], b"GIF89a", b"hello", &huge, &wide, &cut] {
            let refusal = source(bytes, Size { width: 64, height: 64 }, false).unwrap_err();
            assert_eq!(refusal.field, "source.image");
            assert_eq!(
                reference(bytes, Registry::builtin()).unwrap_err().field,
                "references.precise"
            );
        }
    }

    #[test]
    fn a_picture_that_is_opened_is_there_to_its_last_pixel() {
        let noise = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) as u8;
        let png = rgba(60, 40, |x, y| [noise(x, y), noise(y, x), 7, 254]);
        let jpeg = as_jpeg(&png);
        let size = Size { width: 60, height: 40 };
        for whole in [&png, &jpeg] {
            assert_eq!(
                open(whole),
                Ok(Opened {
                    size,
                    transparent: false
                })
            );
            for length in [whole.len() / 3, whole.len() / 2, whole.len() - 20] {
                assert!(open(&whole[..length]).is_err(), "{length} of {}", whole.len());
            }
        }
        assert!(
            open(&rgba(4, 4, |x, _| [0, 0, 0, if x == 1 { 253 } else { 255 }]))
                .unwrap()
                .transparent
        );
    }

    proptest! {
        #[test]
        fn no_damage_is_too_odd(at in any::<prop::sample::Index>(), to in any::<u8>(), jpeg in any::<bool>()) {
            let mut bytes = rgba(24, 16, |x, y| [x as u8, y as u8, 7, 255]);
            if jpeg {
                bytes = as_jpeg(&bytes);
            }
            let at = at.index(bytes.len());
            bytes[at] = to;
            let _ = as_png(&bytes);
        }
    }
}
