//! Places in a text, as Rust counts them (bytes) and as the page does (UTF-16 units). Here, and nowhere else, the one is
//! turned into the other.

use std::ops::Range;

/// A text whose places can be told in both ways.
pub struct Units<'t> {
    text: &'t str,
    /// Every 64th letter, by both counts: a text of some thousand letters is walked in a few steps.
    marks: Vec<(usize, u32)>,
    ascii: bool,
}

const STEP: usize = 64;

impl<'t> Units<'t> {
    /// Counts a text.
    #[must_use]
    pub fn of(text: &'t str) -> Self {
        let ascii = text.is_ascii();
        let mut marks = Vec::new();
        let mut units = 0;
        if !ascii {
            for (count, (at, letter)) in text.char_indices().enumerate() {
                if count % STEP == 0 {
                    marks.push((at, units));
                }
                units += letter.len_utf16() as u32;
            }
        }
        Self { text, marks, ascii }
    }

    /// The UTF-16 units before a byte. A byte within a letter counts as its beginning, one behind the text as its end.
    #[must_use]
    pub fn unit(&self, byte: usize) -> u32 {
        let byte = byte.min(self.text.len());
        if self.ascii {
            return byte as u32;
        }
        let mark = self.marks.partition_point(|(at, _)| *at <= byte).saturating_sub(1);
        let (start, mut units) = self.marks.get(mark).copied().unwrap_or_default();
        for (at, letter) in self.text[start..].char_indices() {
            if start + at + letter.len_utf8() > byte {
                break;
            }
            units += letter.len_utf16() as u32;
        }
        units
    }

    /// The byte at which a UTF-16 unit begins. A unit within a letter counts as its beginning, one behind the text as its
    /// end.
    #[must_use]
    pub fn byte(&self, unit: u32) -> usize {
        if self.ascii {
            return (unit as usize).min(self.text.len());
        }
        let mark = self
            .marks
            .partition_point(|(_, units)| *units <= unit)
            .saturating_sub(1);
        let (start, mut units) = self.marks.get(mark).copied().unwrap_or_default();
        for (at, letter) in self.text[start..].char_indices() {
            units += letter.len_utf16() as u32;
            if units > unit {
                return start + at;
            }
        }
        self.text.len()
    }

    /// A range of bytes in units.
    #[must_use]
    pub fn range(&self, bytes: &Range<usize>) -> (u32, u32) {
        (self.unit(bytes.start), self.unit(bytes.end))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_beyond_the_first_plane_are_two_units() {
        let units = Units::of("a😀海b");
        assert_eq!([0, 1, 5, 8, 9].map(|byte| units.unit(byte)), [0, 1, 3, 4, 5]);
        assert_eq!([0, 1, 3, 4, 5].map(|unit| units.byte(unit)), [0, 1, 5, 8, 9]);
        // Within a letter.
        assert_eq!((units.unit(3), units.byte(2)), (1, 1));
        assert_eq!((units.unit(99), units.byte(99)), (5, 9));
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_place(text in any::<String>(), long in "[a😀é海]{100,300}") {
            for text in [&text, &long] {
                let units = Units::of(text);
                let mut counted = 0;
                for (at, letter) in text.char_indices() {
                    prop_assert_eq!(units.unit(at), counted);
                    prop_assert_eq!(units.byte(counted), at);
                    counted += letter.len_utf16() as u32;
                }
                prop_assert_eq!(units.unit(text.len()), counted);
                prop_assert_eq!(units.byte(counted), text.len());
            }
        }
    }
}
