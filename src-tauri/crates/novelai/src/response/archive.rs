//! Pictures in a ZIP.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::{COUNT_LIMIT, PICTURE_LIMIT, Picture, TOTAL_LIMIT, malformed, picture};
use crate::error::Error;
use crate::picture::format;

/// The pictures of a whole archive, in its order. Entries that are no pictures are passed over; entries that can't be
/// read are errors.
pub(super) fn pictures(body: &[u8]) -> Result<Vec<Picture>, Error> {
    let mut archive = ZipArchive::new(Cursor::new(body)).map_err(|_| malformed("the archive is cut or damaged"))?;
    if archive.len() > COUNT_LIMIT {
        return Err(malformed("the archive has too many entries"));
    }
    let mut pictures = Vec::new();
    let mut total = 0;
    for entry in 0..archive.len() {
        let entry = archive
            .by_index(entry)
            .map_err(|_| malformed("an entry of the archive can't be read"))?;
        let mut bytes = Vec::new();
        // One byte more than is taken, so that a lie about the size shows; the last byte is where the sum is checked.
        let limit = PICTURE_LIMIT.min(TOTAL_LIMIT - total);
        let length = entry
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| malformed("an entry of the archive is cut or damaged"))?;
        total += length as u64;
        if length as u64 > limit {
            return Err(malformed("the archive unpacks to more than any picture of the service"));
        }
        if format(&bytes).is_some() {
            let index = u32::try_from(pictures.len()).expect("entries are capped");
            pictures.push(picture(index, bytes)?);
        }
    }
    if pictures.is_empty() {
        Err(malformed("there is no picture in the archive"))
    } else {
        Ok(pictures)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;
    use crate::picture::tests::sample_png;

    fn archived(entries: &[Vec<u8>], method: CompressionMethod) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (index, entry) in entries.iter().enumerate() {
            let options = SimpleFileOptions::default().compression_method(method);
            writer.start_file(format!("image_{index}.png"), options).unwrap();
            writer.write_all(entry).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    pub(crate) fn zipped(entries: &[Vec<u8>]) -> Vec<u8> {
        archived(entries, CompressionMethod::Deflated)
    }

    pub(crate) fn stored(entries: &[Vec<u8>]) -> Vec<u8> {
        archived(entries, CompressionMethod::Stored)
    }

    /// An archive as a server writes it that can't go back: lengths and sums stand behind the entries.
    pub(crate) fn streamed_zip(entries: &[Vec<u8>]) -> Vec<u8> {
        let mut writer = ZipWriter::new_stream(Vec::new());
        for (index, entry) in entries.iter().enumerate() {
            writer
                .start_file(format!("image_{index}.png"), SimpleFileOptions::default())
                .unwrap();
            writer.write_all(entry).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn what_is_no_picture_is_passed_over() {
        let png = sample_png(64, 64, &[]);
        let read = pictures(&zipped(&[b"{}".to_vec(), png.clone(), Vec::new()])).unwrap();
        assert_eq!((read.len(), read[0].index, &read[0].bytes), (1, 0, &png));
    }

    #[test]
    fn names_are_not_looked_at() {
        let png = sample_png(64, 64, &[]);
        let mut body = stored(std::slice::from_ref(&png));
        while let Some(at) = body.windows(11).position(|window| window == b"image_0.png") {
            body[at..at + 11].copy_from_slice(b"../../e.txt");
        }
        assert_eq!(pictures(&body).unwrap()[0].bytes, png);
    }

    #[test]
    fn a_wrong_sum_is_an_error() {
        let mut body = stored(&[sample_png(64, 64, &[])]);
        let directory = body.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        body[directory + 16] ^= 1;
        assert!(matches!(pictures(&body), Err(Error::Malformed(_))));
    }

    #[test]
    fn a_crowd_of_entries_is_an_error() {
        assert!(matches!(
            pictures(&stored(&vec![Vec::new(); COUNT_LIMIT + 1])),
            Err(Error::Malformed(_))
        ));
    }

    #[test]
    fn a_bomb_is_an_error_before_it_is_unpacked() {
        let bomb = zipped(&[vec![0; usize::try_from(PICTURE_LIMIT).unwrap() + 1]]);
        assert!(bomb.len() < 1024 * 1024);
        assert!(matches!(pictures(&bomb), Err(Error::Malformed(_))));
    }
}
