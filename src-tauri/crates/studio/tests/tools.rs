//! Tools: a picture goes in, and what comes of it lies in the library like any other.

mod common;

use common::{Stage, add, picture, settled};
use image::ImageFormat;
use novelai::model::ModelId;
use novelai::request::PictureId;
use novelai::tools::Tool;
use sandbox::Fault;
use studio::{ErrorCode, Job, JobState, Studio, ToolWork};
use uuid::Uuid;

fn upscale(image: &PictureId) -> ToolWork {
    ToolWork::Upscale {
        image: image.clone(),
        model: ModelId("nai-diffusion-5-curated".into()),
        sharpening: 0.3,
        scale: 2,
    }
}

async fn run(studio: &Studio, tool: ToolWork) -> Job {
    let id = Uuid::new_v4();
    studio.enqueue_tool(id, tool).await.expect("a tool that can be queued");
    settled(studio, id).await
}

fn images(job: &Job) -> usize {
    match &job.state {
        JobState::Done { images } => images.len(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_picture_is_made_larger_for_the_price_that_was_told() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = add(&studio, &picture(ImageFormat::Jpeg, 512, 768)).await;
    let price = studio.estimate_tool(upscale(&image)).await.unwrap();

    let job = run(&studio, upscale(&image)).await;

    assert_eq!(images(&job), 1);
    let [larger] = studio.images(None, 10).await.unwrap().try_into().unwrap();
    assert_eq!((larger.width, larger.height, larger.job), (1024, 1536, Some(job.id)));
    assert_eq!(stage.service.books().charged, u64::from(price.anlas));
    assert_eq!(job.anlas, Some(price.anlas));
}

#[tokio::test]
async fn a_director_tool_gives_its_pictures() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = add(&studio, &picture(ImageFormat::Png, 512, 512)).await;
    for (tool, pictures) in [(Tool::LineArt, 1), (Tool::RemoveBackground, 3)] {
        let work = ToolWork::Augment {
            image: image.clone(),
            tool,
        };
        let before = stage.service.books().charged;
        let price = studio.estimate_tool(work.clone()).await.unwrap();
        assert_eq!(images(&run(&studio, work).await), pictures);
        assert_eq!(stage.service.books().charged - before, u64::from(price.anlas));
    }
}

#[tokio::test]
async fn one_click_on_a_tool_is_one_request() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let image = add(&studio, &picture(ImageFormat::Png, 128, 128)).await;
    let click = Uuid::new_v4();
    for _ in 0..4 {
        studio.enqueue_tool(click, upscale(&image)).await.unwrap();
    }
    assert_eq!(images(&settled(&studio, click).await), 1);
    let books = stage.sandbox.books();
    let asked = books.exchanges.iter().filter(|exchange| exchange.path == "/ai/upscale");
    assert_eq!(asked.count(), 1);
}

#[tokio::test]
async fn a_tool_that_may_have_been_charged_is_unsettled_and_not_sent_again() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = add(&studio, &picture(ImageFormat::Png, 128, 128)).await;
    let fault = Fault::Status {
        status: 500,
        body: None,
        retry_after: None,
        after_charging: true,
    };
    stage.service.fail_path("/ai/upscale", fault, None);
    let job = run(&studio, upscale(&image)).await;
    assert!(matches!(job.state, JobState::Unsettled { .. }), "{:?}", job.state);
    let books = stage.service.books();
    let asked = books.exchanges.iter().filter(|exchange| exchange.path == "/ai/upscale");
    assert_eq!(asked.count(), 1);
}

#[tokio::test]
async fn what_can_not_be_done_is_refused_where_it_is_clicked() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let gone = PictureId("a".repeat(64));
    let refused = studio.enqueue_tool(Uuid::new_v4(), upscale(&gone)).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound);
    assert_eq!(
        studio.estimate_tool(upscale(&gone)).await.unwrap_err().code,
        ErrorCode::NotFound
    );
    let large = add(&studio, &picture(ImageFormat::Png, 2048, 2048)).await;
    assert_eq!(
        studio.estimate_tool(upscale(&large)).await.unwrap_err().code,
        ErrorCode::Refused
    );
    let refused = studio.enqueue_tool(Uuid::new_v4(), upscale(&large)).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Refused);
    assert_eq!(studio.jobs().await.unwrap(), []);
}
