//! Shared by the tests and benchmarks that cross the parts: the built app in a real window, driven from outside.
//!
//! [`Stage`] is where a test begins. It gives each test a home folder, a D-Bus session and, where asked, a keyring of its
//! own; starts the app there through the engine's own WebDriver; and when the test fails, shows what could be seen.
//! Nothing here sleeps for a guessed time: [`until`] asks again until something is so, or a limit is up.

mod app;
mod child;
pub mod desktop;
mod disk;
mod dragging;
pub mod hostile;
pub mod node;
mod page;
mod pictures;
pub mod python;
mod search;
mod session;
mod stage;
mod wait;

pub use app::{App, Start, built};
pub use child::Group;
pub use disk::{Bound, SmallDisk};
pub use dragging::Drag;
pub use page::Page;
pub use pictures::{pictures_in, sha256, text_chunks, two_colours};
pub use search::places_of;
pub use session::Session;
pub use stage::Stage;
pub use wait::{closed_port, until, until_within};
