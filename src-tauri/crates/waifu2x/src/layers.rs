//! What the layers of the network hand on to each other.

/// Numbers in rows, of each row one pixel after another, of each pixel one channel after another: what is done to a
/// pixel is done to a piece of memory, and a few rows are one piece of memory too.
pub(crate) struct Layer {
    pub(crate) channels: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) values: Vec<f32>,
}

impl Layer {
    /// All 0.
    pub(crate) fn empty(channels: usize, width: usize, height: usize) -> Self {
        Self {
            channels,
            width,
            height,
            values: vec![0.0; channels * width * height],
        }
    }

    /// The channels of a pixel, where there is one.
    pub(crate) fn pixel(&self, x: usize, y: usize) -> Option<&[f32]> {
        let inside = x < self.width && y < self.height;
        inside.then(|| &self.values[(y * self.width + x) * self.channels..][..self.channels])
    }
}
