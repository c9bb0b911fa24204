//! Taking a picture's background away.

use super::{Photo, Plane, figure::figure, photo::byte, plane::smooth};

/// A picture without what is behind it.
pub(crate) struct Cutout {
    /// The picture as it was, cut along the mask.
    pub(crate) masked: Photo,
    /// The figure made anew: what shone through at its edge is gone.
    pub(crate) generated: Photo,
    /// The first inside, the second along the edge.
    pub(crate) blend: Photo,
}

pub(crate) fn cut_out(photo: &Photo) -> Cutout {
    let mask = figure(photo);
    let inside = mask
        .map(|mask| smooth(0.85, 1.0, mask))
        .least((1.5 * photo.unit()).ceil() as usize);
    // The figure's own colours, carried out over its edge.
    let reach = 7.0 * photo.unit();
    let weight = inside.blur(reach);
    let own: Vec<Plane> = (0..3)
        .map(|index| {
            photo
                .channel(index)
                .zip(&inside, |value, inside| value * inside)
                .blur(reach)
                .zip(&weight, |sum, weight| sum / weight.max(1e-4))
        })
        .collect();
    let with = |alpha: &dyn Fn(usize) -> f32, share: &dyn Fn(usize) -> f32| {
        let mut out = photo.recoloured(|place, colour| {
            // Where the figure is thin there are no colours to carry out.
            let share = share(place) * smooth(0.05, 0.3, weight.values[place]);
            [0, 1, 2].map(|part| colour[part] + (own[part].values[place] - colour[part]) * share)
        });
        for (place, pixel) in out.rgba.iter_mut().enumerate() {
            pixel[3] = byte(alpha(place));
            if pixel[3] == 0 {
                *pixel = [0; 4];
            }
        }
        out
    };
    Cutout {
        masked: with(&|place| mask.values[place], &|_| 0.0),
        generated: with(&|place| smooth(0.25, 0.9, mask.values[place]), &|place| {
            0.12 + 0.88 * (1.0 - inside.values[place])
        }),
        blend: with(&|place| mask.values[place], &|place| 1.0 - inside.values[place]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_before_a_plain_ground_is_found() {
        let inside = |x: usize, y: usize| x.abs_diff(80) < 30 && y > 40;
        let rgba = (0..160 * 200).map(|place| {
            let (x, y) = (place % 160, place / 160);
            let shade = (y / 4) as u8;
            if inside(x, y) {
                [200, 90 + shade, 60, 255]
            } else {
                [90, 120 + shade, 190, 255]
            }
        });
        let photo = Photo {
            width: 160,
            height: 200,
            rgba: rgba.collect(),
        };
        let cutout = cut_out(&photo);
        for picture in [&cutout.masked, &cutout.generated, &cutout.blend] {
            let wrong = picture
                .rgba
                .iter()
                .enumerate()
                .filter(|(place, pixel)| (pixel[3] > 127) != inside(place % 160, place / 160))
                .count();
            assert!(wrong < 160 * 200 / 40, "{wrong} pixels are wrong");
        }
        assert_eq!(cutout.masked.rgba[0], [0; 4]);
    }
}
