//! What the layers of the network hand on to each other.

/// Numbers in rows, of each row one pixel after another, of each pixel one channel after another: what is done to a
/// pixel is done to a piece of memory, and a few rows are one piece of memory too.
pub(super) struct Layer {
    pub(super) channels: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

impl Layer {
    /// All 0.
    pub(super) fn empty(channels: usize, width: usize, height: usize) -> Self {
        Self {
            channels,
            width,
            height,
            values: vec![0.0; channels * width * height],
        }
    }

    /// The channels of a pixel, where there is one.
    pub(super) fn pixel(&self, x: usize, y: usize) -> Option<&[f32]> {
        let inside = x < self.width && y < self.height;
        inside.then(|| &self.values[(y * self.width + x) * self.channels..][..self.channels])
    }
}
