//! Words among packed pixels. No program writes them there, but whoever wants to hide them may, and a damaged file may
//! have them. Packed pixels look like noise: a long run of letters is no accident.

/// So many letters, digits and signs stand together by accident in one of three thousand pictures of a megabyte.
const LEAST: usize = 22;

/// So many of them are different: an even area is packed as one short pattern again and again, which may be of letters.
const DIFFERENT: u32 = 9;

/// The length of the first run of words, in characters of one byte or of two; none where there is none. Only those of
/// ASCII can be told from noise.
pub(super) fn among(packed: &[u8]) -> Option<usize> {
    let narrow = packed.iter().map(|byte| sign(*byte));
    let wide = |from: usize| {
        let (pairs, _) = packed.get(from..).unwrap_or_default().as_chunks();
        pairs.iter().map(|[low, high]| sign(*low).filter(|_| *high == 0))
    };
    run(narrow).or_else(|| run(wide(0))).or_else(|| run(wide(1)))
}

fn sign(byte: u8) -> Option<u8> {
    matches!(byte, b' '..=b'~').then_some(byte)
}

/// The length of the first run that is long and various enough.
fn run(signs: impl Iterator<Item = Option<u8>>) -> Option<usize> {
    let (mut length, mut seen) = (0, 0_u128);
    for sign in signs.chain([None]) {
        if let Some(sign) = sign {
            length += 1;
            seen |= 1 << sign;
        } else if length >= LEAST && seen.count_ones() >= DIFFERENT {
            return Some(length);
        } else {
            (length, seen) = (0, 0);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"silver hair, night city";

    #[test]
    fn words_are_found_wherever_they_stand_and_however_wide_they_are() {
        let wide: Vec<u8> = TEXT.iter().flat_map(|byte| [*byte, 0]).collect();
        let wide_the_other_way: Vec<u8> = TEXT.iter().flat_map(|byte| [0, *byte]).collect();
        for text in [TEXT, &wide, &wide_the_other_way] {
            for before in 0..3 {
                let packed = [&vec![0xc7; before][..], text, &[0xff, 0]].concat();
                assert!(
                    among(&packed).is_some_and(|length| length >= TEXT.len() - 1),
                    "{packed:?}"
                );
            }
        }
        assert_eq!(among(TEXT), Some(TEXT.len()));
    }

    #[test]
    fn noise_and_short_runs_are_no_words() {
        assert_eq!(among(&[]), None);
        assert_eq!(among(&TEXT[..LEAST - 1]), None);
        assert_eq!(among(&b"UUUUUUUU".repeat(20)), None);
        assert_eq!(among(&b"5*0LTS".repeat(20)), None);
        let mut state = 1_u32;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        assert_eq!(among(&noise.take(200_000).collect::<Vec<_>>()), None);
    }
}
