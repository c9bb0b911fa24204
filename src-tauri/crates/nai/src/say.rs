//! Standard output, which may be closed before we have said everything (`nai models | head`).

use std::fmt::Display;
use std::io::{self, Write as _};

use serde::Serialize;

use crate::error::{Error, Kind};

/// One line of text.
pub(crate) fn line(text: impl Display) -> Result<(), Error> {
    write(&format!("{text}\n"))
}

/// JSON for people who look at it and programs that read it: indented.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value).map_err(|error| unprintable(&error))?;
    line(text)
}

/// JSON on one line.
pub(crate) fn json_line(value: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string(value).map_err(|error| unprintable(&error))?;
    line(text)
}

fn unprintable(error: &serde_json::Error) -> Error {
    Error::new(Kind::Internal, format!("The answer could not be printed: {error}."))
}

fn write(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Error::unread()),
        Err(error) => Err(Error::files(format!("Standard output can't be written to: {error}."))),
    }
}

/// A line for the person beside the answer, on standard error.
pub(crate) fn note(text: impl Display) {
    eprintln!("{text}");
}
