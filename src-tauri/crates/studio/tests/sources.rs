//! What a request names is what arrives: pictures to start from, masks, references, by both transports.

mod common;

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use common::{Stage, add, picture, request, request_of, run};
use image::ImageFormat;
use novelai::mask::{Coverage, mask};
use novelai::model::Registry;
use novelai::prepare;
use novelai::request::{
    Delivery, GenerateRequest, PictureId, PreciseReference, ReferenceKind, Size, Source, Transport, Vibe,
};
use sandbox::Exchange;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use studio::{ErrorCode, Job, JobState};
use uuid::Uuid;

const V3: &str = "nai-diffusion-3";
const SIZE: Size = Size {
    width: 192,
    height: 256,
};

/// A picture in the JSON of a request, or the beginning of what the books keep of a long one.
fn sent(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    if text.len() <= 32 * 1024 {
        return text;
    }
    let hash: String = Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("({} characters, SHA-256 {hash})", text.len())
}

fn done(job: &Job) {
    assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
}

fn generations(stage: &Stage) -> Vec<Exchange> {
    stage.sandbox.books().generations().cloned().collect()
}

fn field<'a>(exchange: &'a Exchange, path: &str) -> &'a Value {
    let body = exchange.body.as_ref().expect("a request with a body");
    body.pointer(path).unwrap_or(&Value::Null)
}

fn from_picture(image: PictureId) -> Source {
    Source::Image {
        image,
        strength: 0.5,
        noise: 0.1,
        color_correct: false,
        enhance: novelai::request::Enhance::No,
        fit: novelai::request::Fit::Stretch,
    }
}

#[tokio::test]
async fn a_picture_to_start_from_arrives_in_the_size_of_the_request() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let bytes = picture(ImageFormat::Jpeg, 300, 500);
    let request = GenerateRequest {
        source: from_picture(add(&studio, &bytes).await),
        ..request()
    };

    done(&run(&studio, request).await);

    let [arrived] = generations(&stage).try_into().unwrap();
    assert_eq!(field(&arrived, "/action"), "img2img");
    let expected = prepare::source(&bytes, SIZE, false).unwrap();
    assert_eq!(field(&arrived, "/parameters/image"), &sent(&expected));
    assert_eq!(field(&arrived, "/parameters/strength"), 0.5);
}

#[tokio::test]
async fn a_mask_arrives_in_whole_cells_and_only_the_white_is_painted() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let bytes = picture(ImageFormat::Png, SIZE.width, SIZE.height);
    let painted = {
        let mut png = std::io::Cursor::new(Vec::new());
        let mask = image::GrayImage::from_fn(SIZE.width, SIZE.height, |x, y| {
            image::Luma([if (40..90).contains(&x) && (60..120).contains(&y) {
                255
            } else {
                0
            }])
        });
        mask.write_to(&mut png, ImageFormat::Png).unwrap();
        png.into_inner()
    };
    let request = GenerateRequest {
        source: Source::Inpaint {
            image: add(&studio, &bytes).await,
            mask: add(&studio, &painted).await,
            strength: 0.8,
            overlay: true,
            paste: None,
        },
        ..request()
    };

    done(&run(&studio, request).await);

    let [arrived] = generations(&stage).try_into().unwrap();
    assert_eq!(field(&arrived, "/action"), "infill");
    let expected = mask(&painted, SIZE, Coverage::Any).unwrap();
    assert_eq!(field(&arrived, "/parameters/mask"), &sent(&expected));
    let expected = prepare::source(&bytes, SIZE, false).unwrap();
    assert_eq!(field(&arrived, "/parameters/image"), &sent(&expected));
}

#[tokio::test]
async fn a_vibe_arrives_as_a_picture_at_models_that_encode_none() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let bytes = picture(ImageFormat::WebP, 100, 50);
    let mut request = request_of(V3);
    request.references.vibes = vec![Vibe {
        image: add(&studio, &bytes).await,
        // Whatever a request says, what is kept decides.
        encoded: true,
        strength: 0.6,
        extraction: 0.8,
    }];

    done(&run(&studio, request).await);

    let [arrived] = generations(&stage).try_into().unwrap();
    let expected = prepare::vibe(&bytes).unwrap();
    assert_eq!(
        field(&arrived, "/parameters/reference_image_multiple/0"),
        &sent(&expected)
    );
    assert_eq!(
        field(&arrived, "/parameters/reference_information_extracted_multiple/0"),
        0.8
    );
}

#[tokio::test]
async fn a_precise_reference_arrives_on_its_canvas() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let bytes = picture(ImageFormat::Jpeg, 300, 500);
    let mut request = request();
    let image = add(&studio, &bytes).await;
    // The same picture may play several parts.
    request.source = from_picture(image.clone());
    request.references.precise = vec![PreciseReference {
        image,
        kind: ReferenceKind::Character,
        strength: 0.9,
        fidelity: 0.75,
    }];

    done(&run(&studio, request).await);

    let [arrived] = generations(&stage).try_into().unwrap();
    let expected = prepare::reference(&bytes, Registry::builtin()).unwrap();
    assert_eq!(
        field(&arrived, "/parameters/director_reference_images/0"),
        &sent(&expected)
    );
    let expected = prepare::source(&bytes, SIZE, false).unwrap();
    assert_eq!(field(&arrived, "/parameters/image"), &sent(&expected));
}

#[tokio::test]
async fn both_transports_and_both_endpoints_are_used_as_the_request_says() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let bytes = picture(ImageFormat::Png, 300, 500);
    let image = add(&studio, &bytes).await;
    let expected = prepare::source(&bytes, SIZE, false).unwrap();
    for (stream, transport) in [
        (true, Transport::Json),
        (false, Transport::Json),
        (true, Transport::Form),
        (false, Transport::Form),
    ] {
        let request = GenerateRequest {
            source: from_picture(image.clone()),
            delivery: Delivery { stream, transport },
            ..request()
        };
        done(&run(&studio, request).await);
        let arrived = generations(&stage).pop().unwrap();
        let path = if stream {
            "/ai/generate-image-stream"
        } else {
            "/ai/generate-image"
        };
        assert_eq!(arrived.path, path);
        match transport {
            Transport::Json => {
                assert_eq!(arrived.parts, []);
                assert_eq!(field(&arrived, "/parameters/image"), &sent(&expected));
            }
            Transport::Form => {
                assert_eq!(arrived.parts, [("image".to_owned(), expected.len() as u64)]);
                assert_eq!(field(&arrived, "/parameters/image"), "image");
            }
        }
    }
}

#[tokio::test]
async fn a_model_that_can_not_be_watched_is_not() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    done(&run(&studio, request_of(V3)).await);
    assert_eq!(generations(&stage)[0].path, "/ai/generate-image");
}

#[tokio::test]
async fn a_request_whose_picture_is_not_there_is_not_queued() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    for id in ["a".repeat(64), "../../etc/passwd".into()] {
        let request = GenerateRequest {
            source: from_picture(PictureId(id)),
            ..request()
        };
        let refused = studio.enqueue(Uuid::new_v4(), request).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotFound);
    }
    assert_eq!(studio.jobs().await.unwrap(), []);
    assert_eq!(generations(&stage).len(), 0);
}

#[tokio::test]
async fn a_job_whose_picture_has_gone_fails_before_anything_is_sent() {
    let stage = Stage::new().await;
    stage.sandbox.set_step_delay(std::time::Duration::from_millis(100));
    let studio = stage.open().await;
    let image = add(&studio, &picture(ImageFormat::Png, 60, 40)).await;
    let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
    studio.enqueue(first, request()).await.unwrap();
    common::until(&studio, first, |state| matches!(state, JobState::Running { .. })).await;
    let request = GenerateRequest {
        source: from_picture(image.clone()),
        ..request()
    };
    studio.enqueue(second, request).await.unwrap();
    fs::remove_file(stage.folders().data.join("inputs").join(&image.0)).unwrap();
    stage.sandbox.set_step_delay(std::time::Duration::ZERO);

    let job = common::settled(&studio, second).await;

    let JobState::Failed { error } = &job.state else {
        panic!("{:?}", job.state);
    };
    assert_eq!(error.code, ErrorCode::NotFound);
    assert!(error.message.contains("nothing was sent"), "{}", error.message);
    assert_eq!(generations(&stage).len(), 1);
}

#[tokio::test]
async fn a_mask_without_white_is_refused_where_it_is_clicked() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let black = {
        let mut png = std::io::Cursor::new(Vec::new());
        image::GrayImage::new(SIZE.width, SIZE.height)
            .write_to(&mut png, ImageFormat::Png)
            .unwrap();
        Bytes::from(png.into_inner())
    };
    let request = GenerateRequest {
        source: Source::Inpaint {
            image: add(&studio, &picture(ImageFormat::Png, 192, 256)).await,
            mask: add(&studio, &black).await,
            strength: 0.8,
            overlay: true,
            paste: None,
        },
        ..request()
    };
    let refused = studio.enqueue(Uuid::new_v4(), request).await.unwrap_err();
    assert_eq!(refused.detail.as_deref(), Some("source.mask"));
    assert_eq!(generations(&stage).len(), 0);
}
