//! Looking for a secret where it must not be.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The files below a folder that hold a text, as it is or in UTF-16, as web engines keep theirs.
pub fn places_of(text: &str, folder: &Path) -> Result<Vec<PathBuf>> {
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                // One that is gone by now holds nothing.
                let Ok(bytes) = fs::read(entry.path()) else { continue };
                if holds(&bytes, text.as_bytes()) || holds(&bytes, &wide) {
                    found.push(entry.path());
                }
            }
        }
    }
    Ok(found)
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_either_spelling_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("plain"), b"before pst-secret after").unwrap();
        let wide: Vec<u8> = "pst-secret".encode_utf16().flat_map(u16::to_le_bytes).collect();
        fs::write(folder.path().join("deep/wide"), wide).unwrap();
        fs::write(folder.path().join("other"), b"pst-secre").unwrap();
        let mut found = places_of("pst-secret", folder.path()).unwrap();
        found.sort();
        assert_eq!(found, [folder.path().join("deep/wide"), folder.path().join("plain")]);
    }
}
