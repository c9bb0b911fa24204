//! Files that other programs hold: by a lock, so that they can be neither moved nor removed, or so that they can't be read.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use studio::Chosen;
use tests::Bound;

use crate::{Place, damage, ids, only, picture, put, rate, rating};

/// Another program that has locked files for itself. It lets go when it is dropped.
struct Holder(Child);

impl Holder {
    fn of(files: &[PathBuf]) -> Result<Self> {
        // One lock within the other, and a word when all are held.
        let mut command = Command::new("flock");
        for (at, file) in files.iter().enumerate() {
            if at > 0 {
                command.arg("flock");
            }
            command.arg("--exclusive").arg(file);
        }
        let mut child = command
            .args(["sh", "-c", "echo held; exec sleep 600"])
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let mut said = String::new();
        let out = child.stdout.as_mut().context("it was piped")?;
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut said)?;
        assert_eq!(said, "held\n");
        Ok(Self(child))
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        drop(Command::new("kill").args(["-KILL", "--", &group]).status());
        drop(self.0.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_of_another_program_on_pictures_and_on_the_librarys_file_stops_nothing() -> Result<()> {
    let place = Place::new()?;
    let library = place.library();
    put(&library, 3)?;
    let studio = place.open().await?;
    studio.look_at_folders().await?;
    let [first, second, third] = ids(&studio).await?;
    rate(&studio, &third, 2).await?;
    let _held = Holder::of(&[
        library.join("0.png"),
        library.join("1.png"),
        library.join("atelier.jsonl"),
    ])?;

    rate(&studio, &first, 5).await?;
    assert_eq!(
        studio.image_bytes(first.clone()).await?.1,
        fs::read(library.join("0.png"))?
    );
    assert_eq!(studio.trash_pictures(only(&second)).await?.count, 1);
    assert!(studio.undo_change().await?.is_some());
    fs::rename(library.join("1.png"), library.join("moved.png"))?;
    studio.look_at_folders().await?;
    assert_eq!(studio.image(second).await?.file_name, "moved.png");
    studio.close().await;
    damage(&place)?;
    let studio = place.open().await?;
    assert_eq!([rating(&studio, &first).await?, rating(&studio, &third).await?], [5, 2]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_can_not_be_moved_is_named_and_all_others_go_on() -> Result<()> {
    let place = Place::new()?;
    let library = place.library();
    put(&library, 6)?;
    let held = library.join("0.png");
    let Some(hold) = Bound::mount(&held, &held)? else {
        return Ok(());
    };
    let studio = place.open().await?;
    studio.look_at_folders().await?;
    let there: [_; 6] = ids(&studio).await?;
    rate(&studio, &there[0], 4).await?;

    let trashed = studio.trash_pictures(Chosen::Ids { ids: there.to_vec() }).await?;
    assert_eq!((trashed.count, trashed.refused.len()), (5, 1), "{trashed:?}");
    assert_eq!(trashed.refused[0].name, "0.png");
    assert!(!trashed.refused[0].reason.is_empty());
    assert_eq!(ids(&studio).await?, [there[0].clone()]);
    assert_eq!(rating(&studio, &there[0]).await?, 4);

    drop(hold);
    assert_eq!(studio.trash_pictures(only(&there[0])).await?.count, 1);
    assert_eq!(studio.restore_pictures(None).await?.count, 6);
    assert_eq!(ids(&studio).await?, there);
    assert_eq!(rating(&studio, &there[0]).await?, 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_can_not_be_read_is_listed_until_it_can() -> Result<()> {
    let place = Place::new()?;
    let closed = place.library().join("closed.png");
    picture(&closed, 99)?;
    let Some(hold) = Bound::mount(Path::new("/proc/self/mem"), &closed)? else {
        return Ok(());
    };
    let studio = place.open().await?;
    let look = studio.look_at_folders().await?;
    assert_eq!((look.added, look.broken), (0, 1), "{look:?}");
    let page = studio.broken_files(None, 9).await?;
    assert_eq!(page.files[0].place.file_name, "closed.png");

    drop(hold);
    assert_eq!(studio.look_at_folders().await?.added, 1);
    assert_eq!(studio.broken_files(None, 9).await?.total, 0);
    Ok(())
}
