//! Tests: the process dies at any moment of looking at the folders, rating, throwing away and bringing back, while files
//! are moved under it. Afterwards the index opens, agrees with the folder, and nothing that was rated is lost.
//!
//! The test program starts itself again as a child that works on the library, and the child dies for real.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rand::Rng as _;

use crate::library::said::{Change, Chosen};
use crate::testing::child;
use crate::testing::stage::Stage;

const FOLDER: &str = "STUDIO_LIBRARY_FOLDER";
const SANDBOX: &str = "STUDIO_LIBRARY_SANDBOX";
const TOKEN: &str = "STUDIO_LIBRARY_TOKEN";
const PICTURES: u32 = 24;
/// How often it is killed, unless `ATELIER_KILLS` says otherwise.
const KILLS: u32 = 8;
/// After so many kills, and after the last, the index is lost as well.
const INDEX_LOST: u32 = 10;

/// The child: does all that can be done to a library, and tells of each rating before and after, until it is killed.
#[test]
#[ignore = "the other test of this file starts it as a process of its own"]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let folder = PathBuf::from(folder);
    let variable = |name| std::env::var(name).unwrap();
    let options = child::options(&folder, &variable(SANDBOX), &variable(TOKEN));
    let mut told = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(folder.join("told"))
        .unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (studio, _) = crate::Studio::open(options).await.unwrap();
        for number in 0_u32.. {
            studio.look_at_folders().await.unwrap();
            for (at, image) in studio.images(None, 100).await.unwrap().into_iter().enumerate() {
                let chosen = Chosen::Ids {
                    ids: vec![image.id.clone()],
                };
                let turn = (u32::try_from(at).unwrap() + number) % 6;
                if turn == 0 {
                    studio.trash_pictures(chosen).await.unwrap();
                    continue;
                }
                if turn == 1 {
                    let library = folder.join("library");
                    let to = library.join(format!("moved-{}.png", uuid::Uuid::new_v4()));
                    drop(fs::rename(library.join(&image.file_name), to));
                    continue;
                }
                let stars = u8::try_from(turn).unwrap();
                // What a picture is, its width tells: its id may be another when the index is made again.
                tell(&mut told, &format!("try {} {stars}\n", image.width));
                let changed = studio.change_pictures(chosen, Change::Rate { stars }).await.unwrap();
                if changed.count == 1 || image.rating == stars {
                    tell(&mut told, &format!("done {} {stars}\n", image.width));
                }
            }
            studio.restore_pictures(None).await.unwrap();
        }
    });
}

/// In one piece: a kill must not leave half a line.
fn tell(told: &mut fs::File, line: &str) {
    assert_eq!(told.write(line.as_bytes()).unwrap(), line.len());
}

/// The ratings that a picture may have, by its width: the last that was done, and those that were tried since.
fn told(folder: &Path) -> HashMap<u32, Vec<u8>> {
    let mut ratings: HashMap<u32, Vec<u8>> = HashMap::new();
    let text = fs::read_to_string(folder.join("told")).unwrap_or_default();
    for line in text.lines() {
        let [what, width, stars] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let of = ratings.entry(width.parse().unwrap()).or_insert_with(|| vec![0]);
        let stars = stars.parse().unwrap();
        if what == "done" {
            of.clear();
        }
        of.push(stars);
    }
    ratings
}

fn count(folder: &Path, hidden: bool) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() && (hidden || !name.starts_with('.')) {
            files += count(&entry.path(), hidden);
        } else if name.ends_with(".png") {
            files += 1;
        }
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_the_index_agrees_with_the_folder_and_no_star_is_lost() {
    let stage = Stage::new().await;
    let (folder, library) = (stage.folder.path().to_owned(), stage.folders().library);
    fs::create_dir_all(library.join("day")).unwrap();
    for number in 0..PICTURES {
        let bytes = crate::testing::encoded(image::ImageFormat::Png, 20 + number, 20);
        fs::write(library.join(format!("day/{number}.png")), bytes).unwrap();
    }
    let kills = std::env::var("ATELIER_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    for round in 1..=kills {
        let mut child = child::command("library::killed::child")
            .env(FOLDER, &folder)
            .env(SANDBOX, stage.sandbox.url())
            .env(TOKEN, stage.sandbox.token())
            .spawn()
            .unwrap();
        let moment = Duration::from_millis(rand::rng().random_range(150..1500));
        tokio::time::sleep(moment).await;
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "round {round}: the child ended by itself: {ended:?}");
        child.kill().unwrap();
        child::ended(child).await;
        let context = format!("round {round}, after {moment:?}");

        if round == kills || round % INDEX_LOST == 0 {
            for rest in ["atelier.db", "atelier.db-wal", "atelier.db-shm"] {
                drop(fs::remove_file(stage.folders().data.join(rest)));
            }
            let damaged = b"no database at all, and long enough to be looked at";
            fs::write(stage.folders().data.join("atelier.db"), damaged).unwrap();
        }
        let studio = stage.open().await;
        studio.look_at_folders().await.unwrap();
        let images = studio.images(None, 100).await.unwrap();
        let trashed = studio.trashed(None, 100).await.unwrap().pictures;
        assert_eq!(count(&library, true), PICTURES as usize, "{context}: no file is lost");
        assert_eq!(images.len(), count(&library, false), "{context}");
        assert_eq!(images.len() + trashed.len(), PICTURES as usize, "{context}");
        let told = told(&folder);
        let all = images.iter().chain(trashed.iter().map(|trashed| &trashed.image));
        for image in all {
            let may_be = told.get(&image.width).cloned().unwrap_or_else(|| vec![0]);
            assert!(
                may_be.contains(&image.rating),
                "{context}: {image:?} may have {may_be:?}"
            );
        }
        for image in &images {
            studio.image_path(image.id.clone()).await.unwrap();
        }
        studio.close().await;
    }
    assert!(!told(&folder).is_empty(), "the child had no time for anything");
    println!("{kills} kills of the library");
}
