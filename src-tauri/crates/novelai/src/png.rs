//! The chunks of a PNG, walked without decoding anything.

use crate::request::Size;

pub(crate) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// A chunk that lies wholly within the file.
pub(crate) struct Chunk<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) data: &'a [u8],
    /// Kind and data, over which the sum is taken.
    summed: &'a [u8],
    sum: u32,
    /// Where the next one begins.
    end: usize,
}

impl Chunk<'_> {
    fn is_sound(&self) -> bool {
        let mut crc = flate2::Crc::new();
        crc.update(self.summed);
        crc.sum() == self.sum
    }
}

/// The chunks up to the first that is cut, or to the end. Costs no memory, whatever the lengths say.
pub(crate) fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut at = if bytes.starts_with(&SIGNATURE) {
        SIGNATURE.len()
    } else {
        bytes.len()
    };
    std::iter::from_fn(move || {
        let chunk = chunk_at(bytes, at)?;
        at = chunk.end;
        Some(chunk)
    })
}

fn chunk_at(bytes: &[u8], at: usize) -> Option<Chunk<'_>> {
    let word = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?));
    let length = word(at)? as usize;
    let data = at.checked_add(8)?;
    let sum = data.checked_add(length)?;
    Some(Chunk {
        kind: bytes.get(at + 4..data)?.try_into().ok()?,
        data: bytes.get(data..sum)?,
        summed: bytes.get(at + 4..sum)?,
        sum: word(sum)?,
        end: sum + 4,
    })
}

/// The size in the header.
pub(crate) fn size(bytes: &[u8]) -> Option<Size> {
    let header = bytes.get(SIGNATURE.len()..33)?;
    if !header.starts_with(b"\0\0\0\x0dIHDR") {
        return None;
    }
    let word = |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?));
    Some(Size {
        width: word(8)?,
        height: word(12)?,
    })
}

/// The length of a PNG that is all there: header first, pixels, end, and every sum right.
pub(crate) fn length(bytes: &[u8]) -> Option<usize> {
    size(bytes)?;
    let mut painted = false;
    // Lengths first: sums are only worth the time where the end is in sight.
    let end = chunks(bytes).find_map(|chunk| {
        painted |= &chunk.kind == b"IDAT";
        (&chunk.kind == b"IEND").then_some(chunk.end)
    })?;
    (painted && chunks(&bytes[..end]).all(|chunk| chunk.is_sound())).then_some(end)
}

/// A chunk as it is written.
pub(crate) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("what is put into a picture is smaller than 4 GiB");
    let mut written = length.to_be_bytes().to_vec();
    written.extend_from_slice(kind);
    written.extend_from_slice(data);
    let mut crc = flate2::Crc::new();
    crc.update(&written[4..]);
    written.extend(crc.sum().to_be_bytes());
    written
}
