//! The mask of a canvas as it lies on the disk: a short head, and runs of equal bytes.
//!
//! A run is a value and a length, the length in groups of seven bits, lowest first; the runs go on over the ends of
//! rows. The page packs them. The file is written in two generations, and a sum tells whether one is whole.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use novelai::inpaint::Plane;
use novelai::request::Size;

use super::Edges;
use crate::disk::sync_folder;

const MAGIC: &[u8; 8] = b"atelier\x01";
const HEAD: usize = MAGIC.len() + 7 * 4;
/// From here on a pixel counts as painted; what a soft brush leaves lies below.
const PAINTED: u8 = 128;
const NEWEST: &str = "mask.runs";
const PREVIOUS: &str = "mask.previous.runs";

/// A mask and the canvas it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// Of the canvas, edges included.
    pub(crate) size: Size,
    pub(crate) edges: Edges,
    pub(crate) runs: Vec<u8>,
}

impl Sheet {
    /// A mask of bytes, packed.
    pub(crate) fn of_bytes(size: Size, edges: Edges, bytes: &[u8]) -> Self {
        let mut runs = Vec::new();
        for run in bytes.chunk_by(|a, b| a == b) {
            runs.push(run[0]);
            let mut length = run.len();
            while length > 127 {
                runs.push((length & 127) as u8 | 128);
                length >>= 7;
            }
            runs.push(length as u8);
        }
        Self { size, edges, runs }
    }

    /// Whether the runs make a byte for each pixel.
    pub(crate) fn is_sound(&self) -> bool {
        let mut sum = 0_u64;
        for run in runs(&self.runs) {
            match run {
                Some((_, length)) => sum += length,
                None => return false,
            }
        }
        sum == self.size.area() && sum > 0
    }

    /// A byte a pixel. `None` where it is not sound.
    pub(crate) fn bytes(&self) -> Option<Vec<u8>> {
        if !self.is_sound() {
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(self.size.area()).ok()?);
        for (value, length) in runs(&self.runs).flatten() {
            bytes.resize(bytes.len() + usize::try_from(length).ok()?, value);
        }
        Some(bytes)
    }

    /// What counts as painted.
    pub(crate) fn plane(&self) -> Option<Plane> {
        let mut bytes = self.bytes()?;
        for byte in &mut bytes {
            *byte = if *byte >= PAINTED { 255 } else { 0 };
        }
        Plane::new(self.size, bytes)
    }

    fn to_file(&self) -> Vec<u8> {
        let mut file = Vec::with_capacity(HEAD + self.runs.len());
        file.extend_from_slice(MAGIC);
        let Edges {
            left,
            top,
            right,
            bottom,
        } = self.edges;
        for number in [
            self.size.width,
            self.size.height,
            left,
            top,
            right,
            bottom,
            crc32fast::hash(&self.runs),
        ] {
            file.extend(number.to_le_bytes());
        }
        file.extend_from_slice(&self.runs);
        file
    }

    fn of_file(file: &[u8]) -> Option<Self> {
        let (head, runs) = file.split_at_checked(HEAD)?;
        let numbers = head.strip_prefix(MAGIC)?;
        let mut numbers = numbers
            .chunks_exact(4)
            .map(|number| u32::from_le_bytes([number[0], number[1], number[2], number[3]]));
        let mut next = || numbers.next();
        let size = Size {
            width: next()?,
            height: next()?,
        };
        let edges = Edges {
            left: next()?,
            top: next()?,
            right: next()?,
            bottom: next()?,
        };
        let whole = next()? == crc32fast::hash(runs);
        let sheet = Self {
            size,
            edges,
            runs: runs.to_vec(),
        };
        (whole && sheet.is_sound()).then_some(sheet)
    }

    /// The newest generation that is whole.
    pub(crate) fn load(folder: &Path) -> Option<Self> {
        [NEWEST, PREVIOUS]
            .into_iter()
            .find_map(|name| Self::of_file(&fs::read(folder.join(name)).ok()?))
    }

    /// Durable when it returns. What was the newest becomes the previous one, unless it is broken. At every moment one
    /// of the two is whole.
    pub(crate) fn save(&self, folder: &Path) -> io::Result<()> {
        let file = self.to_file();
        let newest = folder.join(NEWEST);
        let there = fs::read(&newest).ok();
        if there.as_ref() == Some(&file) {
            return Ok(());
        }
        let mut beside = tempfile::NamedTempFile::new_in(folder)?;
        beside.write_all(&file)?;
        beside.as_file().sync_all()?;
        if there.is_some_and(|there| Self::of_file(&there).is_some()) {
            fs::rename(&newest, previous(folder))?;
        }
        beside.persist(&newest).map_err(|error| error.error)?;
        sync_folder(folder)
    }
}

fn previous(folder: &Path) -> PathBuf {
    folder.join(PREVIOUS)
}

/// Values and lengths; `None` where the bytes make no run, and then nothing more.
fn runs(bytes: &[u8]) -> impl Iterator<Item = Option<(u8, u64)>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (value, mut lengths) = rest.split_first()?;
        rest = &[];
        let mut length = 0_u64;
        for shift in (0..35).step_by(7) {
            let Some((part, further)) = lengths.split_first() else {
                return Some(None);
            };
            lengths = further;
            length |= u64::from(part & 127) << shift;
            if *part < 128 {
                if length == 0 {
                    return Some(None);
                }
                rest = lengths;
                return Some(Some((*value, length)));
            }
        }
        Some(None)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: Size = Size { width: 40, height: 30 };

    fn sheet(at: usize) -> Sheet {
        let mut bytes = vec![0; 1200];
        bytes[at..at + 7].fill(255);
        Sheet::of_bytes(SIZE, Edges::default(), &bytes)
    }

    #[test]
    fn a_mask_is_found_as_it_was_saved() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Sheet::load(folder.path()), None);
        let edges = Edges {
            left: 8,
            bottom: 16,
            ..Edges::default()
        };
        let saved = Sheet { edges, ..sheet(77) };
        saved.save(folder.path()).unwrap();
        assert_eq!(Sheet::load(folder.path()), Some(saved));
    }

    #[test]
    fn a_broken_mask_gives_way_to_the_one_before_and_never_takes_its_place() {
        let folder = tempfile::tempdir().unwrap();
        sheet(1).save(folder.path()).unwrap();
        sheet(2).save(folder.path()).unwrap();
        let newest = folder.path().join(NEWEST);
        let whole = fs::read(&newest).unwrap();
        let mut damaged = whole.clone();
        *damaged.last_mut().unwrap() ^= 1;
        for broken in [&whole[..whole.len() - 1], &damaged, b"", b"atelier\x01"] {
            fs::write(&newest, broken).unwrap();
            assert_eq!(Sheet::load(folder.path()), Some(sheet(1)));
        }
        sheet(3).save(folder.path()).unwrap();
        fs::write(&newest, b"").unwrap();
        assert_eq!(Sheet::load(folder.path()), Some(sheet(1)));
        fs::remove_file(&newest).unwrap();
        assert_eq!(Sheet::load(folder.path()), Some(sheet(1)));
    }

    #[test]
    fn soft_paint_counts_from_the_middle_on() {
        let bytes: Vec<u8> = (0..1200).map(|at| [0, 127, 128, 255][at % 4]).collect();
        let plane = Sheet::of_bytes(SIZE, Edges::default(), &bytes).plane().unwrap();
        assert_eq!(plane.pixels()[..4], [0, 0, 255, 255]);
    }

    #[test]
    fn the_runs_of_the_page_are_understood() {
        // As `encodeRuns` of the page writes 300 zeros and 900 times 255.
        let runs = vec![0, 0b1010_1100, 2, 255, 0b1000_0100, 7];
        let sheet = Sheet {
            size: SIZE,
            edges: Edges::default(),
            runs,
        };
        let bytes = sheet.bytes().unwrap();
        assert_eq!((bytes[299], bytes[300], bytes.len()), (0, 255, 1200));
    }

    proptest! {
        #[test]
        fn any_mask_is_the_same_after_a_trip_through_runs(bytes in proptest::collection::vec(0_u8..3, 1200)) {
            prop_assert_eq!(Sheet::of_bytes(SIZE, Edges::default(), &bytes).bytes().unwrap(), bytes);
        }

        #[test]
        fn no_bytes_are_too_odd(runs in proptest::collection::vec(any::<u8>(), 0..64)) {
            let sheet = Sheet { size: SIZE, edges: Edges::default(), runs };
            if let Some(bytes) = sheet.bytes() {
                prop_assert_eq!(bytes.len(), 1200);
            }
            drop(Sheet::of_file(&sheet.runs));
        }
    }
}
