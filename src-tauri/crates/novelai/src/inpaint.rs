//! A part of a picture painted anew at the size that suits the model: what is cut out and how large it is sent, which
//! cells of the mask are white, and how the answer is laid back so that nothing else changes.
//!
//! The service repaints whole cells of eight pixels of what it is sent, and decodes even what it should keep anew
//! (api.md 3.5). So the geometry is decided here, once ([`Frame`]), and everything that is shown before sending or
//! done after it follows from that one value. All of it works on pixels: call it where it may block.

mod blobs;
mod colours;
mod cut;
mod distance;
mod frame;
mod paste;
mod plane;

pub use blobs::{blobs, bounds};
pub use cut::{cells, cut, grown, mask_png};
pub use frame::{Detail, Frame, Rect, in_frame};
pub(crate) use paste::with_texts;
pub use paste::{Blend, Pasted, changed_outside, paste};
pub use plane::{Plane, grey_png};

/// The sides of a cell, in pixels of what is sent.
pub const CELL: u32 = 8;
