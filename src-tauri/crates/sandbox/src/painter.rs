//! stub
use crate::order::Order;
use std::sync::atomic::AtomicBool;
pub(crate) struct Painting {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rgba: Vec<u8>,
    pub(crate) opaque: bool,
}
impl Painting {
    pub(crate) fn paint(order: &Order, seed: u32, _stop: &AtomicBool) -> Option<Self> {
        let mut rgba = vec![255u8; (order.width * order.height * 4) as usize];
        for (i, p) in rgba.chunks_exact_mut(4).enumerate() {
            p[0] = (i as u32 % order.width / 4) as u8;
            p[1] = seed as u8;
            p[2] = (i as u32 / order.width / 8) as u8;
        }
        Some(Self {
            width: order.width,
            height: order.height,
            rgba,
            opaque: true,
        })
    }
}
pub(crate) struct Sketch(Painting);
impl Sketch {
    pub(crate) fn draw(order: &Order, seed: u32) -> Self {
        Self(Painting::paint(order, seed, &AtomicBool::new(false)).unwrap())
    }
}
#[derive(Clone, Copy)]
pub(crate) struct Preview;
impl Preview {
    pub(crate) fn at(_s: u32, _n: u32) -> Self {
        Self
    }
    pub(crate) fn needs_painting(self) -> bool {
        true
    }
    pub(crate) fn jpeg(self, s: &Sketch, _p: Option<&Painting>) -> Vec<u8> {
        let rgb: Vec<u8> = s.0.rgba.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        let mut out = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 80)
            .encode(&rgb, s.0.width, s.0.height, image::ExtendedColorType::Rgb8)
            .unwrap();
        out
    }
}
