//! waifu2x's `upconv_7_anime_style_art_rgb`: six convolutions that narrow the picture by a pixel at each side, and a last
//! one that makes it twice as large.
//!
//! The weights lie beside, with their notice and the script that made them. They are unpacked when they are first used,
//! and stay.

use std::sync::OnceLock;

use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::NdTensorView;

use crate::layers::Layer;
use crate::winograd::Convolution;

/// Pixels at each side that a result has to know of the picture around it.
pub(crate) const MARGIN: usize = 7;

/// Inputs and outputs of the convolutions. `../weights/make.py` has the same table.
const CONVOLUTIONS: [(usize, usize); 6] = [(3, 16), (16, 32), (32, 64), (64, 128), (128, 128), (128, 256)];
/// Inputs, outputs and the side of the kernel of the last layer, which puts two pixels where there was one.
const LAST: (usize, usize, usize) = (256, 3, 4);
/// How far into its result the last layer's first kernel begins.
const CUT: usize = 3;

/// By noise: none, 0, 1, 2, 3.
const WEIGHTS: [&[u8]; 5] = [
    include_bytes!("../weights/none.bin"),
    include_bytes!("../weights/noise0.bin"),
    include_bytes!("../weights/noise1.bin"),
    include_bytes!("../weights/noise2.bin"),
    include_bytes!("../weights/noise3.bin"),
];

/// A network with its weights.
pub(crate) struct Network {
    convolutions: Vec<Convolution>,
    /// A row for each input: what it is spread to, `[output][row][column]`.
    last: PackedBMatrix<f32>,
    bias: Vec<f32>,
}

/// The network that takes so much noise away, of 0 to 3; with nothing it takes none.
pub(crate) fn network(noise: Option<u8>) -> &'static Network {
    static NETWORKS: [OnceLock<Network>; WEIGHTS.len()] = [const { OnceLock::new() }; WEIGHTS.len()];
    let which = noise.map_or(0, |noise| usize::from(noise) + 1).min(WEIGHTS.len() - 1);
    NETWORKS[which].get_or_init(|| Network::read(WEIGHTS[which]))
}

impl Network {
    fn read(mut bytes: &[u8]) -> Self {
        let convolutions = CONVOLUTIONS
            .iter()
            .map(|&(inputs, outputs)| {
                let weights = halves(&mut bytes, inputs * outputs * 9);
                Convolution::new(inputs, outputs, &weights, singles(&mut bytes, outputs))
            })
            .collect();
        let (inputs, outputs, side) = LAST;
        let weights = halves(&mut bytes, inputs * outputs * side * side);
        let spread = NdTensorView::from_data([inputs, outputs * side * side], weights.as_slice());
        Self {
            convolutions,
            last: GemmExecutor::<f32>::new().prepack_b(spread),
            bias: singles(&mut bytes, outputs),
        }
    }

    /// The picture twice as large, without its [`MARGIN`]. Whatever it says once `stopped` says true is worth nothing.
    pub(crate) fn run(&self, picture: Layer, stopped: &(dyn Fn() -> bool + Sync)) -> Layer {
        let narrowed = self
            .convolutions
            .iter()
            .fold(picture, |layer, convolution| convolution.run(&layer, stopped));
        self.spread(&narrowed)
    }

    /// The last layer: each pixel is multiplied with kernels of 4 × 4, and these are laid over each other two apart.
    fn spread(&self, from: &Layer) -> Layer {
        let (inputs, outputs, side) = LAST;
        let spread = outputs * side * side;
        let mut products = vec![0.0_f32; from.height * from.width * spread];
        let rows = products.par_chunks_mut(from.width * spread);
        rows.zip(from.values.par_chunks(from.width * inputs)).for_each_init(
            GemmExecutor::<f32>::new,
            |gemm, (to, row)| {
                let row = GemmInputA::Unpacked(NdTensorView::from_data([from.width, inputs], row));
                let done = gemm.gemm(to, row, GemmInputB::Packed(&self.last), GemmOptions::default());
                done.expect("the two were made for each other");
            },
        );
        let twice = |side: usize| 2 * side + 2 - 2 * CUT;
        let mut to = Layer::empty(outputs, twice(from.width), twice(from.height));
        for (place, value) in to.values.iter_mut().enumerate() {
            let (pixel, output) = (place / outputs, place % outputs);
            let (x, y) = (pixel % twice(from.width) + CUT, pixel / twice(from.width) + CUT);
            *value = self.bias[output];
            // Every other row and column of the kernels reaches this pixel.
            for ky in [y % 2, y % 2 + 2] {
                for kx in [x % 2, x % 2 + 2] {
                    let pixel = (y - ky) / 2 * from.width + (x - kx) / 2;
                    *value += products[pixel * spread + (output * side + ky) * side + kx];
                }
            }
        }
        to
    }
}

fn halves(bytes: &mut &[u8], count: usize) -> Vec<f32> {
    let (these, rest) = bytes.split_at(2 * count);
    *bytes = rest;
    let (pairs, _) = these.as_chunks();
    pairs.iter().map(|pair| half(u16::from_le_bytes(*pair))).collect()
}

fn singles(bytes: &mut &[u8], count: usize) -> Vec<f32> {
    let (these, rest) = bytes.split_at(4 * count);
    *bytes = rest;
    let (fours, _) = these.as_chunks();
    fours.iter().map(|four| f32::from_le_bytes(*four)).collect()
}

/// A float of 16 bits, by the way of one whose exponent is too small by 2¹¹². There are no infinite weights.
fn half(bits: u16) -> f32 {
    const TWO_TO_112: f32 = f32::from_bits((127 + 112) << 23);
    let size = f32::from_bits(u32::from(bits & 0x7fff) << 13) * TWO_TO_112;
    if bits & 0x8000 == 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_of_16_bits_are_read() {
        for (bits, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (1, 5.960_464_5e-8),
            (0, 0.0),
        ] {
            assert!((half(bits) - value).abs() <= f32::EPSILON * f32::abs(value), "{bits:x}");
        }
    }

    #[test]
    fn every_file_has_the_weights_of_all_layers_and_nothing_else() {
        let (inputs, outputs, side) = LAST;
        let last = inputs * outputs * side * side * 2 + outputs * 4;
        let others: usize = CONVOLUTIONS
            .iter()
            .map(|(inputs, outputs)| inputs * outputs * 9 * 2 + outputs * 4)
            .sum();
        for weights in WEIGHTS {
            assert_eq!(weights.len(), others + last);
        }
    }

    #[test]
    fn a_grey_picture_stays_grey_at_twice_its_size() {
        let mut grey = Layer::empty(3, 9 + 2 * MARGIN, 4 + 2 * MARGIN);
        grey.values.fill(0.5);
        for noise in [None, Some(0), Some(1), Some(2), Some(3)] {
            let picture = Layer {
                values: grey.values.clone(),
                ..grey
            };
            let larger = network(noise).run(picture, &|| false);
            assert_eq!((larger.channels, larger.width, larger.height), (3, 18, 8));
            assert!(
                larger.values.iter().all(|value| (value - 0.5).abs() < 0.02),
                "{noise:?}"
            );
        }
    }
}
