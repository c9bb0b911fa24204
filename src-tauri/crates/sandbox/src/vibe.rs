//! Encoded vibes (api.md 2.6, 3.7): bytes that only who made them can read. The sandbox's hold eight times eight
//! colours of their picture; of bytes that it did not make it draws three colours from their hash.

use sha2::{Digest as _, Sha256};

use crate::raster::{Raster, Tones};

/// How the sandbox's own begin. After it: the length of a model's id in one byte, the id, the share of information as
/// a little-endian `f32`, and the colours.
pub(crate) const MAGIC: &[u8] = b"SBXVIBE1";
/// Colours in a row and in a column.
pub(crate) const SIDE: u32 = 8;

/// The colours that a vibe brings.
pub(crate) fn tones(vibe: &[u8]) -> Tones {
    own(vibe).unwrap_or_else(|| {
        let hash = Sha256::digest(vibe);
        [0, 1, 2].map(|tone| [0, 1, 2].map(|part| hash[tone * 3 + part]))
    })
}

fn own(vibe: &[u8]) -> Option<Tones> {
    let (length, rest) = vibe.strip_prefix(MAGIC)?.split_first()?;
    let (share, rest) = rest.get(usize::from(*length)..)?.split_first_chunk()?;
    let share = f32::from_le_bytes(*share).clamp(0.0, 1.0);
    let colours = rest.get(..(SIDE * SIDE * 3) as usize)?;
    let picture = Raster {
        width: SIDE,
        height: SIDE,
        rgba: colours
            .as_chunks::<3>()
            .0
            .iter()
            .flat_map(|[r, g, b]| [*r, *g, *b, 255])
            .collect(),
    };
    // The less was taken from the picture, the greyer is what it gives.
    let faded = |part: u8| (128.0 + (f32::from(part) - 128.0) * share) as u8;
    Some(picture.tones().map(|tone| tone.map(faded)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vibe(share: f32) -> Vec<u8> {
        let mut out = b"SBXVIBE1\x14nai-diffusion-4-full".to_vec();
        out.extend_from_slice(&share.to_le_bytes());
        for place in 0..64 {
            out.extend_from_slice(if place < 32 { &[20, 20, 90] } else { &[240, 230, 200] });
        }
        out.extend_from_slice(&[7; 1000]);
        out
    }

    #[test]
    fn a_vibe_brings_the_colours_of_its_picture() {
        assert_eq!(tones(&vibe(1.0))[0], [20, 20, 90]);
        assert_eq!(tones(&vibe(1.0))[2], [240, 230, 200]);
        assert_eq!(tones(&vibe(0.0)), [[128; 3]; 3]);
        assert_eq!(tones(&vibe(f32::INFINITY)), tones(&vibe(1.0)));
    }

    #[test]
    fn of_other_bytes_it_makes_something_that_stays_the_same() {
        for length in [0, 8, 9, 40, 60] {
            let cut = &vibe(1.0)[..length];
            assert_eq!(tones(cut), tones(cut));
        }
        assert_ne!(tones(b"abc"), tones(b"abd"));
    }
}
