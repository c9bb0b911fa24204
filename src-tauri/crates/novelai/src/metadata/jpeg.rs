//! The segments of a JPEG, walked without decoding anything.

use crate::request::Size;

pub(super) const SIGNATURE: [u8; 3] = [0xff, 0xd8, 0xff];
pub(super) const SCAN: u8 = 0xda;
const END: u8 = 0xd9;

/// A segment that lies wholly within the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    /// The second byte of its marker.
    pub(super) marker: u8,
    pub(super) data: &'a [u8],
    /// The packed pixels behind the head of a scan; empty for all else.
    pub(super) scan: &'a [u8],
}

/// The segments up to the end of the picture, or to the first that is cut.
pub(super) struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the picture ends, once that was reached.
    pub(super) end: Option<usize>,
}

pub(super) fn segments(bytes: &[u8]) -> Segments<'_> {
    let at = if bytes.starts_with(&SIGNATURE) { 2 } else { bytes.len() };
    Segments { bytes, at, end: None }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        if self.end.is_some() || self.bytes.get(self.at) != Some(&0xff) {
            return None;
        }
        // Any number of these bytes may stand before the second one of a marker.
        let fill = self.bytes[self.at..].iter().take_while(|byte| **byte == 0xff).count();
        let at = self.at + fill;
        let marker = *self.bytes.get(at)?;
        if marker == END {
            self.end = Some(at + 1);
            return None;
        }
        // Those without a length stand nowhere but within a scan.
        if matches!(marker, 0x00 | 0x01 | 0xd0..=0xd8) {
            return None;
        }
        let length = usize::from(u16::from_be_bytes(self.bytes.get(at + 1..at + 3)?.try_into().ok()?));
        let data = self.bytes.get(at + 3..(at + 1).checked_add(length)?)?;
        let begins = at + 1 + length;
        let scan: &[u8] = if marker == SCAN {
            &self.bytes[begins..begins + scan_length(&self.bytes[begins..])?]
        } else {
            &[]
        };
        self.at = begins + scan.len();
        Some(Segment { marker, data, scan })
    }
}

/// How long packed pixels are: up to a marker that is none of theirs.
fn scan_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        match bytes.get(at + 1)? {
            0x00 | 0xd0..=0xd7 => at += 2,
            _ => return Some(at),
        }
    }
}

/// Whether a marker begins a frame, and so tells the size.
pub(super) fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// The size of the picture as it lies in the file, before it is turned.
pub(super) fn size(bytes: &[u8]) -> Option<Size> {
    let frame = segments(bytes).find(|segment| is_frame(segment.marker))?;
    let side = |at: usize| {
        Some(u32::from(u16::from_be_bytes(
            frame.data.get(at..at + 2)?.try_into().ok()?,
        )))
    };
    Some(Size {
        width: side(3)?,
        height: side(1)?,
    })
}

/// The block of EXIF, behind its name.
pub(super) fn exif(bytes: &[u8]) -> Option<&[u8]> {
    let mut found = segments(bytes).filter(|segment| segment.marker == 0xe1);
    found.find_map(|segment| segment.data.strip_prefix(EXIF))
}

/// What a segment of EXIF begins with.
pub(super) const EXIF: &[u8] = b"Exif\0\0";

/// A segment as it is written; none where it is too long for one.
pub(super) fn segment(marker: u8, data: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(data.len() + 2).ok()?;
    Some([&[0xff, marker], &length.to_be_bytes()[..], data].concat())
}
