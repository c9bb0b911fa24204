//! What a finished file still tells about itself, beside what can be seen: the other side of `strip`, for files that are
//! about to be given away. Whatever is not known to belong to the picture is a trace.

use serde::{Deserialize, Serialize};

use super::hidden::{self, Hidden};
use super::packed::{self, Shape};
use super::strip::{jpeg as jpeg_parts, png as png_parts, webp as webp_parts};
use super::{colours, exif, jpeg, riff, texts, words};
use crate::error::Error;
use crate::picture;
use crate::png;
use crate::request::ImageFormat;

/// Something in a file that does not belong to the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// What it is.
    pub kind: TraceKind,
    /// Where it stands, as the format calls it, with the keyword of a text: `tEXt Comment`, `APP13`.
    pub place: String,
    /// Bytes of it; of what hides in pixels, pixels.
    pub size: u32,
}

/// What a trace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum TraceKind {
    /// A text.
    Text,
    /// EXIF.
    Exif,
    /// XMP.
    Xmp,
    /// Texts or tags of somebody's own in the colour profile.
    Profile,
    /// Another part of the file that the picture does without.
    Part,
    /// Bytes behind the end of the picture, or of its packed pixels.
    Behind,
    /// Lowest bits of alpha, or of colours, that say something.
    HiddenBits,
    /// Colours of pixels that can't be seen.
    HiddenColours,
}

/// The most traces that are listed.
const MOST: usize = 100;

/// Every trace in a file, in the order in which they stand there; the pixels' at the end.
///
/// # Errors
///
/// [`Error::Malformed`] when it is neither PNG, WebP nor JPEG, or cut or damaged: nothing can be said of it then.
pub fn traces(bytes: &[u8]) -> Result<Vec<Trace>, Error> {
    let mut found = Found(Vec::new());
    let looked = if bytes.starts_with(&jpeg::SIGNATURE) {
        in_jpeg(bytes, &mut found)
    } else {
        match picture::size(bytes).ok().and_then(|_| picture::format(bytes)) {
            Some(ImageFormat::Png) => in_png(bytes, &mut found),
            Some(ImageFormat::Webp) => in_webp(bytes, &mut found),
            None => None,
        }
    };
    looked.ok_or_else(|| Error::Malformed("the picture can't be read".into()))?;
    Ok(found.0)
}

struct Found(Vec<Trace>);

impl Found {
    /// Words among packed pixels.
    fn add_words(&mut self, packed: &[u8], place: &str) {
        if let Some(length) = words::among(packed) {
            self.add(TraceKind::Text, place, length);
        }
    }

    fn add(&mut self, kind: TraceKind, place: impl Into<String>, size: usize) {
        if self.0.len() < MOST {
            let size = u32::try_from(size).unwrap_or(u32::MAX);
            let place = place.into();
            self.0.push(Trace { kind, place, size });
        }
    }

    fn add_hidden(&mut self, hidden: Hidden, pixels: usize) {
        let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        if hidden.bits > 0 {
            self.add(TraceKind::HiddenBits, "alpha", count(hidden.bits));
        }
        if hidden.in_colours {
            self.add(TraceKind::HiddenBits, "colours", pixels);
        }
        if hidden.colours > 0 {
            self.add(TraceKind::HiddenColours, "pixels", count(hidden.colours));
        }
    }
}

fn in_png(bytes: &[u8], found: &mut Found) -> Option<()> {
    let length = png::length(bytes)?;
    let shape = Shape::of(bytes)?;
    let (mut seen, mut headed): (Vec<[u8; 4]>, _) = (Vec::new(), false);
    for chunk in png::chunks(&bytes[..length]) {
        let size = chunk.data.len();
        let name = String::from_utf8_lossy(&chunk.kind).into_owned();
        match &chunk.kind {
            b"IHDR" if std::mem::replace(&mut headed, true) => found.add(TraceKind::Part, name, size),
            b"IHDR" | b"IDAT" => {}
            b"IEND" if size == 0 => {}
            b"tEXt" | b"zTXt" | b"iTXt" => {
                let keyword = texts::keyword(chunk.data).unwrap_or_default();
                let kind = if keyword.starts_with("XML:com.adobe.xmp") {
                    TraceKind::Xmp
                } else {
                    TraceKind::Text
                };
                found.add(kind, format!("{name} {keyword}"), size);
            }
            b"eXIf" => add_exif(chunk.data, "eXIf", found),
            kind => {
                let plain = png_parts::kept(&chunk, &shape).filter(|_| !seen.contains(kind));
                if plain.as_deref() == Some(chunk.data) {
                    seen.push(*kind);
                } else {
                    let kind = if kind == b"iCCP" {
                        TraceKind::Profile
                    } else {
                        TraceKind::Part
                    };
                    found.add(kind, name, size);
                }
            }
        }
    }
    if bytes.len() > length {
        found.add(TraceKind::Behind, "IEND", bytes.len() - length);
    }
    let pixels = packed::look(bytes, &shape)?;
    if !pixels.is_exact {
        found.add(TraceKind::Behind, "IDAT", usize::try_from(pixels.behind).ok()?);
    }
    if let Some(layout) = shape.layout() {
        let area = picture::size(bytes).ok()?.area();
        found.add_hidden(hidden::in_png(bytes, layout)?, usize::try_from(area).ok()?);
    }
    Some(())
}

fn in_webp(bytes: &[u8], found: &mut Found) -> Option<()> {
    let whole = picture::whole(bytes).ok()?;
    let mut painted = false;
    for chunk in riff::chunks(bytes) {
        let size = chunk.data.len();
        let name = String::from_utf8_lossy(&chunk.kind).trim_end().to_owned();
        // Pixels that are packed without loss may look like words by themselves.
        if &chunk.kind == b"VP8 " {
            found.add_words(chunk.data, &name);
        }
        match &chunk.kind {
            b"VP8X" => {
                let flags = chunk.data.first().copied().unwrap_or_default() & !riff::flag::ANIMATION;
                let head = riff::extended(flags, whole.size.width, whole.size.height);
                if chunk.data != head {
                    found.add(TraceKind::Part, name, size);
                }
            }
            b"VP8 " | b"VP8L" if !painted => painted = true,
            b"ALPH" if !painted => {}
            b"ICCP" => {
                if colours::plain(chunk.data).as_deref() != Some(chunk.data) {
                    found.add(TraceKind::Profile, name, size);
                }
            }
            b"EXIF" => add_exif(chunk.data, "EXIF", found),
            b"XMP " => found.add(TraceKind::Xmp, name, size),
            _ => found.add(TraceKind::Part, name, size),
        }
    }
    if bytes.len() > whole.length {
        found.add(TraceKind::Behind, "RIFF", bytes.len() - whole.length);
    }
    let (_, hidden) = webp_parts::look(bytes)?;
    found.add_hidden(hidden, usize::try_from(whole.size.area()).ok()?);
    Some(())
}

fn in_jpeg(bytes: &[u8], found: &mut Found) -> Option<()> {
    let mut walk = jpeg::segments(bytes);
    let (mut head, mut adobe, mut painted) = (false, false, false);
    for part in walk.by_ref() {
        let size = part.data.len();
        let name = || match part.marker {
            0xfe => "COM".to_owned(),
            0xe0..=0xef => format!("APP{}", part.marker - 0xe0),
            other => format!("{other:02X}"),
        };
        match part.marker {
            marker if jpeg_parts::is_picture(marker) => {
                painted |= marker == jpeg::SCAN;
                found.add_words(part.scan, "scan");
                if jpeg_parts::exact(&part)?.len() < size {
                    found.add(TraceKind::Part, name(), size);
                }
            }
            0xe0 if !head && jpeg_parts::jfif(part.data).is_some_and(|plain| plain == part.data) => head = true,
            0xee if !adobe && jpeg_parts::adobe(part.data).is_some_and(|plain| plain == part.data) => adobe = true,
            0xe1 if part.data.starts_with(jpeg::EXIF) => add_exif(&part.data[jpeg::EXIF.len()..], "APP1", found),
            0xe1 if part.data.starts_with(b"http://ns.adobe.com/") => found.add(TraceKind::Xmp, name(), size),
            // The profile is looked at as a whole.
            0xe2 if part.data.starts_with(jpeg_parts::PROFILE) => {}
            0xfe => found.add(TraceKind::Text, name(), size),
            _ => found.add(TraceKind::Part, name(), size),
        }
    }
    let end = walk.end.filter(|_| painted)?;
    if let Some(profile) = jpeg_parts::profile(bytes)
        && colours::plain(&profile).as_deref() != Some(&profile[..])
    {
        found.add(TraceKind::Profile, "APP2", profile.len());
    }
    if bytes.len() > end {
        found.add(TraceKind::Behind, "EOI", bytes.len() - end);
    }
    Some(())
}

/// EXIF that says more than how to turn the picture.
fn add_exif(block: &[u8], place: &str, found: &mut Found) {
    let plain = exif::orientation(block).map(exif::only_orientation);
    if plain.as_deref() != Some(block) {
        found.add(TraceKind::Exif, place, block.len());
    }
}
