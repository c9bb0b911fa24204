//! Colours borrowed from vibes and references: each brightness moves towards the colour that the other picture has
//! there.

use super::{
    colour::{Colour, luma, ramp},
    maths::mix,
};
use crate::guides::Guide;

/// How far a guide of full strength pulls.
const PULL: f32 = 0.62;

pub(super) fn tone(rgba: &mut [u8], guides: &[Guide]) {
    let mut pulls: Vec<(f32, [Colour; 3])> = guides
        .iter()
        .filter_map(|guide| {
            let tones = guide.tones?.map(|tone| tone.map(|part| f32::from(part) / 255.0));
            Some((guide.strength.clamp(-1.0, 1.0) * PULL, tones))
        })
        .collect();
    let total: f32 = pulls.iter().map(|(pull, _)| pull.abs()).sum();
    if total <= 0.0 {
        return;
    }
    for (pull, _) in &mut pulls {
        *pull *= (0.8 / total).min(1.0);
    }
    let kept = 1.0 - pulls.iter().map(|(pull, _)| pull).sum::<f32>();
    let added: Vec<Colour> = (0..=255)
        .map(|level| {
            let bright = f32::from(level as u8) / 255.0;
            let mut sum = [0.0; 3];
            for (pull, tones) in &pulls {
                let colour = ramp(tones, bright);
                // Half of the brightness is the guide's, half the picture's own.
                let lit = mix(1.0, bright / luma(colour).max(0.06), 0.5);
                for part in 0..3 {
                    sum[part] += colour[part] * lit * pull * 255.0;
                }
            }
            sum
        })
        .collect();
    for pixel in rgba.as_chunks_mut::<4>().0 {
        let bright = luma([0, 1, 2].map(|part| f32::from(pixel[part])));
        let added = added[bright as usize];
        for part in 0..3 {
            pixel[part] = (f32::from(pixel[part]) * kept + added[part] + 0.5).clamp(0.0, 255.0) as u8;
        }
    }
}
