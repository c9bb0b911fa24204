use super::{canvas::Canvas, scene::Scene};
pub(super) fn paint(_canvas: &mut Canvas, _scene: &Scene) {}
