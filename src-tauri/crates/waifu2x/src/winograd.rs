//! Convolutions of 3 × 3 without padding, by the way of Winograd: a square of 4 × 4 outputs costs 36 multiplications
//! for each pair of channels instead of 144. What is left of the work is multiplying matrices.
//!
//! Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015), F(4 × 4, 3 × 3): inputs of 6 × 6 are
//! transformed by B, kernels by G (once), their products back by A. What that loses of the numbers is far less than a
//! picture of 8 bits could show.

use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::NdTensorView;

use crate::layers::Layer;

/// Outputs of a square, at each side.
const SIDE: usize = 4;
/// Inputs that they come of, at each side.
const REACH: usize = SIDE + 2;
/// What a square is transformed to.
const PLACES: usize = REACH * REACH;
/// Rows of squares that are worked on at once: the transformed numbers of so many fit into the caches.
const STRIP: usize = 2;

/// A convolution and the bend behind it: what is below 0 counts a tenth.
pub(crate) struct Convolution {
    inputs: usize,
    outputs: usize,
    /// By place: `[input][output]`.
    kernels: Vec<PackedBMatrix<f32>>,
    bias: Vec<f32>,
}

impl Convolution {
    /// Of weights that are `[output][input][3][3]`.
    pub(crate) fn new(inputs: usize, outputs: usize, weights: &[f32], bias: Vec<f32>) -> Self {
        let gemm = GemmExecutor::<f32>::new();
        let mut places = vec![0.0; PLACES * inputs * outputs];
        for (pair, kernel) in weights.chunks_exact(9).enumerate() {
            let (output, input) = (pair / inputs, pair % inputs);
            for (place, value) in transformed(kernel).into_iter().enumerate() {
                places[(place * inputs + input) * outputs + output] = value;
            }
        }
        let kernels = places
            .chunks_exact(inputs * outputs)
            .map(|place| gemm.prepack_b(NdTensorView::from_data([inputs, outputs], place)))
            .collect();
        Self {
            inputs,
            outputs,
            kernels,
            bias,
        }
    }

    /// The next layer: two rows and two columns fewer. Whatever it says once `stopped` says true is worth nothing.
    pub(crate) fn run(&self, from: &Layer, stopped: &(dyn Fn() -> bool + Sync)) -> Layer {
        debug_assert_eq!(from.channels, self.inputs);
        let mut to = Layer::empty(self.outputs, from.width - 2, from.height - 2);
        let row = to.channels * to.width;
        let columns = to.width.div_ceil(SIDE);
        let strips = to.values.par_chunks_mut(STRIP * SIDE * row).enumerate();
        strips.for_each_init(
            || Desk::new(self, columns),
            |desk, (strip, rows)| {
                if !stopped() {
                    desk.work(self, from, strip * STRIP * SIDE, rows, row);
                }
            },
        );
        to
    }
}

/// G g Gᵀ.
fn transformed(kernel: &[f32]) -> [f32; PLACES] {
    fn by_g(a: f32, b: f32, c: f32) -> [f32; REACH] {
        let (even, odd) = ((a + c) / 6.0, b / 6.0);
        let (near, far) = (a / 24.0 + c / 6.0, b / 12.0);
        [a / 4.0, -even - odd, odd - even, near + far, near - far, c]
    }
    let columns: [[f32; REACH]; 3] = std::array::from_fn(|x| by_g(kernel[x], kernel[3 + x], kernel[6 + x]));
    let rows = std::array::from_fn::<_, REACH, _>(|y| by_g(columns[0][y], columns[1][y], columns[2][y]));
    std::array::from_fn(|place| rows[place / REACH][place % REACH])
}

/// Where one thread works on one strip after another. What has a place is `[square][channel]`.
struct Desk {
    gemm: GemmExecutor<f32>,
    /// Squares in a row.
    columns: usize,
    /// The transformed inputs, by place.
    given: Vec<Vec<f32>>,
    /// Their products with the kernels, by place.
    made: Vec<Vec<f32>>,
    /// One square, transformed in one direction.
    half: Vec<Vec<f32>>,
    /// A column of finished outputs.
    column: Vec<Vec<f32>>,
    /// What is beyond the edge.
    nothing: Vec<f32>,
}

impl Desk {
    fn new(layer: &Convolution, columns: usize) -> Self {
        let squares = STRIP * columns;
        let by_place = |length: usize| vec![vec![0.0; length]; PLACES];
        Self {
            gemm: GemmExecutor::new(),
            columns,
            given: by_place(squares * layer.inputs),
            made: by_place(squares * layer.outputs),
            half: by_place(layer.inputs.max(layer.outputs)),
            column: vec![vec![0.0; layer.outputs]; SIDE],
            nothing: vec![0.0; layer.inputs],
        }
    }

    /// Makes the rows of the next layer that begin at `top`.
    fn work(&mut self, layer: &Convolution, from: &Layer, top: usize, rows: &mut [f32], row: usize) {
        let squares = (rows.len() / row).div_ceil(SIDE) * self.columns;
        for square in 0..squares {
            let (x, y) = (square % self.columns * SIDE, square / self.columns * SIDE);
            self.take(from, x, top + y, square * layer.inputs);
        }
        for ((kernel, given), made) in layer.kernels.iter().zip(&self.given).zip(&mut self.made) {
            let given = NdTensorView::from_data([squares, layer.inputs], &given[..squares * layer.inputs]);
            let made = &mut made[..squares * layer.outputs];
            let (given, kernel) = (GemmInputA::Unpacked(given), GemmInputB::Packed(kernel));
            let done = self.gemm.gemm(made, given, kernel, GemmOptions::default());
            done.expect("the two were made for each other");
        }
        for square in 0..squares {
            let (x, y) = (square % self.columns * SIDE, square / self.columns * SIDE);
            self.put(
                layer,
                square * layer.outputs,
                &mut rows[y * row..],
                row,
                x * layer.outputs,
            );
        }
    }

    /// Bᵀ d B of the square at a place of the layer before, to `given`.
    fn take(&mut self, from: &Layer, left: usize, top: usize, at: usize) {
        let channels = from.channels;
        for x in 0..REACH {
            let pixels = std::array::from_fn(|y| from.pixel(left + x, top + y).unwrap_or(&self.nothing));
            by_b(pixels, some(&mut self.half[x * REACH..], 0, channels));
        }
        for y in 0..REACH {
            let half = std::array::from_fn(|x| &self.half[x * REACH + y][..channels]);
            by_b(half, some(&mut self.given[y * REACH..], at, channels));
        }
    }

    /// Aᵀ m A of a square of `made`, with bias and bend, to the rows from its first pixel on.
    fn put(&mut self, layer: &Convolution, at: usize, rows: &mut [f32], row: usize, left: usize) {
        let channels = layer.outputs;
        for y in 0..REACH {
            let made = std::array::from_fn(|x| &self.made[y * REACH + x][at..at + channels]);
            by_a(made, some(&mut self.half[y * SIDE..], 0, channels));
        }
        for x in 0..SIDE {
            let left = left + x * channels;
            if left >= row {
                break;
            }
            let half = std::array::from_fn(|y| &self.half[y * SIDE + x][..channels]);
            by_a(half, some(&mut self.column, 0, channels));
            for (to, column) in rows.chunks_mut(row).zip(&self.column) {
                let to = &mut to[left..left + channels];
                for ((to, value), bias) in to.iter_mut().zip(column).zip(&layer.bias) {
                    let value = value + bias;
                    *to = value.max(value * 0.1);
                }
            }
        }
    }
}

/// The same part of the first `N` of some lines.
fn some<const N: usize>(lines: &mut [Vec<f32>], at: usize, length: usize) -> [&mut [f32]; N] {
    let (lines, _) = lines
        .split_first_chunk_mut::<N>()
        .expect("there is a line for each place");
    lines.each_mut().map(|line| &mut line[at..at + length])
}

/// Bᵀ d, for all channels.
fn by_b([a, b, c, d, e, f]: [&[f32]; REACH], [r, s, t, u, v, w]: [&mut [f32]; REACH]) {
    let n = r.len();
    let (a, b, c, d, e, f) = (&a[..n], &b[..n], &c[..n], &d[..n], &e[..n], &f[..n]);
    let (s, t, u, v, w) = (&mut s[..n], &mut t[..n], &mut u[..n], &mut v[..n], &mut w[..n]);
    for i in 0..n {
        let (a, b, c, d, e, f) = (a[i], b[i], c[i], d[i], e[i], f[i]);
        let (even, odd) = (e - 4.0 * c, d - 4.0 * b);
        let (near, far) = (e - c, 2.0 * (d - b));
        r[i] = 4.0 * a - 5.0 * c + e;
        s[i] = even + odd;
        t[i] = even - odd;
        u[i] = near + far;
        v[i] = near - far;
        w[i] = 4.0 * b - 5.0 * d + f;
    }
}

/// Aᵀ m, for all channels.
fn by_a([a, b, c, d, e, f]: [&[f32]; REACH], [r, s, t, u]: [&mut [f32]; SIDE]) {
    let n = r.len();
    let (a, b, c, d, e, f) = (&a[..n], &b[..n], &c[..n], &d[..n], &e[..n], &f[..n]);
    let (s, t, u) = (&mut s[..n], &mut t[..n], &mut u[..n]);
    for i in 0..n {
        let (near, near_off) = (b[i] + c[i], b[i] - c[i]);
        let (far, far_off) = (d[i] + e[i], d[i] - e[i]);
        r[i] = a[i] + near + far;
        s[i] = near_off + 2.0 * far_off;
        t[i] = near + 4.0 * far;
        u[i] = near_off + 8.0 * far_off + f[i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum as it is defined.
    fn plain(from: &Layer, outputs: usize, weights: &[f32], bias: &[f32]) -> Layer {
        let mut to = Layer::empty(outputs, from.width - 2, from.height - 2);
        for (at, to_value) in to.values.iter_mut().enumerate() {
            let (output, pixel) = (at % outputs, at / outputs);
            let (x, y) = (pixel % to.width, pixel / to.width);
            let mut sum = bias[output];
            for place in 0..9 {
                let pixel = from.pixel(x + place % 3, y + place / 3).unwrap();
                for (input, value) in pixel.iter().enumerate() {
                    sum += value * weights[(output * from.channels + input) * 9 + place];
                }
            }
            *to_value = if sum < 0.0 { sum * 0.1 } else { sum };
        }
        to
    }

    fn numbers(count: usize, mut seed: u32) -> Vec<f32> {
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from(u16::try_from(seed >> 16).unwrap()) / 32_768.0 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn the_quick_way_gives_what_the_definition_says_at_every_size() {
        let sizes = [
            (3, 5, 3, 3),
            (3, 5, 4, 5),
            (2, 3, 13, 23),
            (5, 2, 20, 4),
            (1, 1, 6, 11),
            (4, 4, 10, 18),
        ];
        for (inputs, outputs, width, height) in sizes {
            let from = Layer {
                channels: inputs,
                width,
                height,
                values: numbers(inputs * width * height, 7),
            };
            let (weights, bias) = (numbers(inputs * outputs * 9, 1), numbers(outputs, 2));
            let quick = Convolution::new(inputs, outputs, &weights, bias.clone()).run(&from, &|| false);
            let plain = plain(&from, outputs, &weights, &bias);
            assert_eq!((quick.width, quick.height), (plain.width, plain.height));
            for (quick, plain) in quick.values.iter().zip(&plain.values) {
                assert!((quick - plain).abs() < 1e-4, "{width}×{height}: {quick} {plain}");
            }
        }
    }
}
