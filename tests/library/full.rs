//! Full disks, of the library and of the index.

use std::fs;

use anyhow::Result;
use studio::{Change, ImageRecord};
use tests::SmallDisk;

use crate::{Place, ROOMY, all, damage, ids, is_full, only, picture, put, rate, rate_until_refused, rating, until};

/// KiB of a disk that was given more.
const LARGER: u32 = 8 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_library_disk_is_named_and_whatever_was_said_stays() -> Result<()> {
    let place = Place::new()?;
    let library = place.library();
    let Some(disk) = SmallDisk::mount(&library, ROOMY)? else {
        return Ok(());
    };
    put(&library, 6)?;
    // It comes to light when the disk is full: there is no room to write it then.
    fs::create_dir(library.join(".later"))?;
    picture(&library.join(".later/new.png"), 90)?;
    let studio = place.open().await?;
    assert_eq!(studio.look_at_folders().await?.added, 6);
    let [first, second, third, fourth, fifth, sixth] = ids(&studio).await?;
    rate(&studio, &first, 5).await?;
    let note = Change::Note {
        text: "to print, large ".repeat(40),
    };
    studio.change_pictures(only(&second), note.clone()).await?;
    for thrown in [&second, &third] {
        assert_eq!(studio.trash_pictures(only(thrown)).await?.count, 1);
    }
    disk.fill()?;

    let (kept, refused) = rate_until_refused(&studio, &fourth).await?;
    is_full::<()>(Err(refused))?;
    assert_eq!(rating(&studio, &fourth).await?, kept, "what was refused is not shown");
    is_full(studio.change_pictures(only(&fourth), note).await)?;
    is_full(studio.trash_pictures(only(&fourth)).await)?;
    assert!(library.join("3.png").exists());
    is_full(studio.restore_pictures(Some(vec![second.clone()])).await)?;
    assert_eq!(studio.trashed(None, 9).await?.total, 2);
    assert_eq!(all(&studio).await?.len(), 4);
    // Pictures that are there already are found all the same.
    fs::rename(library.join(".later/new.png"), library.join("new.png"))?;
    until("the new picture", async || Ok(all(&studio).await?.len() == 5)).await?;
    // There is a way out within the program: deleting for good gives room.
    let emptied = studio.empty_trash(Some(vec![third]), true).await?;
    assert_eq!((emptied.count, emptied.refused), (1, vec![]));

    fs::remove_file(library.join("filler"))?;
    disk.allow_writing(LARGER)?;
    rate(&studio, &fifth, 2).await?;
    assert_eq!(studio.restore_pictures(Some(vec![second.clone()])).await?.count, 1);
    assert_eq!(studio.trash_pictures(only(&sixth)).await?.count, 1);
    assert!(studio.undo_change().await?.is_some());
    let before = all(&studio).await?;
    assert_eq!(before.len(), 6);
    studio.close().await;

    damage(&place)?;
    let studio = place.open().await?;
    studio.look_at_folders().await?;
    let after = all(&studio).await?;
    let stars = |all: &[ImageRecord]| -> Vec<(String, u8)> {
        all.iter().map(|one| (one.file_name.clone(), one.rating)).collect()
    };
    assert_eq!(stars(&after), stars(&before));
    assert_eq!(
        [rating(&studio, &first).await?, rating(&studio, &fourth).await?],
        [5, kept]
    );
    let (noted, ..) = studio.said_of(second).await?;
    assert!(noted.starts_with("to print, large"), "{noted}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_data_disk_is_named_and_the_index_catches_up() -> Result<()> {
    let place = Place::new()?;
    let Some(disk) = SmallDisk::mount(&place.data(), ROOMY)? else {
        return Ok(());
    };
    let library = place.library();
    put(&library, 4)?;
    let studio = place.open().await?;
    studio.look_at_folders().await?;
    let [first, second, third, fourth] = ids(&studio).await?;
    rate(&studio, &first, 4).await?;
    studio.trash_pictures(only(&fourth)).await?;
    disk.fill()?;

    for number in 0..600 {
        picture(&library.join(format!("more {number}.png")), 100 + number)?;
    }
    is_full(studio.look_at_folders().await)?;
    // What was read in the meantime may have stayed; nothing that was there has gone.
    assert!(all(&studio).await?.len() >= 3);
    let (kept, refused) = rate_until_refused(&studio, &second).await?;
    is_full::<()>(Err(refused))?;
    assert_eq!(rating(&studio, &first).await?, 4);
    is_full(studio.trash_pictures(only(&third)).await)?;
    assert!(library.join("2.png").exists(), "what was refused is where it was");
    is_full(studio.restore_pictures(None).await)?;
    assert!(!library.join("3.png").exists());
    assert_eq!(studio.trashed(None, 9).await?.total, 1);

    fs::remove_file(place.data().join("filler"))?;
    disk.allow_writing(16 * ROOMY)?;
    studio.look_at_folders().await?;
    assert_eq!(all(&studio).await?.len(), 603, "all but the one in the trash");
    rate(&studio, &third, 1).await?;
    assert_eq!(studio.restore_pictures(None).await?.count, 1);
    assert_eq!(studio.trash_pictures(only(&third)).await?.count, 1);
    assert!(studio.undo_change().await?.is_some());
    studio.close().await;

    for damaged in [false, true] {
        if damaged {
            damage(&place)?;
        }
        let studio = place.open().await?;
        studio.look_at_folders().await?;
        assert_eq!(all(&studio).await?.len(), 604, "damaged: {damaged}");
        assert_eq!([rating(&studio, &first).await?, rating(&studio, &third).await?], [4, 1]);
        assert_eq!(
            rating(&studio, &second).await?,
            kept,
            "what was refused does not come true"
        );
        studio.close().await;
    }
    Ok(())
}
