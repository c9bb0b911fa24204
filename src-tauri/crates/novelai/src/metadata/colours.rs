//! Colour profiles (ICC.1): what colours need of one, and nothing else.
//!
//! A profile has room for texts: names of devices, copyrights, whole tags of anybody's own. It is made anew from the
//! tags that colours are computed from; what has to stand beside them always says the same.

/// The longest profile that is looked at.
const LIMIT: usize = 4 * 1024 * 1024;
/// More tags than any profile has.
const TAG_LIMIT: usize = 100;
const HEADER: usize = 128;

/// The tags that colours are computed from.
const KEPT: [&[u8; 4]; 19] = [
    b"wtpt", b"bkpt", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"chad", b"chrm", b"cicp",
    b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"gamt",
];
/// What has to stand beside them.
const NAME: &str = "Colours";

/// The profile without a word of anybody's; none where it is broken, and so of no use for colours either. Done twice it
/// changes nothing more.
pub(super) fn plain(profile: &[u8]) -> Option<Vec<u8>> {
    if profile.len() > LIMIT || profile.get(36..40) != Some(b"acsp") {
        return None;
    }
    let header = profile.get(..HEADER)?;
    let word = |at: usize| Some(u32::from_be_bytes(profile.get(at..at.checked_add(4)?)?.try_into().ok()?) as usize);
    let count = word(HEADER)?;
    if count > TAG_LIMIT {
        return None;
    }
    let is_old = header[8] < 4;
    let mut tags: Vec<([u8; 4], Vec<u8>)> = vec![(*b"desc", described(is_old)), (*b"cprt", owned(is_old))];
    for kind in KEPT {
        let mut entries = (0..count).map(|index| HEADER + 4 + 12 * index);
        let Some(at) = entries.find(|at| profile.get(*at..at + 4) == Some(kind)) else {
            continue;
        };
        let (from, length) = (word(at + 4)?, word(at + 8)?);
        let element = profile.get(from..from.checked_add(length)?)?;
        tags.push((*kind, exact(element)?));
    }
    let total: usize = tags.iter().map(|(_, element)| element.len() + 16).sum();
    (tags.len() > 2 && total < LIMIT).then(|| assembled(header, &tags))
}

/// Header, list, elements. Elements that are the same stand there once.
fn assembled(header: &[u8], tags: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut list = (tags.len() as u32).to_be_bytes().to_vec();
    let mut elements: Vec<u8> = Vec::new();
    let begins = HEADER + 4 + 12 * tags.len();
    let mut places: Vec<(&[u8], usize)> = Vec::new();
    for (kind, element) in tags {
        let known = places.iter().find(|(known, _)| known == element).map(|(_, at)| *at);
        let at = known.unwrap_or_else(|| {
            let at = begins + elements.len();
            elements.extend_from_slice(element);
            elements.resize(elements.len().next_multiple_of(4), 0);
            places.push((element, at));
            at
        });
        list.extend_from_slice(kind);
        list.extend((at as u32).to_be_bytes());
        list.extend((element.len() as u32).to_be_bytes());
    }
    let mut plain = vec![0; HEADER];
    // Version, class, colours, connection; the mark; the intent. The light is the same in all.
    for kept in [8..10, 12..24, 36..40, 66..68] {
        plain[kept.clone()].copy_from_slice(&header[kept]);
    }
    plain[68..80].copy_from_slice(b"\0\0\xf6\xd6\0\x01\0\0\0\0\xd3\x2d");
    plain.extend(list);
    plain.extend(elements);
    let length = (plain.len() as u32).to_be_bytes();
    plain[..4].copy_from_slice(&length);
    plain
}

/// An element cut to what its kind takes; none for a kind that colours have no use for.
fn exact(element: &[u8]) -> Option<Vec<u8>> {
    let word = |at: usize| Some(u32::from_be_bytes(element.get(at..at + 4)?.try_into().ok()?) as usize);
    let length = match element.get(..4)? {
        b"XYZ " => 20,
        b"curv" => 12 + word(8)?.checked_mul(2)?,
        b"para" => 12 + 4 * [1, 3, 4, 5, 7].get(usize::from(*element.get(9)?))?,
        b"sf32" => 8 + 4 * 9,
        b"chrm" => 12 + 8 * 3,
        b"cicp" => 12,
        // Tables of colours, as long as they say.
        b"mft1" | b"mft2" | b"mAB " | b"mBA " => element.len(),
        _ => return None,
    };
    let mut exact = element.get(..length)?.to_vec();
    exact[4..8].fill(0);
    Some(exact)
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn described(is_old: bool) -> Vec<u8> {
    if !is_old {
        return in_one_language(NAME);
    }
    let mut element = b"desc\0\0\0\0".to_vec();
    element.extend((NAME.len() as u32 + 1).to_be_bytes());
    element.extend(NAME.bytes());
    // Its end, and nothing in two other alphabets.
    element.resize(element.len() + 1 + 8 + 3 + 67, 0);
    element
}

fn owned(is_old: bool) -> Vec<u8> {
    if is_old {
        b"text\0\0\0\0CC0\0".to_vec()
    } else {
        in_one_language("CC0")
    }
}

fn in_one_language(text: &str) -> Vec<u8> {
    let text = wide(text);
    let mut element = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS".to_vec();
    element.extend((text.len() as u32).to_be_bytes());
    element.extend(28_u32.to_be_bytes());
    element.extend(text);
    element
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A small profile, with texts in every place that has room for one.
    pub(crate) fn talkative(version: u8, text: &str) -> Vec<u8> {
        let mut header = vec![0; HEADER];
        header[8] = version;
        header[12..24].copy_from_slice(b"mntrRGB XYZ ");
        header[36..40].copy_from_slice(b"acsp");
        for at in [4, 48, 52, 80] {
            header[at..at + 4].copy_from_slice(&text.as_bytes()[..4]);
        }
        let text = text.as_bytes();
        let curve = [&b"curv\0\0\0\0\0\0\0\x01\x02\x33"[..], text].concat();
        let xyz = [
            &b"XYZ "[..],
            &text[..4],
            &[0, 0, 0x6f, 0xa2, 0, 0, 0x38, 0xf5, 0, 0, 3, 0x90][..],
            text,
        ]
        .concat();
        let tags = [
            (*b"desc", [b"desc\0\0\0\0", text].concat()),
            (*b"priv", text.to_vec()),
            (*b"rXYZ", xyz),
            (*b"rTRC", curve.clone()),
            (*b"gTRC", curve),
        ];
        let mut profile = assembled(&header, &tags);
        profile[48..52].copy_from_slice(&text[..4]);
        profile.extend_from_slice(text);
        profile
    }

    fn has(bytes: &[u8], text: &str) -> bool {
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }

    #[test]
    fn a_profile_keeps_its_colours_and_not_a_word() {
        for version in [2, 4] {
            let profile = talkative(version, "silver hair");
            let plain = plain(&profile).unwrap();
            assert!(has(&profile, "silver") && !has(&plain, "silv"), "{version}");
            assert!(has(&plain, "rXYZ") && has(&plain, "gTRC") && !has(&plain, "priv"));
            assert!(has(&plain, "\0\0\x6f"));
            assert_eq!(super::plain(&plain).as_deref(), Some(&plain[..]), "{version}");
            assert_eq!(plain.len() as u32, u32::from_be_bytes(plain[..4].try_into().unwrap()));
        }
    }

    #[test]
    fn what_is_no_profile_is_none() {
        let sound = talkative(4, "silver hair");
        assert_eq!(plain(b""), None);
        assert_eq!(plain(&[0; 200]), None);
        for length in 0..sound.len() - "silver hair".len() - 4 {
            assert_eq!(plain(&sound[..length]), None, "{length}");
        }
    }

    proptest! {
        #[test]
        fn no_damage_is_too_odd(at in any::<prop::sample::Index>(), to in any::<u8>(), version in 2..5_u8) {
            let mut profile = talkative(version, "silver hair");
            let at = at.index(profile.len());
            profile[at] = to;
            if let Some(once) = plain(&profile) {
                prop_assert_eq!(plain(&once), Some(once));
            }
        }
    }
}
