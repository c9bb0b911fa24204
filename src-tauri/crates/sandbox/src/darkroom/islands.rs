//! Connected pieces of a mask.

/// One connected piece.
pub(super) struct Island {
    /// Indices of its pixels.
    pub(super) pixels: Vec<usize>,
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) right: usize,
    pub(super) bottom: usize,
}

impl Island {
    pub(super) fn width(&self) -> usize {
        self.right - self.left + 1
    }

    pub(super) fn height(&self) -> usize {
        self.bottom - self.top + 1
    }

    /// The share of its box that it fills.
    pub(super) fn density(&self) -> f32 {
        self.pixels.len() as f32 / (self.width() * self.height()) as f32
    }

    pub(super) fn touches_edge(&self, width: usize, height: usize) -> bool {
        self.left == 0 || self.top == 0 || self.right + 1 == width || self.bottom + 1 == height
    }
}

/// The pieces of what is true, by edges and corners, in the order of their first pixel.
pub(super) fn islands(mask: &[bool], width: usize, height: usize) -> Vec<Island> {
    let mut seen = vec![false; mask.len()];
    let mut found = Vec::new();
    let mut open = Vec::new();
    for start in 0..mask.len() {
        if !mask[start] || seen[start] {
            continue;
        }
        seen[start] = true;
        open.push(start);
        let mut island = Island {
            pixels: Vec::new(),
            left: width,
            top: height,
            right: 0,
            bottom: 0,
        };
        while let Some(place) = open.pop() {
            let (x, y) = (place % width, place / width);
            island.pixels.push(place);
            island.left = island.left.min(x);
            island.right = island.right.max(x);
            island.top = island.top.min(y);
            island.bottom = island.bottom.max(y);
            for y in y.saturating_sub(1)..(y + 2).min(height) {
                for x in x.saturating_sub(1)..(x + 2).min(width) {
                    let next = y * width + x;
                    if mask[next] && !seen[next] {
                        seen[next] = true;
                        open.push(next);
                    }
                }
            }
        }
        found.push(island);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_that_touch_by_a_corner_are_one() {
        #[rustfmt::skip]
        let mask = [
            true,  false, false, false, true,
            false, true,  false, false, false,
            false, false, false, false, true,
        ];
        let found = islands(&mask, 5, 3);
        let sizes: Vec<_> = found
            .iter()
            .map(|island| (island.pixels.len(), island.width(), island.height()))
            .collect();
        assert_eq!(sizes, [(2, 2, 2), (1, 1, 1), (1, 1, 1)]);
        assert!(found[0].touches_edge(5, 3));
        assert!((found[0].density() - 0.5).abs() < 1e-6);
    }
}
