//! Other programs of the desktop, as the app meets them: one that takes what is dropped on it, and one that pastes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::json;

use crate::child::Group;
use crate::dragging::{pointer, python, window_called};
use crate::{App, Session, until};

/// A window that takes files as a file manager does, and notes what it sees and gets.
const TAKER: &str = r#"
import sys
import gi
gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk

def note(line):
    with open(sys.argv[2], "a") as notes:
        notes.write(line + "\n")

window = Gtk.Window(title=sys.argv[1])
window.set_default_size(140, 90)
window.set_keep_above(True)
area = Gtk.EventBox()
area.add(Gtk.Label(label="drop here"))
window.add(area)
area.drag_dest_set(Gtk.DestDefaults.ALL, [], Gdk.DragAction.COPY)
area.drag_dest_add_uri_targets()
area.connect("drag-motion", lambda *_: note("over"))
area.connect("drag-data-received", lambda _area, _context, _x, _y, data, _info, _time: [note(uri) for uri in data.get_uris()])
window.move(1600, 880)
window.show_all()
Gtk.main()
"#;

/// Takes notifications as a desktop does, and notes each.
const NOTICES: &str = r#"
import json
import sys
from gi.repository import Gio, GLib

INTERFACE = """<node><interface name="org.freedesktop.Notifications">
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/>
<arg type="i" direction="in"/><arg type="u" direction="out"/></method>
<method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/>
<arg type="s" direction="out"/><arg type="s" direction="out"/></method>
<method name="GetCapabilities"><arg type="as" direction="out"/></method>
</interface></node>"""

def note(told):
    with open(sys.argv[1], "a") as notes:
        notes.write(json.dumps(told) + "\n")

def called(connection, sender, path, interface, method, arguments, invocation):
    if method == "Notify":
        name, _id, _icon, summary, body, _actions, hints, _time = arguments.unpack()
        note({"name": name, "title": summary, "body": body, "picture": hints.get("image-path")})
        invocation.return_value(GLib.Variant("(u)", (1,)))
    elif method == "GetServerInformation":
        invocation.return_value(GLib.Variant("(ssss)", ("notes", "tests", "1", "1.2")))
    else:
        invocation.return_value(GLib.Variant("(as)", (["body"],)))

def on_bus(connection, name):
    node = Gio.DBusNodeInfo.new_for_xml(INTERFACE)
    connection.register_object("/org/freedesktop/Notifications", node.interfaces[0], called, None, None)

Gio.bus_own_name(Gio.BusType.SESSION, "org.freedesktop.Notifications", Gio.BusNameOwnerFlags.NONE, on_bus,
    lambda *_: note({"ready": True}), None)
GLib.MainLoop().run()
"#;

/// What another program shows when a notification comes.
#[derive(Debug, Deserialize)]
pub struct Notice {
    /// Who tells.
    pub name: String,
    /// The headline.
    pub title: String,
    /// What is told.
    pub body: String,
    /// The picture beside it.
    pub picture: Option<PathBuf>,
}

/// A program that takes notifications, as long as it is held.
#[derive(Debug)]
pub struct Notices {
    _taker: Group,
    notes: PathBuf,
}

impl Notices {
    /// Starts it on the bus of a session.
    pub async fn start(session: &Session) -> Result<Self> {
        let notes = session.home().join("notices.txt");
        let mut taker = python(NOTICES);
        session.enter(taker.arg(&notes));
        let taker = Group::start(&mut taker, &session.log())?;
        until("notifications to be taken", async || Ok(notes.exists().then_some(()))).await?;
        Ok(Self { _taker: taker, notes })
    }

    /// All that came.
    pub fn all(&self) -> Result<Vec<Notice>> {
        let notes = fs::read_to_string(&self.notes)?;
        // The first line says only that it listens.
        let lines = notes.lines().skip(1);
        lines
            .map(|line| serde_json::from_str(line).context("a notice"))
            .collect()
    }
}

/// Puts the window away, as a person does who has something else to do.
pub fn minimize(app: &App) -> Result<()> {
    pointer(&["windowminimize", &app.window()?])
}

/// Says what lies on the clipboard, and writes its bitmap to a file.
const PASTE: &str = r#"
import json
import sys
import gi
gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk

clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
bitmap = clipboard.wait_for_contents(Gdk.Atom.intern("image/png", False))
if bitmap is not None:
    with open(sys.argv[1], "wb") as file:
        file.write(bitmap.get_data())
uris = clipboard.wait_for_uris() or []
print(json.dumps({"uris": list(uris), "bitmap": bitmap is not None}))
"#;

/// Drags an element of the page out of the window and onto another program. Gives back the files that this one gets.
pub async fn dragged_out(app: &App, session: &Session, selector: &str) -> Result<Vec<PathBuf>> {
    const TITLE: &str = "a window that takes files";
    let notes = session.home().join("dropped.txt");
    let noted = || fs::read_to_string(&notes).unwrap_or_default();
    let _taker = Group::start(python(TAKER).arg(TITLE).arg(&notes), &session.log())?;
    let (there, here) = (window_called(TITLE).await?, app.window()?);
    let script = "
        const box = document.querySelector(arguments[0])?.getBoundingClientRect();
        return box && [box.left + box.width / 2, box.top + box.height / 2];";
    let place = app.page().run(script, vec![json!(selector)]).await?;
    let (Some(x), Some(y)) = (place[0].as_f64(), place[1].as_f64()) else {
        bail!("there is no {selector} to drag");
    };
    let to = |x: f64, y: f64| {
        pointer(&[
            "mousemove",
            "--window",
            &here,
            &x.round().to_string(),
            &y.round().to_string(),
        ])
    };
    to(x, y)?;
    pointer(&["mousedown", "1"])?;
    for step in 1..=6 {
        to(x - f64::from(step) * 4.0, y)?;
    }
    let mut at = 0;
    until("the other program to see what is dragged", async || {
        at = (at + 5) % 30;
        pointer(&["mousemove", "--window", &there, &(50 + at).to_string(), "40"])?;
        Ok(noted().contains("over").then_some(()))
    })
    .await?;
    pointer(&["mouseup", "1"])?;
    let uris = until("the other program to get files", async || {
        let uris: Vec<String> = noted()
            .lines()
            .filter(|line| *line != "over")
            .map(ToOwned::to_owned)
            .collect();
        Ok((!uris.is_empty()).then_some(uris))
    })
    .await?;
    uris.iter().map(|uri| file_of(uri)).collect()
}

/// What another program finds on the clipboard: the files, and the bitmap as a PNG of its own.
#[derive(Debug)]
pub struct Pasted {
    /// The files.
    pub files: Vec<PathBuf>,
    /// The bitmap.
    pub bitmap: Option<PathBuf>,
}

/// Pastes as another program would.
pub fn paste(session: &Session) -> Result<Pasted> {
    #[derive(Deserialize)]
    struct Told {
        uris: Vec<String>,
        bitmap: bool,
    }
    let bitmap = session.home().join("pasted.png");
    let told = python(PASTE).arg(&bitmap).output().context("could not paste")?;
    let told: Told =
        serde_json::from_slice(&told.stdout).with_context(|| String::from_utf8_lossy(&told.stderr).into_owned())?;
    Ok(Pasted {
        files: told.uris.iter().map(|uri| file_of(uri)).collect::<Result<_>>()?,
        bitmap: told.bitmap.then_some(bitmap),
    })
}

fn file_of(uri: &str) -> Result<PathBuf> {
    let url = url::Url::parse(uri).with_context(|| format!("{uri:?} is no address"))?;
    let path = url.to_file_path().ok().with_context(|| format!("{uri:?} is no file"))?;
    if !Path::new(&path).is_file() {
        bail!("{} is not there", path.display());
    }
    Ok(path)
}

/// A program that writes another picture over the file it is started with, as an editor does that saves.
pub fn editor_that_saves(session: &Session, picture: &Path) -> Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt;

    let program = session.home().join("editor.sh");
    fs::write(&program, format!("#!/bin/sh\ncp '{}' \"$1\"\n", picture.display()))?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    Ok(program)
}
