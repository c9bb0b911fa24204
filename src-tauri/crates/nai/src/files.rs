//! Reading what the person names: pictures, requests, standard input.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use bytes::Bytes;
use novelai::prepare;
use novelai::request::Size;

use crate::error::Error;

/// No picture that can be sent is as large as this.
const LONGEST: u64 = 256 * 1024 * 1024;

/// The bytes of a file, or of standard input where it is called `-`.
pub(crate) fn read(path: &Path) -> Result<Bytes, Error> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
    };
    match read {
        Ok(_) if bytes.len() as u64 > LONGEST => {
            Err(Error::files(format!("{} is too large to be sent.", path.display())))
        }
        Ok(_) => Ok(bytes.into()),
        Err(error) => Err(Error::files(format!("{} can't be read: {error}.", path.display()))),
    }
}

/// The size of a picture, from its header.
pub(crate) fn picture_size(path: &Path, bytes: &[u8]) -> Result<Size, Error> {
    prepare::size(bytes)
        .map_err(|refusal| Error::files(format!("{} is no picture that can be sent: {refusal}", path.display())))
}

/// The text of a file, or of standard input where it is called `-`.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    String::from_utf8(read(path)?.into()).map_err(|_| Error::files(format!("{} is no text in UTF-8.", path.display())))
}

/// The name of a file without its folder and extension, for naming what is made of it.
pub(crate) fn stem(path: &Path) -> String {
    match path.file_stem() {
        Some(stem) if path != Path::new("-") => stem.to_string_lossy().replace(['{', '}'], "_"),
        _ => "picture".to_owned(),
    }
}
