//! What stands on near ground, and what frames the picture.

use super::{buildings::torii, land, plants, trees};
use super::{
    canvas::Canvas,
    colour::{WHITE, blend, scale},
    maths::{Rng, mix},
    scene::{Place, Scene, Thing},
    shape::Path,
};

/// What stands on near ground: a tree, a gate, flowers, a blossoming branch.
pub(super) fn near(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "near");
    let (wide, high) = (canvas.wide(), canvas.high());
    let away = if scene.light_at.0 > wide * 0.5 {
        rng.range(0.14, 0.3)
    } else {
        rng.range(0.7, 0.86)
    };
    let foot = |x: f32| plants::ground_line(scene, high, x) + 0.02;
    if scene.has(Thing::Torii) {
        let x = wide * 0.5;
        torii(canvas, scene, x, foot(x) + 0.05, 0.42);
    }
    if scene.place == Place::Meadow && (scene.has(Thing::Blossom) || scene.has(Thing::Autumn) || rng.chance(0.72)) {
        let x = wide * away;
        trees::tree(canvas, scene, x, foot(x), rng.range(0.5, 0.68), 1);
    }
    if scene.place == Place::Mountains && !scene.has(Thing::Torii) {
        grove(canvas, scene, foot, &mut rng);
    }
    if scene.place != Place::Desert
        && scene.place != Place::Forest
        && !scene.winter
        && (scene.has(Thing::Flowers) || scene.place == Place::Meadow)
    {
        plants::flowers(canvas, scene);
    }
    frame(canvas, scene);
}

/// Pines left and right, so that the eye goes between them.
fn grove(canvas: &mut Canvas, scene: &Scene, foot: impl Fn(f32) -> f32, rng: &mut Rng) {
    let wide = canvas.wide();
    let colour = scale(blend(scene.palette.near, scene.palette.ground, 0.25), 0.8);
    for side in [0.0, 1.0] {
        let count = 4 + rng.below(4);
        for place in (0..count).rev() {
            let inward = place as f32 * 0.055 + rng.range(-0.02, 0.03);
            let x = if side < 0.5 {
                inward - 0.02
            } else {
                wide - inward + 0.02
            };
            let size = mix(0.62, 0.2, place as f32 / count as f32) * rng.range(0.8, 1.15);
            let shade = blend(colour, scene.palette.haze, 0.03 * place as f32);
            land::pine(canvas, x, foot(x) + 0.03, size, shade, rng);
            if scene.winter {
                dust(canvas, x, foot(x) + 0.03, size, rng, scene);
            }
        }
    }
}

/// Snow on the boughs of a pine.
fn dust(canvas: &mut Canvas, x: f32, foot: f32, size: f32, rng: &mut Rng, scene: &Scene) {
    let snow = blend(WHITE, scene.palette.sky[3], 0.25 + 0.4 * scene.palette.darkness);
    for _ in 0..46 {
        let t = rng.unit();
        let y = foot - size * (1.0 - t * 0.94);
        let reach = size * 0.19 * t;
        canvas.fill(
            &Path::ellipse(
                x + rng.range(-reach, reach),
                y,
                size * 0.02 * (0.3 + t),
                size * 0.006,
                rng.range(-0.4, 0.4),
            ),
            snow,
            0.85,
        );
    }
}

/// A branch before everything, where blossoms or leaves are wished for.
pub(super) fn frame(canvas: &mut Canvas, scene: &Scene) {
    if scene.has(Thing::Blossom) || (scene.has(Thing::Autumn) && scene.place != Place::Forest) {
        trees::branch(canvas, scene);
    }
}
