//! Every kind of trace in every kind of file, and what is left of it: nothing, and the picture as it was.

use proptest::prelude::*;

use super::strip;
use crate::metadata::stealth::tests::{hidden, message, png_of, webp_of};
use crate::metadata::{TraceKind, colours, exif, jpeg, read, riff, traces};
use crate::picture::tests::sample_png;
use crate::png::{chunk, chunks};
use crate::prepare::decoded;

const PROMPT: &str = "1girl, silver hair, night city";
const SIDE: u32 = 64;

fn has_prompt(bytes: &[u8]) -> bool {
    let spellings = [
        PROMPT.as_bytes().to_vec(),
        PROMPT.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        PROMPT.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ];
    spellings
        .iter()
        .any(|text| bytes.windows(text.len()).any(|window| window == text))
}

/// The pixels as they are seen: those that can't be are all the same.
fn seen(bytes: &[u8]) -> Vec<[u8; 4]> {
    let picture = decoded("image", bytes).unwrap();
    let eye = |pixel: &image::Rgba<u8>| match pixel.0 {
        [.., 0 | 1] => [0; 4],
        [red, green, blue, alpha] => [red, green, blue, alpha | 1],
    };
    picture.pixels().map(eye).collect()
}

fn kinds(bytes: &[u8]) -> Vec<TraceKind> {
    let mut kinds: Vec<_> = traces(bytes).unwrap().iter().map(|trace| trace.kind).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

/// Nothing is left, the picture is the same, and doing it again changes nothing.
#[track_caller]
fn assert_clean(dirty: &[u8]) -> Vec<u8> {
    let clean = strip(dirty).unwrap();
    assert_eq!(traces(&clean).unwrap(), []);
    assert!(!has_prompt(&clean));
    assert_eq!(seen(dirty), seen(&clean));
    assert_eq!(strip(&clean).unwrap(), clean);
    if !clean.starts_with(&jpeg::SIGNATURE) {
        assert!(read(&clean).unwrap().comment.is_none());
    }
    clean
}

fn spliced(png: &[u8], chunks: &[u8]) -> Vec<u8> {
    let (before, end) = png.split_at(png.len() - 12);
    [before, chunks, end].concat()
}

fn text(kind: &[u8; 4], head: &[u8]) -> Vec<u8> {
    chunk(kind, &[head, PROMPT.as_bytes()].concat())
}

fn envelope() -> String {
    serde_json::json!({ "Description": PROMPT, "Comment": format!(r#"{{"prompt": "{PROMPT}"}}"#) }).to_string()
}

fn exif_block() -> Vec<u8> {
    exif::tests::comment(&envelope())
}

fn opaque(width: u32, height: u32) -> Vec<u8> {
    hidden(width, height, b"")
}

fn idat(png: &[u8]) -> Vec<u8> {
    let parts = chunks(png).filter(|part| &part.kind == b"IDAT");
    parts.flat_map(|part| part.data.to_vec()).collect()
}

#[test]
fn texts_of_every_kind_go_and_the_packed_pixels_stay_byte_for_byte() {
    let png = png_of(SIDE, SIDE, &opaque(SIDE, SIDE), ::png::Filter::Paeth);
    let xmp = chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", PROMPT.as_bytes()].concat());
    for (chunk, kind) in [
        (text(b"tEXt", b"Comment\0"), TraceKind::Text),
        (text(b"iTXt", b"parameters\0\0\0\0\0"), TraceKind::Text),
        (text(b"zTXt", b"Comment\0\0"), TraceKind::Text),
        (xmp, TraceKind::Xmp),
        (chunk(b"eXIf", &exif_block()), TraceKind::Exif),
        (text(b"caBX", b""), TraceKind::Part),
        (text(b"prIv", b""), TraceKind::Part),
        (chunk(b"tIME", &[7; 7]), TraceKind::Part),
        (text(b"gAMA", b""), TraceKind::Part),
        (text(b"iCCP", b"name\0\0"), TraceKind::Profile),
    ] {
        let dirty = spliced(&png, &chunk);
        assert_eq!(kinds(&dirty), [kind]);
        assert_eq!(idat(&assert_clean(&dirty)), idat(&png));
    }
    assert_eq!(strip(&png).unwrap(), png, "there was nothing to take away");
}

#[test]
fn what_stands_behind_the_end_goes() {
    let jpeg = photograph();
    for clean in [
        png_of(9, 9, &opaque(9, 9), ::png::Filter::Up),
        webp_of(9, 9, &opaque(9, 9)),
        jpeg,
    ] {
        let dirty = [&clean[..], PROMPT.as_bytes()].concat();
        assert_eq!(kinds(&dirty), [TraceKind::Behind]);
        assert_eq!(traces(&dirty).unwrap()[0].size as usize, PROMPT.len());
        assert_clean(&dirty);
    }
}

#[test]
fn what_stands_behind_the_packed_pixels_goes() {
    let png = png_of(SIDE, SIDE, &opaque(SIDE, SIDE), ::png::Filter::Sub);
    let behind = [&idat(&png)[..], PROMPT.as_bytes()].concat();
    let before: Vec<u8> = [&png[..33], &chunk(b"IDAT", &behind), &png[png.len() - 12..]].concat();
    assert_eq!(kinds(&before), [TraceKind::Behind]);
    assert_clean(&before);
    // Packed with the pixels: more rows than the picture has.
    let tall = png_of(SIDE, SIDE + 20, &opaque(SIDE, SIDE + 20), ::png::Filter::NoFilter);
    let mut short = tall.clone();
    short[20..24].copy_from_slice(&SIDE.to_be_bytes());
    let header = chunk(b"IHDR", &short[16..29]);
    let short = [&short[..8], &header, &short[33..]].concat();
    assert_eq!(kinds(&short), [TraceKind::Behind]);
    assert_clean(&short);
    let grey = sample_png(SIDE, SIDE, &[]);
    assert_clean(
        &[
            &grey[..33],
            &chunk(b"IDAT", &[&idat(&grey)[..], b"x"].concat()),
            &grey[grey.len() - 12..],
        ]
        .concat(),
    );
}

#[test]
fn what_hides_in_the_lowest_bits_of_alpha_goes() {
    let bits = message(b"stealth_pnginfo", envelope().as_bytes());
    let pixels = hidden(SIDE, SIDE, &bits);
    for dirty in [
        png_of(SIDE, SIDE, &pixels, ::png::Filter::Avg),
        webp_of(SIDE, SIDE, &pixels),
    ] {
        assert!(read(&dirty).unwrap().comment.is_some());
        assert_eq!(kinds(&dirty), [TraceKind::HiddenBits]);
        let clean = assert_clean(&dirty);
        assert!(
            decoded("image", &clean)
                .unwrap()
                .pixels()
                .all(|pixel| pixel.0[3] == 255)
        );
    }
}

#[test]
fn what_hides_in_a_picture_that_is_partly_clear_goes_and_its_edges_stay() {
    let mut pixels = opaque(SIDE, SIDE);
    for (at, pixel) in pixels.chunks_exact_mut(4).enumerate() {
        pixel[3] = (at % 256) as u8;
    }
    for dirty in [
        png_of(SIDE, SIDE, &pixels, ::png::Filter::Up),
        webp_of(SIDE, SIDE, &pixels),
    ] {
        assert_eq!(kinds(&dirty), [TraceKind::HiddenBits, TraceKind::HiddenColours]);
        let clean = decoded("image", &assert_clean(&dirty)).unwrap();
        for (was, is) in pixels.chunks_exact(4).zip(clean.pixels()) {
            assert!(was[3].abs_diff(is.0[3]) <= 1);
            assert!(is.0[3] == 0 || was[..3] == is.0[..3]);
        }
    }
}

#[test]
fn what_hides_in_the_lowest_bits_of_colours_goes() {
    let bits = message(b"stealth_rgbinfo", envelope().as_bytes());
    let mut pixels = opaque(SIDE, SIDE);
    for (place, bit) in (0..bits.len() * 8).enumerate() {
        let (pixel, colour) = (place / 3, place % 3);
        let (x, y) = (pixel / SIDE as usize, pixel % SIDE as usize);
        let byte = &mut pixels[(y * SIDE as usize + x) * 4 + colour];
        *byte = *byte & !1 | (bits[bit / 8] >> (7 - bit % 8) & 1);
    }
    for dirty in [
        png_of(SIDE, SIDE, &pixels, ::png::Filter::Sub),
        webp_of(SIDE, SIDE, &pixels),
    ] {
        assert_eq!(traces(&dirty).unwrap()[0].place, "colours");
        let clean = strip(&dirty).unwrap();
        assert_eq!(traces(&clean).unwrap(), []);
        for (was, is) in seen(&dirty).iter().zip(seen(&clean)) {
            assert!(was.iter().zip(is).all(|(was, is)| was.abs_diff(is) <= 1));
        }
    }
}

#[test]
fn pictures_of_every_kind_are_cleaned() {
    for (colour, depth, channels) in [
        (::png::ColorType::Rgba, ::png::BitDepth::Sixteen, 8),
        (::png::ColorType::GrayscaleAlpha, ::png::BitDepth::Eight, 2),
        (::png::ColorType::GrayscaleAlpha, ::png::BitDepth::Sixteen, 4),
        (::png::ColorType::Rgb, ::png::BitDepth::Eight, 3),
    ] {
        let mut dirty = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut dirty, 31, 17);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        encoder.add_text_chunk("Comment".into(), PROMPT.into()).unwrap();
        let mut writer = encoder.write_header().unwrap();
        let noise = (0..31 * 17 * channels).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 11) as u8);
        writer.write_image_data(&noise.collect::<Vec<_>>()).unwrap();
        writer.finish().unwrap();
        let clean = strip(&dirty).unwrap();
        assert_eq!(traces(&clean).unwrap(), [], "{colour:?} {depth:?}");
        assert!(!has_prompt(&clean));
    }
    let mut indexed = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut indexed, 5, 3);
    encoder.set_color(::png::ColorType::Indexed);
    encoder.set_depth(::png::BitDepth::Two);
    encoder.set_palette([&[0_u8; 12][..], PROMPT.as_bytes()].concat()[..30].to_vec());
    encoder.set_trns(vec![254, 255, 7]);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[0x1b, 0x1b, 0x1b, 0x1b, 0, 0x1b]).unwrap();
    writer.finish().unwrap();
    let clean = assert_clean(&indexed);
    let data = |kind: &[u8; 4]| chunks(&clean).find(|part| &part.kind == kind).unwrap().data.to_vec();
    assert_eq!((data(b"PLTE").len(), data(b"tRNS")), (12, vec![255, 255, 6]));
}

#[test]
fn a_webp_keeps_its_picture_and_nothing_else() {
    let plain = webp_of(SIDE, SIDE, &opaque(SIDE, SIDE));
    let pixels = crate::picture::webp_chunk(&plain, *b"VP8L").unwrap();
    let head = riff::extended(0x3c, SIDE, SIDE);
    let block = exif_block();
    let profile = colours::tests::talkative(4, PROMPT);
    let dirty = riff::file(&[
        (*b"VP8X", &head),
        (*b"ICCP", &profile),
        (*b"VP8L", pixels),
        (*b"EXIF", &block),
        (*b"XMP ", PROMPT.as_bytes()),
        (*b"PRIV", PROMPT.as_bytes()),
    ]);
    let found = kinds(&dirty);
    assert_eq!(
        found,
        [TraceKind::Exif, TraceKind::Xmp, TraceKind::Profile, TraceKind::Part]
    );
    let clean = assert_clean(&dirty);
    assert_eq!(crate::picture::webp_chunk(&clean, *b"VP8L"), Some(pixels));
    assert!(
        crate::picture::webp_chunk(&clean, *b"ICCP").is_some(),
        "colours need it"
    );
    let moving = riff::file(&[(*b"VP8X", &riff::extended(2, 4, 4)), (*b"ANMF", b"x")]);
    assert!(strip(&moving).is_err());
}

/// A small JPEG as encoders write it.
fn photograph() -> Vec<u8> {
    let pixels: Vec<u8> = (0..48 * 32 * 3)
        .map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 80)
        .encode(&pixels, 48, 32, image::ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

fn with_segments(jpeg: &[u8], segments: &[u8]) -> Vec<u8> {
    [&jpeg[..2], segments, &jpeg[2..]].concat()
}

#[test]
fn a_jpeg_keeps_its_picture_and_its_colours() {
    let plain = photograph();
    let segment = |marker: u8, head: &[u8]| {
        let data = [head, PROMPT.as_bytes()].concat();
        jpeg::segment(marker, &data).unwrap()
    };
    let profile = colours::tests::talkative(2, PROMPT);
    for (segment, kind) in [
        (segment(0xfe, b""), TraceKind::Text),
        (segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0"), TraceKind::Xmp),
        (
            jpeg::segment(0xe1, &[jpeg::EXIF, &exif_block()].concat()).unwrap(),
            TraceKind::Exif,
        ),
        (segment(0xed, b"Photoshop 3.0\0"), TraceKind::Part),
        (segment(0xeb, b"JP"), TraceKind::Part),
        (segment(0xe0, b"JFXX\0"), TraceKind::Part),
        (segment(0xee, b"Adobe\0\x64\0\0\0\0\x01"), TraceKind::Part),
        (
            jpeg::segment(0xe2, &[super::jpeg::PROFILE, &[1, 1], &profile].concat()).unwrap(),
            TraceKind::Profile,
        ),
    ] {
        let dirty = with_segments(&plain, &segment);
        assert_eq!(kinds(&dirty), [kind]);
        let clean = assert_clean(&dirty);
        assert_eq!(
            jpeg::segments(&clean).last().unwrap().scan,
            jpeg::segments(&plain).last().unwrap().scan
        );
        assert_eq!(super::jpeg::profile(&clean).is_some(), kind == TraceKind::Profile);
    }
}

#[test]
fn a_picture_that_is_to_be_turned_stays_so() {
    let block = exif::build(&[(0x010e, 2, PROMPT.as_bytes()), (0x0112, 3, &[6, 0])], &[]);
    let turned = with_segments(
        &photograph(),
        &jpeg::segment(0xe1, &[jpeg::EXIF, &block].concat()).unwrap(),
    );
    assert_eq!(decoded("image", &turned).unwrap().dimensions(), (32, 48));
    let clean = assert_clean(&turned);
    assert_eq!(decoded("image", &clean).unwrap().dimensions(), (32, 48));
    let png = spliced(&sample_png(8, 4, &[]), &chunk(b"eXIf", &block));
    let clean = assert_clean(&png);
    assert!(chunks(&clean).any(|part| &part.kind == b"eXIf"));
}

/// A gradient of 16×16, packed with loss.
const LOSSY: &[u8] =
    b"\x52\x49\x46\x46\x30\x00\x00\x00\x57\x45\x42\x50\x56\x50\x38\x20\x24\x00\x00\x00\x90\x01\x00\x9d\x01\
    \x2a\x10\x00\x10\x00\x03\x80\x5a\x25\xa4\x00\x02\xe6\x8a\x2f\x00\x00\xfe\xf4\x5c\xe0\x52\x23\x22\xab\
    \xaf\x6c\x8b\x00\x00\x00";

#[test]
fn a_lossy_webp_is_cleaned_as_well() {
    let webp = LOSSY;
    let size = crate::picture::size(webp).unwrap();
    let pixels = crate::picture::webp_chunk(webp, *b"VP8 ").unwrap();
    let head = riff::extended(riff::flag::EXIF, size.width, size.height);
    let dirty = riff::file(&[(*b"VP8X", &head), (*b"VP8 ", pixels), (*b"EXIF", &exif_block())]);
    let clean = assert_clean(&dirty);
    assert_eq!(crate::picture::webp_chunk(&clean, *b"VP8 "), Some(pixels));
}

#[test]
fn words_among_the_packed_pixels_of_a_jpeg_keep_it_here() {
    let photograph = photograph();
    let (picture, end) = photograph.split_at(photograph.len() - 2);
    let dirty = [picture, PROMPT.as_bytes(), end].concat();
    assert_eq!(kinds(&dirty), [TraceKind::Text]);
    assert!(strip(&dirty).is_err_and(|error| error.to_string().contains("words stand among the pixels")));
    assert!(strip(&photograph).is_ok());
}

#[test]
fn words_in_the_tables_and_heads_of_a_jpeg_keep_it_here() {
    let photograph = photograph();
    let mut counts = [0; 16];
    counts[7] = u8::try_from(PROMPT.len()).unwrap();
    let huffman = [&[0x13][..], &counts, PROMPT.as_bytes()].concat();
    let frame = [&[8, 0, 32, 0, 48, 10][..], PROMPT.as_bytes()].concat();
    for (marker, data) in [(0xc4, &huffman[..]), (0xc0, &frame), (0xcc, PROMPT.as_bytes())] {
        let dirty = with_segments(&photograph, &jpeg::segment(marker, data).unwrap());
        assert!(strip(&dirty).is_err(), "{marker:02x}");
        assert!(traces(&dirty).is_err(), "{marker:02x}");
    }
    // What stands behind a table goes.
    let mut one = [0; 18];
    (one[0], one[1]) = (0x11, 1);
    let behind = [&one[..], PROMPT.as_bytes()].concat();
    let dirty = with_segments(&photograph, &jpeg::segment(0xc4, &behind).unwrap());
    assert_eq!(kinds(&dirty), [TraceKind::Part]);
    let clean = strip(&dirty).unwrap();
    assert!(!has_prompt(&clean));
    assert_eq!(seen(&clean), seen(&photograph));
}

#[test]
fn a_lossy_webp_with_words_among_its_packed_pixels_is_packed_anew_without_loss() {
    let pixels = crate::picture::webp_chunk(LOSSY, *b"VP8 ").unwrap();
    let dirty = riff::file(&[(*b"VP8 ", &[pixels, PROMPT.as_bytes()].concat())]);
    assert_eq!(kinds(&dirty), [TraceKind::Text]);
    let clean = assert_clean(&dirty);
    assert!(crate::picture::webp_chunk(&clean, *b"VP8L").is_some());
}

#[test]
fn what_is_cut_or_of_another_kind_is_not_given_out() {
    let whole = [
        png_of(9, 9, &opaque(9, 9), ::png::Filter::Up),
        webp_of(9, 9, &opaque(9, 9)),
        photograph(),
    ];
    for picture in &whole {
        for length in 0..picture.len() {
            assert!(strip(&picture[..length]).is_err(), "{length}");
            assert!(traces(&picture[..length]).is_err(), "{length}");
        }
    }
    assert!(strip(b"GIF89a").is_err() && traces(b"").is_err());
}

#[derive(Debug, Clone)]
enum Dirt {
    Text,
    Packed,
    Exif,
    Xmp,
    Unknown,
    Behind,
    Profile,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn no_stripped_file_contains_the_prompt(
        kind in 0..3_usize,
        dirt in proptest::collection::vec(
            prop_oneof![
                Just(Dirt::Text), Just(Dirt::Packed), Just(Dirt::Exif), Just(Dirt::Xmp),
                Just(Dirt::Unknown), Just(Dirt::Behind), Just(Dirt::Profile),
            ],
            0..6,
        ),
        hides in any::<bool>(),
        at in any::<prop::sample::Index>(),
        to in any::<Option<u8>>(),
    ) {
        let bits = message(b"stealth_pnginfo", envelope().as_bytes());
        let pixels = if hides { hidden(SIDE, SIDE, &bits) } else { opaque(SIDE, SIDE) };
        let profile = colours::tests::talkative(4, PROMPT);
        let block = exif_block();
        let mut dirty = match kind {
            0 => {
                let parts = dirt.iter().map(|dirt| match dirt {
                    Dirt::Text => text(b"tEXt", b"Comment\0"),
                    Dirt::Packed => text(b"IDAT", b""),
                    Dirt::Exif => chunk(b"eXIf", &block),
                    Dirt::Xmp => text(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0"),
                    Dirt::Unknown | Dirt::Behind => text(b"prIv", b""),
                    Dirt::Profile => text(b"iCCP", b"name\0\0"),
                });
                spliced(&png_of(SIDE, SIDE, &pixels, ::png::Filter::Sub), &parts.flatten().collect::<Vec<_>>())
            }
            1 => {
                let plain = webp_of(SIDE, SIDE, &pixels);
                let head = riff::extended(0x3c, SIDE, SIDE);
                let mut parts: Vec<([u8; 4], &[u8])> = vec![(*b"VP8X", &head)];
                parts.push((*b"VP8L", crate::picture::webp_chunk(&plain, *b"VP8L").unwrap()));
                parts.extend(dirt.iter().map(|dirt| match dirt {
                    Dirt::Exif => (*b"EXIF", &block[..]),
                    Dirt::Xmp => (*b"XMP ", PROMPT.as_bytes()),
                    Dirt::Profile => (*b"ICCP", &profile[..]),
                    Dirt::Text | Dirt::Packed | Dirt::Unknown | Dirt::Behind => (*b"prIv", PROMPT.as_bytes()),
                }));
                riff::file(&parts)
            }
            _ => {
                let parts = dirt.iter().map(|dirt| {
                    let (marker, head): (u8, &[u8]) = match dirt {
                        Dirt::Text | Dirt::Packed => (0xfe, b""),
                        Dirt::Exif => (0xe1, b"Exif\0\0"),
                        Dirt::Xmp => (0xe1, b"http://ns.adobe.com/xap/1.0/\0"),
                        Dirt::Unknown | Dirt::Behind => (0xe5, b""),
                        Dirt::Profile => (0xe2, b"ICC_PROFILE\0\x01\x01"),
                    };
                    jpeg::segment(marker, &[head, PROMPT.as_bytes()].concat()).unwrap()
                });
                with_segments(&photograph(), &parts.flatten().collect::<Vec<_>>())
            }
        };
        if dirt.iter().any(|dirt| matches!(dirt, Dirt::Behind)) {
            dirty.extend_from_slice(PROMPT.as_bytes());
        }
        if let Some(to) = to {
            let at = at.index(dirty.len());
            dirty[at] = to;
        }
        let Ok(clean) = strip(&dirty) else { return Ok(()) };
        prop_assert!(!has_prompt(&clean));
        // A damaged JPEG may be one that only this walk takes for whole.
        if let Ok(left) = traces(&clean) {
            prop_assert_eq!(left, vec![]);
        }
        if let Ok(read) = read(&clean) {
            prop_assert!(read.comment.is_none() && read.description.is_none());
        }
    }
}
