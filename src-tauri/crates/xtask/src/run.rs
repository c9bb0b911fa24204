//! `cargo xtask run`: from a fresh clone to an open window.

use std::process::Command;

use anyhow::Result;

use crate::display::{self, Display};
use crate::{setup, shell, ui};

/// Sets everything up, builds, and opens the app. Ends when its window is closed.
pub(crate) fn run(headless: bool, arguments: &[String]) -> Result<()> {
    let headless = headless || !display::is_there();
    shell::heading("1 of 4: what the machine needs");
    setup::run(if headless {
        setup::For::Headless
    } else {
        setup::For::Building
    })?;
    shell::heading("2 of 4: the page");
    ui::install()?;
    ui::build()?;
    shell::heading("3 of 4: the app (the first time takes about ten minutes on two cores)");
    shell::run(shell::cargo().args(["build", "--package", "atelier"]))?;
    shell::heading("4 of 4: the window");
    let mut app = Command::new(shell::built("debug")?.join("atelier"));
    app.args(arguments);
    if !headless {
        println!("Atelier is opening. Close its window, or press Ctrl+C here, to end it.");
        return shell::run(&mut app);
    }
    let display = Display::start()?;
    println!(
        "There is no display here, so Atelier opens on a virtual one, {name}. Look at it with\n    \
         DISPLAY={name} xwd -root    (or any VNC server for X)\nPress Ctrl+C to end it.",
        name = display.name()
    );
    shell::run(display.lend(&mut app))
}
