//! One request over several pictures, and what is made of a finished one: each a job, each priced before, none sent twice.

mod common;

use common::{Stage, add, picture, request, run, settled};
use image::ImageFormat;
use novelai::request::{Enhance, Fit, GenerateRequest, PictureId, Size, Source};
use studio::{EnhancedTo, ErrorCode, ImageId, JobState, MadeWith, Studio};
use uuid::Uuid;

fn over(fit: Fit) -> GenerateRequest {
    GenerateRequest {
        source: Source::Image {
            image: PictureId("whatever stands in the draft".into()),
            strength: 0.4,
            noise: 0.1,
            color_correct: true,
            enhance: Enhance::No,
            fit,
        },
        ..request()
    }
}

async fn made(studio: &Studio) -> ImageId {
    match run(studio, request()).await.state {
        JobState::Done { images } => images[0].clone(),
        state => panic!("{state:?}"),
    }
}

#[tokio::test]
async fn several_pictures_are_several_jobs_in_sizes_of_their_own_for_the_price_that_was_told() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let mut images = Vec::new();
    for (width, height) in [(192, 256), (200, 130), (130, 130)] {
        images.push(add(&studio, &picture(ImageFormat::Png, width, height)).await);
    }

    let told = studio.estimate_each(over(Fit::Crop), images.clone()).await.unwrap();
    let sizes: Vec<(u32, u32)> = told
        .pictures
        .iter()
        .map(|picture| (picture.size.width, picture.size.height))
        .collect();
    assert_eq!(sizes, [(192, 256), (192, 128), (128, 128)]);
    let click = Uuid::new_v4();
    let jobs = studio
        .enqueue_each(click, over(Fit::Crop), images.clone())
        .await
        .unwrap();
    assert_eq!(jobs.len(), 3);
    assert_eq!(jobs.iter().map(|job| job.anlas.unwrap()).sum::<u32>(), told.anlas);
    for (job, image) in jobs.iter().zip(&images) {
        let sent = job.work.request().unwrap();
        let Source::Image {
            image: from,
            strength,
            fit,
            ..
        } = &sent.source
        else {
            panic!("{sent:?}");
        };
        assert_eq!((from, *strength, *fit), (image, 0.4, Fit::Crop));
    }

    let again = studio.enqueue_each(click, over(Fit::Crop), images).await.unwrap();
    let ids = |jobs: &[studio::Job]| jobs.iter().map(|job| job.id).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&jobs));
    for job in jobs {
        assert!(matches!(settled(&studio, job.id).await.state, JobState::Done { .. }));
    }
    assert_eq!(stage.service.books().generations().count(), 3);
}

#[tokio::test]
async fn a_picture_that_is_gone_holds_up_none_of_the_others() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let good = add(&studio, &picture(ImageFormat::Png, 192, 256)).await;
    let gone = PictureId("b".repeat(64));

    let told = studio
        .estimate_each(over(Fit::Pad), vec![gone.clone(), good.clone()])
        .await
        .unwrap();
    assert!(told.pictures[0].refused.is_some() && told.pictures[1].refused.is_none());
    let jobs = studio
        .enqueue_each(Uuid::new_v4(), over(Fit::Pad), vec![gone.clone(), good])
        .await
        .unwrap();
    assert_eq!(jobs.len(), 1);

    for images in [vec![], vec![gone]] {
        let refused = studio.enqueue_each(Uuid::new_v4(), over(Fit::Pad), images).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::Refused);
    }
}

#[tokio::test]
async fn what_is_shown_before_is_what_is_sent() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let bytes = picture(ImageFormat::Jpeg, 300, 100);
    let id = add(&studio, &bytes).await;
    let size = Size {
        width: 192,
        height: 256,
    };
    for fit in [Fit::Stretch, Fit::Crop, Fit::Pad] {
        let shown = studio.input_as_source(id.clone(), size, fit, false).await.unwrap();
        assert_eq!(
            shown,
            novelai::prepare::fitted_source(&bytes, size, fit, false).unwrap()
        );
    }
    let bomb = Size {
        width: 60_000,
        height: 60_000,
    };
    let refused = studio.input_as_source(id, bomb, Fit::Pad, false).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::Refused);
}

#[tokio::test]
async fn a_picture_that_was_made_here_is_enhanced_with_what_it_was_made_with() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let image = made(&studio).await;
    let mut draft = request();
    draft.prompt.text = "something else entirely".into();

    let larger = studio
        .enhance_request(image.clone(), 2, EnhancedTo::Larger, draft.clone())
        .await
        .unwrap();
    assert_eq!(larger.made_with, MadeWith::Job);
    assert_eq!(larger.request.prompt.text, request().prompt.text);
    assert_eq!((larger.request.size.width, larger.request.size.height), (320, 384));
    assert_eq!(larger.request.sampling.seed, None);
    assert!(matches!(
        larger.request.source,
        Source::Image {
            strength: 0.4,
            enhance: Enhance::Yes,
            ..
        }
    ));
    let done = run(&studio, larger.request).await;
    assert!(matches!(done.state, JobState::Done { .. }), "{:?}", done.state);

    let varied = studio.variations_request(image, draft).await.unwrap();
    assert_eq!((varied.request.samples, varied.request.sampling.seed), (3, None));
    assert_eq!(
        varied.request.size,
        Size {
            width: 192,
            height: 256
        }
    );
}

#[tokio::test]
async fn a_picture_from_elsewhere_tells_how_it_was_made_or_the_draft_is_taken() {
    let (stage, elsewhere) = (Stage::new().await, Stage::new().await);
    let maker = elsewhere.open().await;
    let path = maker.image_path(made(&maker).await).await.unwrap();
    let studio = stage.open().await;
    let mut draft = request();
    draft.prompt.text = "what is being edited".into();

    let added = studio.add_files(vec![path]).await.pictures;
    let adopted = studio.add_to_library(vec![added[0].id.clone()]).await.unwrap();
    let told = studio
        .enhance_request(adopted.added[0].id.clone(), 1, EnhancedTo::Same, draft.clone())
        .await
        .unwrap();
    assert_eq!(told.made_with, MadeWith::Metadata);
    assert_eq!(told.request.prompt.text, request().prompt.text);

    let plain = add(&studio, &picture(ImageFormat::Jpeg, 500, 300)).await;
    let adopted = studio.add_to_library(vec![plain]).await.unwrap();
    let silent = studio
        .variations_request(adopted.added[0].id.clone(), draft.clone())
        .await
        .unwrap();
    assert_eq!(silent.made_with, MadeWith::Draft);
    assert_eq!(silent.request.prompt, draft.prompt);
    assert_eq!((silent.request.size.width, silent.request.size.height), (512, 320));

    let gone = studio
        .variations_request(ImageId("gone".into()), draft)
        .await
        .unwrap_err();
    assert_eq!(gone.code, ErrorCode::NotFound);
}
