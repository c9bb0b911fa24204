//! With GTK, which Tauri is built on here. The `drag` crate is not used: it stops answering as soon as the button is let
//! go, and that is when most programs ask for the files.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use gtk::prelude::*;
use gtk::{TargetEntry, TargetFlags, TargetList, gdk, gdk_pixbuf};

const URIS: u32 = 0;
const FILES: u32 = 1;
const BITMAP: u32 = 2;

fn uri(file: &Path) -> Result<String, String> {
    let uri = tauri::Url::from_file_path(file).map_err(|()| format!("{} has no address", file.display()))?;
    Ok(uri.into())
}

/// Offers the file (`text/uri-list`, and what file managers want) and the bitmap (`image/png`) at once.
pub(super) fn copy(file: &Path, png: Vec<u8>) -> Result<(), String> {
    let uri = uri(file)?;
    let flags = TargetFlags::empty();
    let offered = [
        TargetEntry::new("text/uri-list", flags, URIS),
        TargetEntry::new("x-special/gnome-copied-files", flags, FILES),
        TargetEntry::new("image/png", flags, BITMAP),
    ];
    let clipboard = gtk::Clipboard::get(&gdk::SELECTION_CLIPBOARD);
    let taken = clipboard.set_with_data(&offered, move |_, selection, wanted| match wanted {
        URIS => {
            selection.set_uris(&[&uri]);
        }
        FILES => {
            let kind = gdk::Atom::intern("x-special/gnome-copied-files");
            selection.set(&kind, 8, format!("copy\n{uri}").as_bytes());
        }
        _ => selection.set(&gdk::Atom::intern("image/png"), 8, &png),
    });
    if taken {
        Ok(())
    } else {
        Err("GTK refused it".to_owned())
    }
}

thread_local! {
    /// What is dragged from: a widget that nobody sees, so that the page's own keeps its handlers to itself, and the
    /// addresses that are being dragged. It outlives each drag, because other programs ask for them after its end.
    static SOURCE: (gtk::Invisible, Rc<RefCell<Vec<String>>>) = source();
}

fn source() -> (gtk::Invisible, Rc<RefCell<Vec<String>>>) {
    let uris = Rc::new(RefCell::new(Vec::<String>::new()));
    let source = gtk::Invisible::new();
    let dragged = uris.clone();
    source.connect_drag_data_get(move |_, _, selection, _, _| {
        let uris = dragged.borrow();
        selection.set_uris(&uris.iter().map(String::as_str).collect::<Vec<_>>());
    });
    source.show();
    (source, uris)
}

/// Begins to drag files, with a small picture under the pointer.
pub(super) fn drag(files: &[PathBuf], small: &[u8]) -> Result<(), String> {
    let addresses: Vec<String> = files.iter().map(|file| uri(file)).collect::<Result<_, _>>()?;
    let offered = TargetList::new(&[TargetEntry::new("text/uri-list", TargetFlags::empty(), URIS)]);
    let begun = SOURCE.with(|(source, uris)| {
        uris.replace(addresses);
        source.drag_begin_with_coordinates(&offered, gdk::DragAction::COPY, 1, None, -1, -1)
    });
    let begun = begun.ok_or("GTK did not begin to drag")?;
    if let Some(small) = pixbuf(small) {
        begun.drag_set_icon_pixbuf(&small, 0, 0);
    }
    Ok(())
}

fn pixbuf(picture: &[u8]) -> Option<gdk_pixbuf::Pixbuf> {
    let loader = gdk_pixbuf::PixbufLoader::new();
    loader.write(picture).ok()?;
    loader.close().ok()?;
    loader.pixbuf()
}
