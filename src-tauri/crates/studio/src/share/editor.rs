//! Which program pictures are edited in. It has a file of its own: settings come from the page, and a page must not be
//! able to say what is started.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::disk::off_thread;
use crate::door::Studio;
use crate::error::Error;
use crate::generations::{Generations, parse_json};

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Editor {
    program: Option<PathBuf>,
}

fn file(data: &Path) -> Generations<Editor> {
    Generations::in_folder(data, "editor", parse_json)
}

impl Studio {
    /// The editor that was chosen; none for the system's program.
    pub async fn editor(&self) -> Option<PathBuf> {
        let data = self.shared().folders.data.clone();
        off_thread(move || file(&data).load().unwrap_or_default().program).await
    }

    /// Keeps the choice of an editor.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn set_editor(&self, program: Option<PathBuf>) -> Result<(), Error> {
        let data = self.shared().folders.data.clone();
        off_thread(move || file(&data).save(&Editor { program })).await
    }
}
