//! The canvas, from the mask that was painted to the result that differs inside only. The sandbox's books tell what
//! arrived.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{Stage, add, picture, request, settled};
use image::ImageFormat;
use novelai::request::{GenerateRequest, PictureId, Size, Source};
use sha2::{Digest as _, Sha256};
use studio::{
    Area, Canvas, CellRule, Edges, ErrorCode, Focus, ImageId, JobState, LookedAt, Repaint, RepaintSettings, Studio,
};
use uuid::Uuid;

const WIDTH: u32 = 256;
const HEIGHT: u32 = 192;
const SIZE: Size = Size {
    width: WIDTH,
    height: HEIGHT,
};

/// A picture that tells a shift by one pixel, and stays short even where it is compressed in haste: the rows are the same
/// four at a time.
fn noisy(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x * 37) as u8, 255 - (y / 4) as u8, 0])
    })
    .write_to(&mut bytes, ImageFormat::Png)
    .unwrap();
    bytes.into_inner()
}

/// Runs as the page packs them.
fn runs(size: Size, painted: impl Fn(u32, u32) -> bool) -> Vec<u8> {
    let pixels: Vec<u8> = (0..size.height)
        .flat_map(|y| (0..size.width).map(move |x| (x, y)))
        .map(|(x, y)| if painted(x, y) { 255 } else { 0 })
        .collect();
    let mut runs = Vec::new();
    for run in pixels.chunk_by(|a, b| a == b) {
        runs.push(run[0]);
        let mut length = run.len();
        while length > 127 {
            runs.push((length & 127) as u8 | 128);
            length >>= 7;
        }
        runs.push(length as u8);
    }
    runs
}

fn spot(left: u32, top: u32, side: u32) -> impl Fn(u32, u32) -> bool {
    move |x, y| (left..left + side).contains(&x) && (top..top + side).contains(&y)
}

async fn canvas(studio: &Studio, picture: &[u8]) -> Canvas {
    let picture = add(studio, picture).await;
    studio.open_canvas(picture.0).await.unwrap()
}

async fn paint(studio: &Studio, canvas: &Canvas, painted: impl Fn(u32, u32) -> bool) {
    let runs = runs(SIZE, painted);
    studio
        .save_canvas_mask(canvas.id.clone(), SIZE, Edges::default(), runs)
        .await
        .unwrap();
}

fn repaint(canvas: &Canvas, focus: Focus) -> Repaint {
    Repaint {
        canvas: canvas.id.clone(),
        settings: RepaintSettings {
            focus,
            feather: 6,
            margin: 32,
            ..RepaintSettings::default()
        },
        seed: Some(7),
    }
}

fn draft() -> GenerateRequest {
    GenerateRequest {
        samples: 3,
        ..request()
    }
}

/// Queues a repaint and waits until all its jobs are done.
async fn run(studio: &Studio, repaint: Repaint) -> Vec<Uuid> {
    let ids = studio.enqueue_repaint(Uuid::new_v4(), repaint, draft()).await.unwrap();
    for id in &ids {
        let job = settled(studio, *id).await;
        assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
    }
    ids
}

async fn pixels(studio: &Studio, id: &ImageId) -> image::RgbImage {
    let (_, bytes) = studio.image_bytes(id.clone()).await.unwrap();
    image::load_from_memory(&bytes).unwrap().into_rgb8()
}

/// A picture as it stands in the books: those that are long are only summed.
fn in_books(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    if text.len() <= 32 * 1024 {
        return text;
    }
    format!("({} characters, SHA-256 {})", text.len(), sum(text.as_bytes()))
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The picture, the mask and the whole body of what arrived, the oldest first.
fn arrived(stage: &Stage) -> Vec<(String, image::GrayImage, serde_json::Value)> {
    let books = stage.sandbox.books();
    let bodies = books.generations().map(|exchange| exchange.body.clone().unwrap());
    bodies
        .map(|body| {
            let field = |name: &str| body["parameters"][name].as_str().unwrap().to_owned();
            let mask = STANDARD.decode(field("mask")).unwrap();
            let mask = image::load_from_memory(&mask).unwrap().into_luma8();
            (field("image"), mask, body.clone())
        })
        .collect()
}

fn decoded(in_books: &str) -> image::RgbImage {
    image::load_from_memory(&STANDARD.decode(in_books).unwrap())
        .unwrap()
        .into_rgb8()
}

#[tokio::test]
async fn what_arrives_is_the_mask_cell_by_cell_and_only_the_inside_changes() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let source = noisy(WIDTH, HEIGHT);
    let canvas = canvas(&studio, &source).await;
    // One pixel more than two cells wide.
    let painted = |x: u32, y: u32| (64..81).contains(&x) && (40..48).contains(&y);
    paint(&studio, &canvas, painted).await;

    let ids = run(&studio, repaint(&canvas, Focus::Whole)).await;

    let [(picture, mask, body)] = arrived(&stage).try_into().unwrap();
    assert_eq!(body["action"], "infill");
    assert_eq!(body["parameters"]["n_samples"], 1);
    assert_eq!(mask.dimensions(), (WIDTH, HEIGHT));
    for (x, y, pixel) in mask.enumerate_pixels() {
        let white = (64..88).contains(&x) && (40..48).contains(&y);
        assert_eq!(pixel.0[0], if white { 255 } else { 0 }, "{x} {y}");
    }
    let before = image::load_from_memory(&source).unwrap().into_rgb8();
    assert_eq!(decoded(&picture), before);
    let [take] = studio
        .canvas_takes(canvas.id.clone())
        .await
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!((take.job, take.seed, take.changed_outside), (ids[0], 7, 0));
    assert_eq!(take.problem, None);
    let after = pixels(&studio, &take.id).await;
    assert_eq!(after.dimensions(), before.dimensions());
    let mut changed = 0;
    for (x, y, pixel) in after.enumerate_pixels() {
        if pixel != before.get_pixel(x, y) {
            changed += 1;
            assert!((57..95).contains(&x) && (33..55).contains(&y), "{x} {y} changed");
        }
    }
    assert!(changed >= 24 * 8, "{changed}");
    // What the server sent is kept beside.
    let piece = stage.folders().data.join("pieces").join(format!("{}.png", take.id));
    assert_eq!(image::open(piece).unwrap().into_rgb8().dimensions(), (WIDTH, HEIGHT));
}

#[tokio::test]
async fn a_spot_is_sent_larger_and_comes_back_in_its_place() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let source = noisy(WIDTH, HEIGHT);
    let canvas = canvas(&studio, &source).await;
    paint(&studio, &canvas, spot(96, 64, 32)).await;

    // As a new draft has it: the seed is picked when it is queued.
    let mut unsown = repaint(&canvas, Focus::Auto);
    unsown.seed = None;
    let seen = studio.look_at_repaint(unsown, draft()).await.unwrap();
    run(&studio, repaint(&canvas, Focus::Auto)).await;

    let [(picture, mask, body)] = arrived(&stage).try_into().unwrap();
    // Exactly what was seen before.
    assert_eq!((seen.width, seen.height), mask.dimensions());
    assert!(seen.width > WIDTH, "{seen:?}");
    assert_eq!(body["parameters"]["width"], seen.width);
    let shown = |which| image::load_from_memory(&studio.looked_at(seen.look, which).unwrap()).unwrap();
    assert_eq!(shown(LookedAt::Mask).into_luma8(), mask);
    assert_eq!(
        in_books(&studio.looked_at(seen.look, LookedAt::Picture).unwrap()),
        picture
    );
    let white = mask.pixels().filter(|pixel| pixel.0[0] == 255).count();
    assert_eq!(white, seen.cells as usize * 64);
    let [take] = studio.canvas_takes(canvas.id).await.unwrap().try_into().unwrap();
    assert_eq!(take.changed_outside, 0);
    let (before, after) = (
        image::load_from_memory(&source).unwrap().into_rgb8(),
        pixels(&studio, &take.id).await,
    );
    assert_eq!(after.dimensions(), before.dimensions());
    let far = |x: u32, y: u32| !(80..144).contains(&x) || !(48..112).contains(&y);
    for (x, y, pixel) in after.enumerate_pixels() {
        assert!(!far(x, y) || pixel == before.get_pixel(x, y), "{x} {y}");
    }
    assert_ne!(after.get_pixel(112, 80), before.get_pixel(112, 80));
}

#[tokio::test]
async fn several_spots_are_jobs_in_order_and_the_last_result_has_them_all() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let source = noisy(WIDTH, HEIGHT);
    let canvas = canvas(&studio, &source).await;
    let (one, two) = (spot(0, 0, 24), spot(224, 160, 24));
    paint(&studio, &canvas, |x, y| one(x, y) || two(x, y)).await;
    let repaint = repaint(&canvas, Focus::Each);
    let seen = studio.look_at_repaint(repaint.clone(), draft()).await.unwrap();
    assert!(
        seen.notes.contains(&studio::SeenNote::Jobs { count: 2 }),
        "{:?}",
        seen.notes
    );

    let click = Uuid::new_v4();
    let ids = studio.enqueue_repaint(click, repaint.clone(), draft()).await.unwrap();
    assert_eq!(ids[0], click);
    // The same click again.
    assert_eq!(studio.enqueue_repaint(click, repaint, draft()).await.unwrap(), ids);
    for id in &ids {
        settled(&studio, *id).await;
    }

    assert_eq!(arrived(&stage).len(), 2);
    let takes = studio.canvas_takes(canvas.id).await.unwrap();
    assert_eq!(takes.iter().map(|take| take.job).collect::<Vec<_>>(), ids);
    assert!(takes.iter().all(|take| take.changed_outside == 0));
    let before = image::load_from_memory(&source).unwrap().into_rgb8();
    let (first, last) = (pixels(&studio, &takes[0].id).await, pixels(&studio, &takes[1].id).await);
    assert_ne!(first.get_pixel(10, 10), before.get_pixel(10, 10));
    assert_eq!(first.get_pixel(236, 172), before.get_pixel(236, 172));
    assert_eq!(last.get_pixel(10, 10), first.get_pixel(10, 10));
    assert_ne!(last.get_pixel(236, 172), before.get_pixel(236, 172));
}

#[tokio::test]
async fn beyond_the_edge_the_nearest_pixels_are_sent_and_the_take_is_larger() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let source = noisy(WIDTH, HEIGHT);
    let canvas = canvas(&studio, &source).await;
    let edges = Edges {
        right: 64,
        ..Edges::default()
    };
    let size = Size { width: 320, ..SIZE };
    let painted = runs(size, |x, _| x >= WIDTH);
    studio
        .save_canvas_mask(canvas.id.clone(), size, edges, painted)
        .await
        .unwrap();

    run(&studio, repaint(&canvas, Focus::Whole)).await;

    let [(picture, mask, _)] = arrived(&stage).try_into().unwrap();
    let picture = decoded(&picture);
    assert_eq!(picture.dimensions(), (320, HEIGHT));
    let before = image::load_from_memory(&source).unwrap().into_rgb8();
    assert_eq!(picture.get_pixel(300, 50), before.get_pixel(255, 50));
    assert_eq!(mask.get_pixel(256, 0).0[0], 255);
    assert_eq!(mask.get_pixel(255, 0).0[0], 0);
    let [take] = studio
        .canvas_takes(canvas.id.clone())
        .await
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(take.changed_outside, 0);
    assert_eq!(pixels(&studio, &take.id).await.dimensions(), (320, HEIGHT));

    let kept = studio.keep_take(canvas.id.clone(), take.id).await.unwrap();

    assert_eq!((kept.width, kept.height, kept.edges), (320, HEIGHT, Edges::default()));
    assert!(kept.has_mask);
    assert_eq!(
        studio.canvas_mask(kept.id).await.unwrap(),
        studio.canvas_mask(canvas.id.clone()).await.unwrap()
    );
    assert_eq!(studio.canvas_takes(canvas.id).await.unwrap(), []);
}

#[tokio::test]
async fn without_the_picture_s_own_outside_the_answer_stays_as_it_is() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let canvas = canvas(&studio, &noisy(WIDTH, HEIGHT)).await;
    paint(&studio, &canvas, spot(64, 40, 16)).await;
    let mut repaint = repaint(&canvas, Focus::Whole);
    repaint.settings.keep_outside = false;

    run(&studio, repaint).await;

    let books = stage.sandbox.books();
    let sent = books.delivered().next().unwrap().sha256.clone();
    let [take] = studio.canvas_takes(canvas.id).await.unwrap().try_into().unwrap();
    assert_eq!(sum(studio.image_bytes(take.id).await.unwrap().1.as_slice()), sent);
}

#[tokio::test]
async fn a_half_painted_mask_is_there_again_with_its_settings() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let canvas = canvas(&studio, &noisy(WIDTH, HEIGHT)).await;
    assert!(!canvas.has_mask);
    paint(&studio, &canvas, spot(64, 40, 16)).await;
    let settings = RepaintSettings {
        rule: CellRule::Half,
        focus: Focus::Box {
            area: Area {
                x: 8,
                y: 16,
                width: 64,
                height: 64,
            },
        },
        strength: 0.7,
        ..RepaintSettings::default()
    };
    studio
        .save_canvas_settings(canvas.id.clone(), settings.clone())
        .await
        .unwrap();
    // No goodbye.
    drop(studio);

    let again = until_open(&stage).await;

    let found = again.open_canvas(canvas.id.0.clone()).await.unwrap();
    assert_eq!((found.has_mask, found.settings), (true, Some(settings)));
    assert_eq!(
        again.canvas_mask(canvas.id).await.unwrap(),
        runs(SIZE, spot(64, 40, 16))
    );
}

/// The last one may still be letting go of the folder.
async fn until_open(stage: &Stage) -> Studio {
    for _ in 0..500 {
        if let Ok((studio, _)) = Studio::open(stage.options()).await {
            return studio;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it never opened");
}

#[tokio::test]
async fn a_picture_that_was_found_in_a_folder_is_painted_on_as_any_other() {
    let stage = Stage::new().await;
    let file = stage.folders().library.join("found.png");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, noisy(WIDTH, HEIGHT)).unwrap();
    let studio = stage.open().await;
    studio.look_at_folders().await.unwrap();
    let [found] = studio.images(None, 9).await.unwrap().try_into().unwrap();

    let canvas = studio.open_canvas(found.id.0).await.unwrap();

    assert_eq!(
        (canvas.width, canvas.height, &*canvas.name),
        (WIDTH, HEIGHT, "found.png")
    );
    paint(&studio, &canvas, spot(0, 0, 8)).await;
    assert!(studio.open_canvas(canvas.id.0).await.unwrap().has_mask);
}

#[tokio::test]
async fn what_can_not_be_painted_on_is_refused_and_changes_nothing() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let large = picture(ImageFormat::Png, 4104, 16);
    let large = add(&studio, &large).await;
    let refused = studio.open_canvas(large.0).await.unwrap_err();
    assert_eq!(
        (refused.code, refused.detail.as_deref()),
        (ErrorCode::Refused, Some("picture"))
    );
    for id in ["a".repeat(64), "../../etc".into(), String::new()] {
        assert_eq!(studio.open_canvas(id).await.unwrap_err().code, ErrorCode::NotFound);
    }
    let canvas = canvas(&studio, &noisy(WIDTH, HEIGHT)).await;
    paint(&studio, &canvas, spot(0, 0, 8)).await;
    let saved = studio.canvas_mask(canvas.id.clone()).await.unwrap();
    let other = Size { width: 255, ..SIZE };
    for (size, edges, runs) in [
        (SIZE, Edges::default(), b"no runs".to_vec()),
        (other, Edges::default(), runs(other, |_, _| true)),
        (
            SIZE,
            Edges {
                left: u32::MAX,
                ..Edges::default()
            },
            runs(SIZE, |_, _| true),
        ),
    ] {
        let refused = studio
            .save_canvas_mask(canvas.id.clone(), size, edges, runs)
            .await
            .unwrap_err();
        assert_eq!(refused.code, ErrorCode::Refused);
    }
    let nobody = PictureId("b".repeat(64));
    let refused = studio
        .save_canvas_mask(nobody, SIZE, Edges::default(), saved.clone())
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound);
    assert_eq!(studio.canvas_mask(canvas.id).await.unwrap(), saved);
}

#[tokio::test]
async fn nothing_painted_is_refused_before_it_is_queued() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let canvas = canvas(&studio, &noisy(WIDTH, HEIGHT)).await;
    let repaint = repaint(&canvas, Focus::Auto);
    let refused = studio.look_at_repaint(repaint.clone(), draft()).await.unwrap_err();
    assert_eq!(refused.detail.as_deref(), Some("mask"));
    paint(&studio, &canvas, |_, _| false).await;
    let refused = studio
        .enqueue_repaint(Uuid::new_v4(), repaint, draft())
        .await
        .unwrap_err();
    assert_eq!(refused.detail.as_deref(), Some("mask"));
    assert_eq!(studio.jobs().await.unwrap(), []);
}

#[tokio::test]
async fn a_mask_goes_out_as_a_picture_and_comes_back_the_same() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let canvas = canvas(&studio, &noisy(WIDTH, HEIGHT)).await;
    paint(&studio, &canvas, spot(33, 44, 55)).await;
    let (name, png) = studio.canvas_mask_png(canvas.id.clone()).await.unwrap();
    assert!(name.ends_with("mask.png"), "{name}");
    let bytes = studio.read_mask(canvas.id.clone(), png.to_vec()).await.unwrap();
    let painted = spot(33, 44, 55);
    for (at, byte) in bytes.iter().enumerate() {
        let (x, y) = (at as u32 % WIDTH, at as u32 / WIDTH);
        assert_eq!(*byte, if painted(x, y) { 255 } else { 0 });
    }
    let other = picture(ImageFormat::Png, 64, 64);
    let refused = studio.read_mask(canvas.id, other).await.unwrap_err();
    assert!(refused.message.contains("64×64"), "{refused}");
}

#[tokio::test]
async fn a_rejected_take_is_gone_and_its_picture_stays() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let canvas = canvas(&studio, &noisy(WIDTH, HEIGHT)).await;
    paint(&studio, &canvas, spot(64, 40, 16)).await;
    run(&studio, repaint(&canvas, Focus::Whole)).await;
    let [take] = studio
        .canvas_takes(canvas.id.clone())
        .await
        .unwrap()
        .try_into()
        .unwrap();
    studio.reject_take(canvas.id.clone(), take.id.clone()).await.unwrap();
    assert_eq!(studio.canvas_takes(canvas.id.clone()).await.unwrap(), []);
    assert!(studio.image_bytes(take.id.clone()).await.is_ok());
    let again = studio.reject_take(canvas.id, take.id).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn an_answer_that_can_not_be_laid_back_is_saved_as_it_came_and_said() {
    let stage = Stage::new().await;
    stage.sandbox.set_step_delay(std::time::Duration::from_millis(100));
    let studio = stage.open().await;
    let canvas = canvas(&studio, &noisy(WIDTH, HEIGHT)).await;
    paint(&studio, &canvas, spot(64, 40, 16)).await;
    let [id] = studio
        .enqueue_repaint(Uuid::new_v4(), repaint(&canvas, Focus::Whole), draft())
        .await
        .unwrap()
        .try_into()
        .unwrap();
    common::until(&studio, id, |state| matches!(state, JobState::Running { .. })).await;
    // The picture is taken away while the answer is on its way.
    std::fs::write(stage.folders().data.join("inputs").join(&canvas.id.0), b"damaged").unwrap();
    let job = settled(&studio, id).await;
    assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
    let [take] = studio.canvas_takes(canvas.id).await.unwrap().try_into().unwrap();
    assert!(take.problem.unwrap().message.contains("as the server sent it"));
    let books = stage.sandbox.books();
    let sent = books.delivered().next().unwrap().sha256.clone();
    assert_eq!(sum(studio.image_bytes(take.id).await.unwrap().1.as_slice()), sent);
}

#[tokio::test]
async fn characters_and_the_frame_go_with_the_request() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let canvas = canvas(&studio, &noisy(WIDTH, HEIGHT)).await;
    paint(&studio, &canvas, spot(96, 64, 32)).await;
    let [id] = studio
        .enqueue_repaint(Uuid::new_v4(), repaint(&canvas, Focus::Auto), draft())
        .await
        .unwrap()
        .try_into()
        .unwrap();
    let job = settled(&studio, id).await;
    let Some(Source::Inpaint { paste: Some(paste), .. }) = job.work.request().map(|request| &request.source) else {
        panic!("{:?}", job.work);
    };
    assert_eq!(paste.canvas.as_ref(), Some(&canvas.id));
    assert_eq!(Some(paste.frame.sent), job.work.request().map(|request| request.size));
}
