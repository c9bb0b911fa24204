//! Work on finished pictures: what the director tools and their older relatives do here, in plain arithmetic.
//!
//! None of it is a model. It does what the names of the tools say well enough to learn with: line art has lines, a
//! background goes away, a mood can be seen. Lengths are in units of the picture's own size, so that a large picture
//! and a small one look the same, and the same picture always gives the same result.

pub(crate) mod clean;
pub(crate) mod cutout;
pub(crate) mod enlarge;
pub(crate) mod figure;
mod islands;
pub(crate) mod lines;
pub(crate) mod maps;
mod palette;
mod photo;
mod plane;
pub(crate) mod segments;
pub(crate) mod tones;

pub(crate) use photo::Photo;
pub(crate) use plane::Plane;
