//! Questions that are answered in words, where a server still has them: labels and scores, and how a prompt goes on.

mod common;

use common::{Stage, TOKEN, add, picture, settled};
use image::ImageFormat;
use novelai::client::Annotator;
use novelai::request::PictureId;
use sandbox::Fault;
use studio::{Answer, ErrorCode, Job, JobState, Question, Step, Studio};
use uuid::Uuid;

fn classify(image: &PictureId) -> Question {
    Question::Classify { image: image.clone() }
}

fn write(prompt: &str) -> Question {
    Question::WritePrompt {
        model: None,
        prompt: prompt.into(),
        temperature: 0.8,
        tokens: 40,
    }
}

async fn ask(studio: &Studio, question: Question) -> Job {
    let id = Uuid::new_v4();
    studio
        .enqueue_question(id, question)
        .await
        .expect("a question that can be asked");
    settled(studio, id).await
}

fn error_of(job: &Job) -> &studio::Error {
    match &job.state {
        JobState::Failed { error } | JobState::Unsettled { error, .. } => error,
        other => panic!("{other:?}"),
    }
}

fn answering(body: &str) -> Fault {
    Fault::Body {
        content_type: "application/json".into(),
        bytes: body.as_bytes().to_vec(),
    }
}

fn failing(status: u16) -> Fault {
    Fault::Status {
        status,
        body: None,
        retry_after: None,
        after_charging: false,
    }
}

fn asked(stage: &Stage, path: &str) -> usize {
    let books = stage.service.books();
    books.exchanges.iter().filter(|exchange| exchange.path == path).count()
}

#[tokio::test]
async fn a_picture_is_told_in_labels_that_are_there_after_a_restart() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = add(&studio, &picture(ImageFormat::Jpeg, 2048, 2048)).await;

    let job = ask(&studio, classify(&image)).await;

    assert_eq!((&job.state, job.anlas), (&JobState::Done { images: vec![] }, Some(0)));
    let answer = studio.job_answer(job.id).await.unwrap();
    let Answer::Labels { labels, raw } = &answer else {
        panic!("{answer:?}");
    };
    assert!(labels.len() > 5 && raw.contains("\"labels\""), "{raw}");
    assert!(labels.is_sorted_by(|one, other| one.score >= other.score));
    assert_eq!(stage.service.books().charged, 0);
    assert_eq!(studio.images(None, 10).await.unwrap(), []);
    studio.close().await;
    assert_eq!(stage.open().await.job_answer(job.id).await.unwrap(), answer);
}

#[tokio::test]
async fn a_prompt_goes_on() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let job = ask(&studio, write("1girl, city")).await;
    assert_eq!((&job.state, job.anlas), (&JobState::Done { images: vec![] }, None));
    let answer = studio.job_answer(job.id).await.unwrap();
    let Answer::Text { text, raw } = &answer else {
        panic!("{answer:?}");
    };
    assert!(
        text.starts_with("1girl, city, ") && raw.contains(text.as_str()),
        "{answer:?}"
    );
}

#[tokio::test]
async fn an_answer_of_any_shape_is_shown_and_never_tells_the_token() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = add(&studio, &picture(ImageFormat::Png, 64, 64)).await;
    for (body, first) in [
        (r#"{"result":{"cat":0.25,"dog":0.5}}"#.to_owned(), Some("dog")),
        (r#"["cat","dog"]"#.to_owned(), Some("cat")),
        (r#"{"status":"fine"}"#.to_owned(), None),
        (format!(r#"{{"label":"{TOKEN}","score":1}}"#), Some("•••")),
    ] {
        stage.service.fail_path("/ai/classify-image", answering(&body), Some(1));
        let job = ask(&studio, classify(&image)).await;
        let answer = studio.job_answer(job.id).await.unwrap();
        let Answer::Labels { labels, raw } = &answer else {
            panic!("{answer:?}");
        };
        assert_eq!(labels.first().map(|label| label.label.as_str()), first, "{body}");
        assert!(!raw.contains(TOKEN), "{raw}");
    }
    stage
        .service
        .fail_path("/ai/classify-image", answering("<html>no</html>"), Some(1));
    let job = ask(&studio, classify(&image)).await;
    // It is free, so that nothing can be lost by it.
    assert!(matches!(job.state, JobState::Failed { .. }), "{:?}", job.state);
    assert_eq!(error_of(&job).code, ErrorCode::Malformed);
    assert_eq!(studio.job_answer(job.id).await.unwrap_err().code, ErrorCode::NotFound);
    studio.close().await;
    for file in stage.files() {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes());
        assert!(!found, "{}", file.display());
    }
}

#[tokio::test]
async fn what_a_server_does_not_have_is_said_so() {
    let stage = Stage::with(sandbox::Options {
        legacy: false,
        tier: 1,
        ..sandbox::Options::default()
    })
    .await;
    let studio = stage.open_signed_in().await;
    let image = add(&studio, &picture(ImageFormat::Png, 64, 64)).await;
    let map = Step::Annotate {
        annotator: Annotator::Midas,
    };
    let map = studio.enqueue_chain(Uuid::new_v4(), vec![map], vec![image.clone()]);
    let map = settled(&studio, map.await.unwrap()[0].id).await;
    for job in [
        map,
        ask(&studio, classify(&image)).await,
        ask(&studio, write("sea")).await,
    ] {
        assert!(matches!(job.state, JobState::Failed { .. }), "{:?}", job.state);
        let error = error_of(&job);
        assert_eq!(error.code, ErrorCode::NotOffered);
        assert!(error.message.contains("not offered by this server"), "{error}");
    }
}

#[tokio::test]
async fn a_question_that_may_have_been_charged_is_not_asked_again() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    stage.service.fail_path("/ai/generate-prompt", failing(500), None);
    let job = ask(&studio, write("sea")).await;
    assert!(matches!(job.state, JobState::Unsettled { .. }), "{:?}", job.state);
    assert_eq!(asked(&stage, "/ai/generate-prompt"), 1);
}

#[tokio::test]
async fn a_question_that_can_not_be_asked_is_refused_where_it_is_clicked() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let writing = |temperature, tokens| Question::WritePrompt {
        model: None,
        prompt: "sea".into(),
        temperature,
        tokens,
    };
    for (question, field) in [
        (writing(f64::NAN, 40), "temperature"),
        (writing(-1.0, 40), "temperature"),
        (writing(1.0, 0), "tokens"),
        (write(&"x".repeat(20_001)), "prompt"),
    ] {
        let refused = studio.enqueue_question(Uuid::new_v4(), question).await.unwrap_err();
        assert_eq!(
            (refused.code, refused.detail.as_deref()),
            (ErrorCode::Refused, Some(field))
        );
    }
    assert_eq!(studio.jobs().await.unwrap(), []);
}

#[tokio::test]
async fn one_click_is_one_question() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = add(&studio, &picture(ImageFormat::Png, 64, 64)).await;
    let click = Uuid::new_v4();
    for _ in 0..3 {
        studio.enqueue_question(click, classify(&image)).await.unwrap();
    }
    settled(&studio, click).await;
    assert_eq!(asked(&stage, "/ai/classify-image"), 1);
}
