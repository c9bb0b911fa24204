//! Folders that must not be written to.

use std::fs;

use anyhow::Result;
use studio::{FolderLook, FolderState};
use tests::SmallDisk;

use crate::{Place, ROOMY, all, ids, is_read_only, only, put, rate, rating, state};

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_library_is_named_and_works_again_when_it_may_be_written() -> Result<()> {
    let place = Place::new()?;
    let library = place.library();
    let Some(disk) = SmallDisk::mount(&library, ROOMY)? else {
        return Ok(());
    };
    put(&library, 3)?;
    let studio = place.open().await?;
    studio.look_at_folders().await?;
    let [first, second, third] = ids(&studio).await?;
    rate(&studio, &first, 4).await?;
    studio.trash_pictures(only(&third)).await?;
    assert_eq!(state(&studio, 0).await?, FolderState::Ready);
    disk.forbid_writing()?;

    assert_eq!(state(&studio, 0).await?, FolderState::ReadOnly);
    is_read_only(rate(&studio, &first, 1).await)?;
    is_read_only(studio.trash_pictures(only(&second)).await)?;
    is_read_only(studio.restore_pictures(None).await)?;
    let emptied = studio.empty_trash(None, true).await?;
    assert_eq!((emptied.count, emptied.refused.len()), (0, 1));
    assert!(
        emptied.refused[0].reason.contains("can't be written to"),
        "{:?}",
        emptied.refused
    );
    assert_eq!(studio.look_at_folders().await?, FolderLook::default());
    assert_eq!(rating(&studio, &first).await?, 4);
    assert_eq!(
        studio.image_bytes(second.clone()).await?.1,
        fs::read(place.library().join("1.png"))?
    );
    assert!(!studio.thumbnail(second.clone()).await?.is_empty());
    studio.close().await;
    let studio = place.open().await?;
    assert_eq!(all(&studio).await?.len(), 2, "it opens all the same");

    disk.allow_writing(ROOMY)?;
    assert_eq!(state(&studio, 0).await?, FolderState::Ready);
    rate(&studio, &first, 1).await?;
    studio.trash_pictures(only(&second)).await?;
    assert_eq!(studio.restore_pictures(None).await?.count, 2);
    assert_eq!(studio.look_at_folders().await?, FolderLook::default());
    assert_eq!(all(&studio).await?.len(), 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_a_read_only_folder_are_rated_and_can_not_be_thrown_away() -> Result<()> {
    let place = Place::new()?;
    let folder = place.folder.path().join("fixed");
    let Some(disk) = SmallDisk::mount(&folder, ROOMY)? else {
        return Ok(());
    };
    put(&folder, 2)?;
    disk.forbid_writing()?;
    let studio = place.open().await?;
    studio.add_library_folder(folder.clone()).await?;
    assert_eq!(studio.look_at_folders().await?.added, 2);
    let [first, second] = ids(&studio).await?;

    assert_eq!(state(&studio, 1).await?, FolderState::ReadOnly);
    rate(&studio, &first, 5).await?;
    let trashed = studio.trash_pictures(only(&first)).await?;
    assert_eq!((trashed.count, trashed.refused.len()), (0, 1));
    assert_eq!(trashed.refused[0].name, "0.png");
    assert!(
        trashed.refused[0].reason.contains("can't be written to"),
        "{:?}",
        trashed.refused
    );
    assert_eq!(rating(&studio, &first).await?, 5);

    disk.allow_writing(ROOMY)?;
    assert_eq!(state(&studio, 1).await?, FolderState::Ready);
    assert_eq!(studio.trash_pictures(only(&second)).await?.count, 1);
    assert!(studio.undo_change().await?.is_some());
    assert_eq!(all(&studio).await?.len(), 2);
    assert_eq!(rating(&studio, &first).await?, 5);
    Ok(())
}
