//! What people wear and carry, seen from behind.

use super::{Pen, SKIN};
use crate::painter::{
    colour::{WHITE, blend, hex, luma, scale},
    maths::{Rng, mix},
    scene::{Person, Scene, Trait},
    shape::Path,
};

pub(super) fn legs(pen: &mut Pen<'_>, person: &Person, rng: &mut Rng) {
    let bare = person.girl && !person.with(Trait::Trousers);
    let cloth = if person.with(Trait::Trousers) || !person.girl {
        blend(scale(person.clothes, 0.4), hex(0x2b3040), 0.6)
    } else {
        SKIN
    };
    let shoe = hex(0x3a2c2c);
    let stocking = rng.chance(0.45);
    for way in [-1.0, 1.0] {
        let (hip, knee, ankle) = (way * 0.036, way * 0.037, way * 0.033);
        let wide = if bare { 1.0 } else { 1.25 };
        pen.stroke(
            &[
                (hip, -0.5, 0.036 * wide),
                (knee, -0.28, 0.0245 * wide),
                (knee, -0.2, 0.0245 * wide),
                (ankle, -0.03, 0.0145 * wide),
            ],
            cloth,
        );
        if bare && stocking {
            pen.stroke(
                &[(knee, -0.31, 0.0255), (knee, -0.2, 0.025), (ankle, -0.03, 0.0155)],
                hex(0x2a2836),
            );
        }
        let mut foot = Path::at(ankle - 0.017, -0.05);
        foot.line(ankle + 0.017, -0.05);
        foot.bend(
            (ankle + 0.024, -0.02),
            (ankle + 0.026 + way * 0.008, 0.004),
            (ankle + way * 0.01, 0.006),
        );
        foot.bend(
            (ankle - 0.026 + way * 0.008, 0.004),
            (ankle - 0.024, -0.02),
            (ankle - 0.017, -0.05),
        );
        pen.body(&foot, shoe, 0.0);
    }
}

pub(super) fn clothes(pen: &mut Pen<'_>, scene: &Scene, person: &Person, wind: f32, rng: &mut Rng) {
    let main = person.clothes;
    let pale = blend(main, WHITE, 0.82);
    let kimono = person.with(Trait::Kimono);
    let coat = person.with(Trait::Coat) || (!person.girl && !kimono && (scene.winter || rng.chance(0.5)));
    let uniform = person.with(Trait::Uniform);
    let dress =
        person.girl && !coat && !kimono && !uniform && !person.with(Trait::Trousers) && !person.with(Trait::Skirt)
            || person.with(Trait::Dress);
    let top = if dress || coat || kimono {
        main
    } else if uniform {
        hex(0xf4f4f8)
    } else {
        pale
    };
    let half = if person.girl { 0.078 } else { 0.098 };
    let sleeve = if dress && !scene.winter { SKIN } else { top };
    let sleeves = if kimono {
        0.052
    } else if coat {
        0.028
    } else {
        0.021
    };
    for way in [-1.0, 1.0] {
        // The hands are folded in front, where they can't be seen.
        let out = if kimono { 0.13 } else { half + 0.03 };
        let elbow = -0.655 + rng.range(-0.008, 0.008);
        pen.stroke(
            &[
                (way * (half - 0.016), -0.812, 0.024),
                (way * (half + 0.008), -0.74, sleeves * 1.06),
                (way * out, elbow, sleeves),
                (
                    way * (out - 0.022),
                    elbow + 0.05,
                    sleeves * if kimono { 1.5 } else { 0.92 },
                ),
                (
                    way * (out - 0.08),
                    elbow + 0.075,
                    sleeves * if kimono { 1.6 } else { 0.8 },
                ),
            ],
            sleeve,
        );
        if dress && !scene.winter {
            pen.stroke(
                &[
                    (way * (half - 0.018), -0.818, 0.024),
                    (way * (half + 0.006), -0.752, 0.027),
                ],
                top,
            );
        }
    }
    if let Some((hem, flare, drop)) = if kimono {
        Some((-0.045, 0.078, 0.0))
    } else if coat {
        Some((-0.3, 0.1, 0.02))
    } else if dress {
        Some((-0.22, 0.175, 0.05))
    } else if person.girl && !person.with(Trait::Trousers) {
        Some((-0.36, 0.128, 0.02))
    } else {
        None
    } {
        let sway = wind * drop;
        let waist = -0.62;
        let mut path = Path::at(-0.05, waist);
        path.line(0.05, waist);
        path.bend(
            (0.075, waist + 0.07),
            (flare * 0.86 + sway * 0.5, hem - 0.12),
            (flare + sway, hem - 0.012),
        );
        // A hem in waves.
        let waves = 5;
        let (from, to) = (flare + sway, -flare + sway);
        for wave in 0..waves {
            let (a, b) = (wave as f32 / waves as f32, (wave + 1) as f32 / waves as f32);
            let low = hem + if kimono { 0.0 } else { 0.02 };
            path.bend(
                (mix(from, to, mix(a, b, 0.3)), low),
                (mix(from, to, mix(a, b, 0.7)), low),
                (mix(from, to, b), hem - 0.008),
            );
        }
        path.bend(
            (-flare * 0.86 + sway * 0.5, hem - 0.12),
            (-0.075, waist + 0.07),
            (-0.05, waist),
        );
        pen.body(
            &path,
            if uniform { blend(main, hex(0x27304f), 0.5) } else { main },
            if kimono { 0.1 } else { 0.34 },
        );
    }
    let mut torso = Path::at(-0.024, -0.858);
    torso.line(0.024, -0.858);
    torso.bend((0.03, -0.835), (half * 0.9, -0.835), (half, -0.8));
    torso.bend((half * 0.86, -0.74), (0.054, -0.68), (0.051, -0.61));
    torso.bend((0.056, -0.56), (0.07, -0.53), (0.072, -0.5));
    torso.line(-0.072, -0.5);
    torso.bend((-0.07, -0.53), (-0.056, -0.56), (-0.051, -0.61));
    torso.bend((-0.054, -0.68), (-half * 0.86, -0.74), (-half, -0.8));
    torso.bend((-half * 0.9, -0.835), (-0.03, -0.835), (-0.024, -0.858));
    if dress || coat || kimono {
        // The skirt goes on from the waist.
        let mut upper = Path::at(-0.024, -0.858);
        upper.line(0.024, -0.858);
        upper.bend((0.03, -0.835), (half * 0.9, -0.835), (half, -0.8));
        upper.bend((half * 0.86, -0.74), (0.054, -0.68), (0.051, -0.6));
        upper.line(-0.051, -0.6);
        upper.bend((-0.054, -0.68), (-half * 0.86, -0.74), (-half, -0.8));
        upper.bend((-half * 0.9, -0.835), (-0.03, -0.835), (-0.024, -0.858));
        pen.body(&upper, top, 0.1);
    } else {
        pen.body(&torso, top, 0.1);
    }
    if kimono {
        let belt = blend(person.eyes, WHITE, 0.25);
        pen.body(&Path::rectangle(-0.057, -0.67, 0.057, -0.6), belt, 0.1);
        pen.body(&Path::ellipse(0.0, -0.64, 0.05, 0.036, 0.0), scale(belt, 0.88), 0.1);
        pen.body(
            &Path::ellipse(0.0, -0.64, 0.016, 0.042, 0.0),
            blend(belt, WHITE, 0.3),
            0.0,
        );
    } else if dress {
        let sash = blend(main, WHITE, 0.3);
        pen.body(&Path::rectangle(-0.052, -0.632, 0.052, -0.608), sash, 0.0);
        for way in [-1.0, 1.0] {
            pen.body(&Path::ellipse(way * 0.03, -0.62, 0.03, 0.014, way * 0.35), sash, 0.0);
            pen.stroke(
                &[
                    (0.0, -0.615, 0.004),
                    (way * 0.02 + wind * 0.01, -0.56, 0.008),
                    (way * 0.03 + wind * 0.03, -0.5, 0.006),
                ],
                sash,
            );
        }
    }
    if uniform {
        let collar = blend(main, hex(0x27304f), 0.5);
        pen.body(
            &Path::polygon(&[(-0.05, -0.845), (0.05, -0.845), (0.07, -0.755), (-0.07, -0.755)]),
            collar,
            0.0,
        );
        pen.stroke(&[(-0.064, -0.763, 0.0022), (0.064, -0.763, 0.0022)], WHITE);
    }
    if person.with(Trait::Cape) {
        let mut cape = Path::at(-0.06, -0.85);
        cape.line(0.06, -0.85);
        cape.bend((0.12, -0.7), (0.14 + wind * 0.06, -0.3), (0.16 + wind * 0.14, -0.12));
        cape.bend(
            (0.06 + wind * 0.14, -0.06),
            (-0.06 + wind * 0.14, -0.1),
            (-0.13 + wind * 0.12, -0.07),
        );
        cape.bend((-0.14 + wind * 0.04, -0.3), (-0.12, -0.7), (-0.06, -0.85));
        pen.body(&cape, scale(main, 0.8), 0.4);
    }
}

pub(super) fn scarf(pen: &mut Pen<'_>, person: &Person, wind: f32) {
    let colour = if luma(person.clothes) > 0.55 {
        hex(0xb8343c)
    } else {
        hex(0xf0e4d0)
    };
    pen.body(&Path::ellipse(0.0, -0.845, 0.056, 0.03, 0.0), colour, 0.3);
    pen.stroke(
        &[
            (wind * 0.03, -0.84, 0.018),
            (wind * 0.12, -0.83, 0.022),
            (wind * 0.21, -0.8, 0.024),
            (wind * 0.3, -0.83, 0.018),
        ],
        scale(colour, 0.94),
    );
}

pub(super) fn umbrella(pen: &mut Pen<'_>, person: &Person, rng: &mut Rng) {
    let colours = [0xd8404c, 0x3c6fd0, 0xf0c04a, 0xf4f4f4, 0x4aa58a].map(hex);
    let colour = if person.with(Trait::Umbrella) {
        rng.pick(&colours)
    } else {
        blend(rng.pick(&colours), WHITE, 0.1)
    };
    let (x, top) = (0.05, -1.22);
    pen.stroke(&[(x, -0.62, 0.004), (x, top, 0.004)], hex(0x3a3440));
    let mut dome = Path::at(x - 0.3, -1.0);
    dome.bend((x - 0.28, -1.2), (x - 0.12, top - 0.015), (x, top - 0.015));
    dome.bend((x + 0.12, top - 0.015), (x + 0.28, -1.2), (x + 0.3, -1.0));
    for rib in 0..4 {
        let (a, b) = (
            mix(x + 0.3, x - 0.3, rib as f32 / 4.0),
            mix(x + 0.3, x - 0.3, (rib + 1) as f32 / 4.0),
        );
        dome.curve((a + b) * 0.5, -1.045, b, -1.0);
    }
    pen.body(&dome, colour, 0.0);
    for rib in 1..4 {
        let foot = mix(x - 0.3, x + 0.3, rib as f32 / 4.0);
        pen.stroke(
            &[
                (x, top - 0.01, 0.0012),
                (mix(x, foot, 0.7), -1.14, 0.0015),
                (foot, -1.0, 0.001),
            ],
            scale(colour, 0.72),
        );
    }
}

pub(super) fn wings(pen: &mut Pen<'_>) {
    for way in [-1.0, 1.0] {
        for feather in 0..9 {
            let t = feather as f32 / 8.0;
            let (tip_x, tip_y) = (way * mix(0.42, 0.12, t * t), mix(-1.02, -0.42, t));
            pen.stroke(
                &[
                    (way * 0.03, -0.76, 0.014),
                    (way * mix(0.2, 0.06, t), mix(-0.92, -0.64, t), 0.03),
                    (tip_x, tip_y, 0.004),
                ],
                scale(hex(0xf6f8ff), mix(1.0, 0.84, t)),
            );
        }
    }
}
