//! Condition maps, as ControlNet's preprocessors make them (api.md 2.7): white on black, or flat colours.

use super::{Photo, Plane, figure::figure, plane::smooth, segments::segments};

/// What to map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Map {
    Hed,
    Midas,
    FakeScribble,
    Mlsd,
    Uniformer,
    Canny,
}

impl Map {
    pub(crate) fn find(name: &str) -> Option<Self> {
        match name {
            "hed" => Some(Self::Hed),
            "midas" => Some(Self::Midas),
            "fake_scribble" => Some(Self::FakeScribble),
            "mlsd" => Some(Self::Mlsd),
            "uniformer" => Some(Self::Uniformer),
            "canny" => Some(Self::Canny),
            _ => None,
        }
    }

    pub(crate) fn draw(self, photo: &Photo) -> Photo {
        let photo = photo.on_paper();
        match self {
            Self::Hed => Photo::grey(&soft_edges(&photo)),
            Self::Midas => Photo::grey(&depth(&photo)),
            Self::FakeScribble => Photo::grey(&scribble(&photo)),
            Self::Mlsd => Photo::grey(&segments(&photo)),
            Self::Uniformer => areas(&photo),
            Self::Canny => Photo::grey(&thin_edges(&photo)),
        }
    }
}

/// Edges as a soft glow, the clear ones brighter.
fn soft_edges(photo: &Photo) -> Plane {
    let unit = photo.unit();
    let edges = steepness(photo, 1.6 * unit).zip(&steepness(photo, 3.4 * unit), |fine, coarse| fine + 2.2 * coarse);
    let most = edges.quantile(0.985).max(0.02);
    edges.map(|edge| smooth(0.06, 1.0, edge / most)).blur(0.9 * unit)
}

/// How steep the steepest of the three colours is.
fn steepness(photo: &Photo, sigma: f32) -> Plane {
    let mut steepest = Plane::filled(photo.width, photo.height, 0.0);
    for channel in 0..3 {
        let (across, down) = photo.channel(channel).blur(sigma).slopes();
        steepest = steepest.zip(&across.zip(&down, f32::hypot), f32::max);
    }
    steepest
}

/// One-pixel edges, by the steepest places and what hangs together with them.
pub(super) fn thin_edges(photo: &Photo) -> Plane {
    let (across, down) = photo.luma().blur((1.3 * photo.unit()).max(0.8)).slopes();
    let steep = across.zip(&down, f32::hypot);
    let high = steep.quantile(0.93).max(0.012);
    let low = high * 0.45;
    let (width, height) = (steep.width, steep.height);
    let mut crest = Plane::filled(width, height, 0.0);
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let place = y * width + x;
            let (right, below) = (across.values[place], down.values[place]);
            let step = match (right.abs() > 2.4 * below.abs(), below.abs() > 2.4 * right.abs()) {
                (true, _) => 1,
                (_, true) => width,
                _ if right * below > 0.0 => width + 1,
                _ => width - 1,
            };
            let here = steep.values[place];
            if here > low && here >= steep.values[place - step] && here > steep.values[place + step] {
                crest.values[place] = here;
            }
        }
    }
    let mask: Vec<bool> = crest.values.iter().map(|value| *value > 0.0).collect();
    let mut edges = Plane::filled(width, height, 0.0);
    for island in super::islands::islands(&mask, width, height) {
        if island.pixels.iter().any(|place| crest.values[*place] > high) && island.pixels.len() > 6 {
            for place in island.pixels {
                edges.values[place] = 1.0;
            }
        }
    }
    edges
}

/// Thick strokes along the edges, as if by hand.
fn scribble(photo: &Photo) -> Plane {
    let unit = photo.unit();
    let edges = steepness(photo, 2.6 * unit);
    let high = edges.quantile(0.95).max(0.01);
    let thick = edges.map(|edge| f32::from(u8::from(edge > high))).blur(2.2 * unit);
    thick.map(|value| f32::from(u8::from(value > 0.4)))
}

/// Near is light. What is low in a picture, and what it's of, is taken to be near.
fn depth(photo: &Photo) -> Plane {
    let figure = figure(photo);
    let detail = steepness(photo, 2.0 * photo.unit()).blur(18.0 * photo.unit());
    let most = detail.quantile(0.98).max(0.005);
    let mut depth = Plane::filled(photo.width, photo.height, 0.0);
    for (place, value) in depth.values.iter_mut().enumerate() {
        let y = (place / photo.width) as f32 / photo.height as f32;
        let ground = 0.08 + 0.52 * smooth(0.25, 1.1, y) + 0.16 * (detail.values[place] / most).min(1.0);
        let near = 0.66 + 0.26 * y;
        *value = ground + (near - ground).max(0.0) * figure.values[place];
    }
    depth.guided(&photo.luma(), (12.0 * photo.unit()) as usize + 1, 0.02)
}

/// A name for a kind of area, and the colour that stands for it in ADE20K's palette.
const SKY: [u8; 3] = [6, 230, 230];
const TREE: [u8; 3] = [4, 200, 3];
const GRASS: [u8; 3] = [4, 250, 7];
const WATER: [u8; 3] = [61, 230, 250];
const PERSON: [u8; 3] = [150, 5, 61];
const MOUNTAIN: [u8; 3] = [143, 255, 140];
const BUILDING: [u8; 3] = [180, 120, 120];
const EARTH: [u8; 3] = [120, 120, 70];
const WALL: [u8; 3] = [120, 120, 120];

/// Flat areas, coloured by what they might be.
fn areas(photo: &Photo) -> Photo {
    let unit = photo.unit();
    let bright = photo.luma();
    let radius = (14.0 * unit) as usize + 1;
    let flat: Vec<Plane> = (0..3)
        .map(|index| photo.channel(index).blur(3.0 * unit).guided(&bright, radius, 0.03))
        .collect();
    let figure = figure(photo);
    let (width, height) = (photo.width, photo.height);
    let mut votes: Vec<([u8; 3], Plane)> = Vec::new();
    for place in 0..width * height {
        let (x, y) = (
            (place % width) as f32 / width as f32,
            (place / width) as f32 / height as f32,
        );
        let colour = [0, 1, 2].map(|part| flat[part].values[place]);
        let kind = if figure.values[place] > 0.5 {
            PERSON
        } else {
            guess(colour, x, y)
        };
        let vote = match votes.iter().position(|(known, _)| *known == kind) {
            Some(known) => known,
            None => {
                votes.push((kind, Plane::filled(width, height, 0.0)));
                votes.len() - 1
            }
        };
        votes[vote].1.values[place] = 1.0;
    }
    // Each place goes with the most of its neighbours.
    for (_, vote) in &mut votes {
        *vote = vote.mean((6.0 * unit) as usize + 1);
    }
    let mut out = photo.clone();
    for (place, pixel) in out.rgba.iter_mut().enumerate() {
        let most = votes
            .iter()
            .max_by(|(_, a), (_, b)| a.values[place].total_cmp(&b.values[place]));
        let [red, green, blue] = most.map_or(WALL, |(kind, _)| *kind);
        *pixel = [red, green, blue, 255];
    }
    out
}

fn guess([red, green, blue]: [f32; 3], x: f32, y: f32) -> [u8; 3] {
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    let colourful = most - least > 0.08;
    let middle = (x - 0.5).abs() < 0.4;
    match () {
        () if colourful && green >= red && green > blue => [TREE, GRASS][usize::from(y > 0.6)],
        () if y < 0.42 => SKY,
        () if colourful && blue >= red => [MOUNTAIN, WATER][usize::from(y > 0.62)],
        () if colourful => [BUILDING, EARTH][usize::from(y > 0.7)],
        () if y > 0.8 => EARTH,
        () if middle => BUILDING,
        () => WALL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_map_has_the_size_of_its_picture_and_something_on_it() {
        let rgba = (0..120 * 90).map(|place| {
            let (x, y) = (place % 120, place / 120);
            match ((30..90).contains(&x) && (30..80).contains(&y), y < 45) {
                (true, _) => [200, 60, 50, 255],
                (false, true) => [120, 170, 240, 255],
                (false, false) => [70, 150, 60, 255],
            }
        });
        let photo = Photo {
            width: 120,
            height: 90,
            rgba: rgba.collect(),
        };
        for name in ["hed", "midas", "fake_scribble", "mlsd", "uniformer", "canny"] {
            let map = Map::find(name).unwrap().draw(&photo);
            assert_eq!((map.width, map.height, map.rgba.len()), (120, 90, 120 * 90), "{name}");
            let different = map.rgba.iter().filter(|pixel| **pixel != map.rgba[0]).count();
            assert!(different > 50, "{name} has {different} pixels unlike the first");
        }
        assert!(Map::find("openpose").is_none());
    }
}
