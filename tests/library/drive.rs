//! Drives that are pulled out.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use studio::{ErrorCode, FolderLook, FolderState};
use tests::SmallDisk;

use crate::{Place, ROOMY, all, ids, only, picture, put, rate, rating, state, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_drive_that_is_pulled_out_while_it_is_watched_takes_nothing_along() -> Result<()> {
    let place = Place::new()?;
    let folder = place.folder.path().join("drive");
    let Some(disk) = SmallDisk::mount(&folder, ROOMY)? else {
        return Ok(());
    };
    put(&folder, 3)?;
    let studio = place.open().await?;
    studio.add_library_folder(folder.clone()).await?;
    until("the drive to be watched", async || {
        let folders = studio.library_folders().await?;
        Ok(folders[1].watched && folders[1].pictures == 3)
    })
    .await?;
    let [first, second, _] = ids(&studio).await?;
    rate(&studio, &first, 5).await?;
    let bytes = fs::read(folder.join("0.png"))?;
    let kept = place.folder.path().join("kept");
    copy(&folder, &kept)?;

    drop(disk);

    until("the drive to be missed", async || {
        Ok(state(&studio, 1).await? == FolderState::Unreachable)
    })
    .await?;
    // Long enough for whoever watches to have seen it.
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert_eq!(studio.look_at_folders().await?, FolderLook::default());
    assert_eq!(all(&studio).await?.len(), 3);
    let gone = studio
        .image_bytes(first.clone())
        .await
        .err()
        .context("it is not there")?;
    assert_eq!(gone.code, ErrorCode::NotFound);
    assert!(gone.message.contains("drive"), "it says what to do: {gone}");
    let trashed = studio.trash_pictures(only(&second)).await?;
    assert_eq!((trashed.count, trashed.refused.len()), (0, 1));
    rate(&studio, &second, 3).await?;
    let told = &studio.library_folders().await?[1];
    assert_eq!((told.pictures, told.missing), (3, 0));

    let _disk = SmallDisk::mount(&folder, ROOMY)?.context("it was possible before")?;
    copy(&kept, &folder)?;
    until("the drive to be back", async || {
        Ok(state(&studio, 1).await? == FolderState::Ready)
    })
    .await?;
    assert_eq!(studio.look_at_folders().await?, FolderLook::default());
    assert_eq!(all(&studio).await?.len(), 3);
    assert_eq!(
        [rating(&studio, &first).await?, rating(&studio, &second).await?],
        [5, 3]
    );
    assert_eq!(studio.image_bytes(first).await?.1, bytes);
    assert_eq!(studio.trash_pictures(only(&second)).await?.count, 1);
    assert!(studio.undo_change().await?.is_some());
    // And it is watched again.
    tokio::time::sleep(Duration::from_secs(6)).await;
    picture(&folder.join("new.png"), 99)?;
    until(
        "the new picture to be seen",
        async || Ok(all(&studio).await?.len() == 4),
    )
    .await?;
    Ok(())
}

/// Copies what is in a folder, with its times.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let copied = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status()?;
    ensure!(copied.success(), "cp says {copied}");
    Ok(())
}
