//! A drag from outside the app: a small window of another program that offers files, dragged with the real pointer of
//! the display. What arrives is what the desktop sends, and not what a driver makes up.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::child::Group;
use crate::{App, Page, Session, until};

/// A window that offers files as a file manager does.
const SOURCE: &str = r#"
import sys
import gi
gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk

uris = [GLib.filename_to_uri(path, None) for path in sys.argv[2:]]
window = Gtk.Window(title=sys.argv[1])
window.set_default_size(140, 90)
window.set_keep_above(True)
area = Gtk.EventBox()
area.add(Gtk.Label(label="files"))
window.add(area)
area.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
area.drag_source_add_uri_targets()
area.connect("drag-data-get", lambda _area, _context, data, _info, _time: data.set_uris(uris))
window.move(1600, 880)
window.show_all()
Gtk.main()
"#;

/// Files that the pointer holds. When this ends, the button is let go and the other window closed.
#[derive(Debug)]
pub struct Drag {
    window: String,
    _source: Group,
}

impl Drag {
    /// Drags files onto a zone and lets go of them there.
    pub async fn onto(app: &App, session: &Session, zone: &str, files: &[PathBuf]) -> Result<()> {
        let drag = Self::over(app, session, files).await?;
        drag.over_zone(app.page(), zone).await?;
        drag.drop_here(app.page()).await
    }

    /// Takes these files and moves them over the app's window, until the app shows that it has seen them.
    pub async fn over(app: &App, session: &Session, files: &[PathBuf]) -> Result<Self> {
        let title = format!("files to drag {}", files.len());
        let source = Group::start(python(SOURCE).arg(&title).args(files), &session.log())?;
        let other = window_called(&title).await?;
        let drag = Self {
            window: app.window()?,
            _source: source,
        };
        // The pointer has to be seen on the way: a drag begins with a small move, and goes on with more.
        pointer(&["mousemove", "--window", &other, "60", "40"])?;
        pointer(&["mousedown", "1"])?;
        for step in 1..=6 {
            let to = (60 - step * 8).to_string();
            pointer(&["mousemove", "--window", &other, &to, "40"])?;
        }
        let mut at = 0;
        until("the app to see what is dragged", async || {
            at = (at + 7) % 40;
            drag.to(20 + at, 20 + at)?;
            let seen = app
                .page()
                .run("return document.querySelector('[data-zone]') !== null", Vec::new());
            Ok((seen.await? == json!(true)).then_some(()))
        })
        .await?;
        Ok(drag)
    }

    /// Moves it over a zone, until the zone shows that it would take it.
    pub async fn over_zone(&self, page: &Page, zone: &str) -> Result<()> {
        let script = "
            const zone = document.querySelector(`[data-zone=\"${arguments[0]}\"]`);
            const box = zone?.getBoundingClientRect();
            return box && [box.left + box.width / 2, box.top + box.height / 2, zone.classList.contains('over')];";
        let mut nudge = 0;
        until(&format!("the zone “{zone}” to take it"), async || {
            let told = page.run(script, vec![json!(zone)]).await?;
            let (Some(x), Some(y)) = (told[0].as_f64(), told[1].as_f64()) else {
                bail!("there is no such zone");
            };
            if told[2] == json!(true) {
                return Ok(Some(()));
            }
            nudge = (nudge + 3) % 12;
            self.to(x as i64 + nudge, y as i64)?;
            Ok(None)
        })
        .await
    }

    /// Lets go of it, and waits until the app has what was dropped: only then may the other program end.
    pub async fn drop_here(self, page: &Page) -> Result<()> {
        pointer(&["mouseup", "1"])?;
        until("the app to take what was dropped", async || {
            let gone = page.run("return document.querySelector('[data-zone]') === null", Vec::new());
            Ok((gone.await? == json!(true)).then_some(()))
        })
        .await
    }

    fn to(&self, x: i64, y: i64) -> Result<()> {
        pointer(&["mousemove", "--window", &self.window, &x.to_string(), &y.to_string()])
    }
}

impl Drop for Drag {
    fn drop(&mut self) {
        // The display may be gone by then.
        let _ = pointer(&["mouseup", "1"]);
    }
}

/// A small program of the desktop, in Python with GTK (on Debian: `python3-gi` and `gir1.2-gtk-3.0`). Not by the first
/// `python3` of the path: the desktop's modules belong to the system's own.
pub(crate) fn python(program: &str) -> Command {
    let mut command = Command::new("/usr/bin/python3");
    command.args(["-c", program]).env("GDK_BACKEND", "x11");
    command
}

pub(crate) async fn window_called(title: &str) -> Result<String> {
    until("the other window", async || {
        let found = Command::new("xdotool")
            .args(["search", "--onlyvisible", "--name", title])
            .output()
            .context("xdotool is not there")?;
        let found = String::from_utf8_lossy(&found.stdout).into_owned();
        Ok(found.lines().next().map(ToOwned::to_owned))
    })
    .await
}

pub(crate) fn pointer(arguments: &[&str]) -> Result<()> {
    let status = Command::new("xdotool").args(arguments).status();
    if !status.context("xdotool is not there")?.success() {
        bail!("xdotool could not do {arguments:?}");
    }
    Ok(())
}
