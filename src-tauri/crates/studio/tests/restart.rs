//! What a restart finds and makes of it.

mod common;

use std::fs;
use std::time::Duration;

use common::{Stage, paid, request, run, settled, until};
use studio::{ErrorCode, JobState, Opened, Studio};
use uuid::Uuid;

#[tokio::test]
async fn what_waited_goes_on_after_a_restart_and_nothing_is_sent_twice() {
    let stage = Stage::new().await;
    stage.sandbox.set_step_delay(Duration::from_millis(300));
    let studio = stage.open().await;
    let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
    studio.enqueue(first, request()).await.unwrap();
    studio.enqueue(second, request()).await.unwrap();
    until(&studio, first, |state| matches!(state, JobState::Running { .. })).await;

    studio.close().await;
    stage.sandbox.set_step_delay(Duration::ZERO);
    let studio = stage.open().await;

    let cut = settled(&studio, first).await;
    let error = match cut.state {
        JobState::Unsettled { error, .. } | JobState::Failed { error } => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(error.code, ErrorCode::Interrupted);
    assert!(matches!(settled(&studio, second).await.state, JobState::Done { .. }));
    let books = stage.sandbox.books();
    assert_eq!(books.generations().count(), 2);
}

#[tokio::test]
async fn a_closed_studio_gives_its_folder_back_and_an_open_one_does_not() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let refused = Studio::open(stage.options()).await.map(drop).unwrap_err();
    assert_eq!(refused.code, ErrorCode::Storage);
    assert!(refused.message.contains("already running"));
    studio.close().await;
    let (_, opened) = Studio::open(stage.options()).await.unwrap();
    assert_eq!(opened, Opened::default());
}

#[tokio::test]
async fn jobs_and_pictures_are_there_after_a_restart() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let id = run(&studio, request()).await.id;
    let job = paid(&studio, id).await;
    let images = studio.images(None, 10).await.unwrap();
    studio.close().await;

    let studio = stage.open().await;
    assert_eq!(studio.jobs().await.unwrap(), [job]);
    assert_eq!(studio.images(None, 10).await.unwrap(), images);
}

#[tokio::test]
async fn a_damaged_index_is_made_again_from_the_pictures() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let mut other = request();
    other.sampling.seed = Some(77);
    run(&studio, request()).await;
    run(&studio, other).await;
    let before: Vec<_> = studio.images(None, 10).await.unwrap();
    studio.close().await;
    let data = stage.folders().data;
    let database = data.join("atelier.db");
    let mut bytes = fs::read(&database).unwrap();
    for byte in &mut bytes[100..] {
        *byte = !*byte;
    }
    fs::write(&database, bytes).unwrap();
    fs::write(data.join("atelier.lock"), "open\n").unwrap();
    // And an answer that was on its way lies in the spool.
    let spooled = Uuid::new_v4();
    fs::copy(&stage.pictures()[0], data.join(format!("spool/{spooled}.part"))).unwrap();

    let (studio, opened) = Studio::open(stage.options()).await.unwrap();

    assert_eq!(
        opened,
        Opened {
            recovered: 1,
            rebuilt: true
        }
    );
    let after = studio.images(None, 10).await.unwrap();
    assert_eq!((after.len(), stage.pictures().len()), (3, 3));
    for old in before {
        let new = after.iter().find(|new| new.file_name == old.file_name).unwrap();
        assert_eq!((new.seed, new.width, new.height), (old.seed, old.width, old.height));
        assert!(new.prompt.starts_with(&old.prompt));
    }
    let adopted = after.iter().find(|new| new.job == Some(spooled)).unwrap();
    assert!(adopted.seed.is_some());
    stage.nothing_is_spooled().await;
}

#[tokio::test]
async fn the_thumbnails_can_be_thrown_away() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    run(&studio, request()).await;
    let id = studio.images(None, 1).await.unwrap()[0].id.clone();
    let thumbnail = studio.thumbnail(id.clone()).await.unwrap();
    studio.close().await;
    fs::write(stage.folders().data.join("thumbnails.db"), vec![1; 5000]).unwrap();
    assert_eq!(stage.open().await.thumbnail(id).await.unwrap(), thumbnail);
}
