use std::sync::Mutex;

use image::Rgba;
use novelai::metadata;

use super::*;
use crate::testing::{encoded, png_that_claims};

/// A drawing whose every pixel is known at any size: flat colours, lines of ink, smooth edges.
pub(super) fn drawing(width: u32, height: u32) -> RgbaImage {
    /// Samples of a pixel, at each side.
    const FINE: u32 = 4;
    RgbaImage::from_fn(width, height, |x, y| {
        let mut sum = [0_u32; 3];
        for sample in 0..FINE * FINE {
            let place = |at: u32, sample: u32, side: u32| (at * FINE + sample) as f32 / (side * FINE) as f32;
            let (x, y) = (place(x, sample % FINE, width), place(y, sample / FINE, height));
            for (sum, value) in sum.iter_mut().zip(colour(x, y)) {
                *sum += value;
            }
        }
        let [red, green, blue] = sum.map(|sum| (sum / (FINE * FINE)) as u8);
        Rgba([red, green, blue, 255])
    })
}

/// The drawing's colour at a place, both from 0 to 1.
fn colour(x: f32, y: f32) -> [u32; 3] {
    const INK: [u32; 3] = [32, 24, 40];
    let disc = (x - 0.45).hypot(y - 0.5);
    let hair = (x - 0.3 - 0.25 * (y * 5.0).sin() * y).abs();
    if (disc - 0.3).abs() < 0.012 || hair < 0.01 || (x + y - 1.35).abs() < 0.008 {
        INK
    } else if disc < 0.3 && hair < 0.08 {
        [236, 150, 120]
    } else if disc < 0.3 {
        [250, 224, 204]
    } else if x + y > 1.35 {
        [92, 130, 200]
    } else {
        [222, 236, 240]
    }
}

/// Half as large: the mean of four pixels each.
fn halved(picture: &RgbaImage) -> RgbaImage {
    RgbaImage::from_fn(picture.width() / 2, picture.height() / 2, |x, y| {
        let four = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| picture.get_pixel(2 * x + dx, 2 * y + dy).0);
        Rgba(std::array::from_fn(|channel| {
            let sum: u32 = four.iter().map(|pixel| u32::from(pixel[channel])).sum();
            ((sum + 2) / 4) as u8
        }))
    })
}

/// How near two pictures are, in decibels.
fn psnr(one: &RgbaImage, other: &RgbaImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let pairs = one.as_raw().iter().zip(other.as_raw());
    let squares: f64 = pairs.map(|(one, other)| f64::from(one.abs_diff(*other)).powi(2)).sum();
    // Alpha is the same everywhere and counts for nothing.
    10.0 * (255.0_f64.powi(2) / (squares / (one.as_raw().len() as f64 * 0.75))).log10()
}

fn larger(picture: &RgbaImage, way: LocalWay, scale: u8) -> RgbaImage {
    enlarge(picture.clone(), way, scale, Watch::NOBODY).unwrap().unwrap()
}

const WAIFU2X: LocalWay = LocalWay::Waifu2x { noise: None };

#[test]
fn waifu2x_comes_nearer_to_a_known_drawing_than_lanczos() {
    let known = drawing(192, 160);
    let small = halved(&known);
    let [network, lanczos] = [WAIFU2X, LocalWay::Lanczos].map(|way| psnr(&larger(&small, way, 2), &known));
    println!("waifu2x {network:.2} dB, Lanczos {lanczos:.2} dB");
    assert!(
        network > lanczos + 2.0,
        "waifu2x {network:.2} dB, Lanczos {lanczos:.2} dB"
    );
}

#[test]
fn four_times_is_twice_twice_and_still_nearer() {
    let known = drawing(192, 160);
    let small = halved(&halved(&known));
    let [network, lanczos] = [WAIFU2X, LocalWay::Lanczos].map(|way| psnr(&larger(&small, way, 4), &known));
    assert!(network > lanczos, "waifu2x {network:.2} dB, Lanczos {lanczos:.2} dB");
}

#[test]
fn noise_is_taken_away() {
    let known = drawing(128, 96);
    let mut noisy = halved(&known);
    for (x, y, pixel) in noisy.enumerate_pixels_mut() {
        let grain = ((x * 7919 + y * 104_729) % 23) as i16 - 11;
        for value in &mut pixel.0[..3] {
            *value = (i16::from(*value) + grain).clamp(0, 255) as u8;
        }
    }
    let near = |noise| psnr(&larger(&noisy, LocalWay::Waifu2x { noise }, 2), &known);
    let [none, weak, strong] = [None, Some(1), Some(3)].map(near);
    assert!(
        none + 2.0 < weak && none + 2.0 < strong,
        "{none:.2} {weak:.2} {strong:.2} dB"
    );
}

#[test]
fn alpha_is_made_larger_too_and_hidden_colours_do_not_shine_in() {
    let sprite = RgbaImage::from_fn(40, 30, |x, _| {
        if x < 20 {
            Rgba([250, 240, 230, 255])
        } else {
            Rgba([0, 0, 0, 0])
        }
    });
    for way in [WAIFU2X, LocalWay::Lanczos] {
        let large = larger(&sprite, way, 2);
        assert_eq!(large.dimensions(), (80, 60));
        for (x, y, pixel) in large.enumerate_pixels() {
            let [red, _, blue, alpha] = pixel.0;
            match x {
                0..34 => assert!(alpha > 250, "{way:?} at {x}, {y}: {alpha}"),
                46.. => assert!(alpha < 5, "{way:?} at {x}, {y}: {alpha}"),
                _ => {}
            }
            assert!(
                alpha < 16 || (red > 235 && blue > 210),
                "{way:?} at {x}, {y}: {:?}",
                pixel.0
            );
        }
    }
}

#[test]
fn every_size_is_doubled_to_the_pixel() {
    for (width, height) in [(1, 1), (2, 1), (3, 129), (17, 5)] {
        let picture = drawing(width, height);
        for way in [WAIFU2X, LocalWay::Lanczos] {
            assert_eq!(larger(&picture, way, 2).dimensions(), (2 * width, 2 * height));
        }
    }
    assert_eq!(larger(&drawing(5, 3), WAIFU2X, 4).dimensions(), (20, 12));
}

#[test]
fn progress_goes_from_nothing_to_all_over_both_times() {
    let told = Mutex::new(Vec::new());
    let watch = Watch {
        progress: &|step, steps| told.lock().unwrap().push((step, steps)),
        stopped: &|| false,
    };
    enlarge(drawing(70, 10), WAIFU2X, 4, watch).unwrap().unwrap();
    assert_eq!(told.into_inner().unwrap(), [(0, 3), (1, 3), (2, 3), (3, 3)]);
}

#[test]
fn stopped_is_stopped_whichever_the_way() {
    let watch = Watch {
        stopped: &|| true,
        ..Watch::NOBODY
    };
    for way in [WAIFU2X, LocalWay::Lanczos] {
        assert_eq!(enlarge(drawing(9, 9), way, 4, watch).unwrap(), None);
    }
}

#[test]
fn what_would_be_too_large_is_refused_before_a_pixel_is_decoded() {
    let refused = |bytes: &[u8], scale| enlarge_file(bytes, WAIFU2X, scale, Watch::NOBODY).unwrap_err();
    for (width, height, scale) in [(8_193, 8, 2), (4_097, 8, 4), (4_001, 4_001, 2), (60_000, 60_000, 2)] {
        let error = refused(&png_that_claims(width, height), scale);
        assert_eq!(error.code, ErrorCode::Refused, "{width}×{height}: {error}");
    }
    let error = refused(&png_that_claims(8_193, 8), 2);
    assert!(error.message.contains("16386 × 16"), "{error}");
    assert_eq!(refused(b"no picture", 2).code, ErrorCode::Refused);
    // Its size is fine; that there are no such pixels is found out later.
    assert_eq!(refused(&png_that_claims(40, 30), 2).code, ErrorCode::Refused);
    for scale in [0, 1, 3, 8, 255] {
        assert_eq!(
            refused(&encoded(image::ImageFormat::Png, 4, 4), scale).code,
            ErrorCode::Refused
        );
    }
    let strong = LocalWay::Waifu2x { noise: Some(4) };
    assert!(enlarge(drawing(2, 2), strong, 2, Watch::NOBODY).is_err());
}

/// A text laid into a PNG, behind its header.
fn with_text(png: &[u8], keyword: &str, text: &str) -> Vec<u8> {
    let mut chunk = b"tEXt".to_vec();
    chunk.extend(keyword.bytes().chain([0]).chain(text.bytes()));
    let (header, rest) = png.split_at(33);
    let length = u32::try_from(chunk.len() - 4).unwrap().to_be_bytes();
    let checksum = crc32fast::hash(&chunk).to_be_bytes();
    [header, &length, &chunk, &checksum, rest].concat()
}

#[test]
fn a_file_still_says_how_it_was_made() {
    let comment = r#"{"prompt": "a sea, \u6d77", "seed": 77, "width": 12}"#;
    let plain = prepare::made_of(&drawing(12, 8), &[]);
    let source = with_text(
        &with_text(&plain, "Comment", comment),
        "Source",
        "NovelAI Diffusion V4.5",
    );
    let larger = enlarge_file(&source, LocalWay::Lanczos, 2, Watch::NOBODY)
        .unwrap()
        .unwrap();
    let told = metadata::read(&larger).unwrap();
    assert_eq!((told.width, told.height), (24, 16));
    assert_eq!(told.raw_comment.as_deref(), Some(comment));
    assert_eq!(told.source.as_deref(), Some("NovelAI Diffusion V4.5"));
    assert_eq!((told.seed(), told.prompt()), (Some(77), Some("a sea, 海")));
}
