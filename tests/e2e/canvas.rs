//! The canvas by hand: a mask is painted, what is on the screen is what the server gets, only the inside of the result
//! is another, and a half-painted mask survives `kill -9`.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sandbox::Sandbox;
use serde_json::{Value, json};
use tests::{App, Page, Stage, Start, pictures_in, until};
use thirtyfour::prelude::*;

/// The feather of a new canvas, and what a cell of the latent grid may add to it.
const REACH: i64 = 20 + 1 + 8;

/// How much is painted: read from the mask as it was saved.
const PAINTED: &str = r#"
const [image, done] = arguments;
const { invoke } = window.__TAURI_INTERNALS__;
(async () => {
  const { id, hasMask } = await invoke('open_canvas', { picture: image });
  if (!hasMask) return 0;
  const runs = new Uint8Array(await invoke('canvas_mask', new Uint8Array(), { headers: { 'x-canvas': id } }));
  let painted = 0;
  for (let at = 0; at < runs.length;) {
    const value = runs[at++];
    let length = 0, shift = 0, part;
    do { part = runs[at++]; length += (part & 127) * 2 ** shift; shift += 7; } while (part > 127);
    if (value >= 128) painted += length;
  }
  return painted;
})().then(done, (error) => done(String(error?.message ?? error)));
"#;

/// Whether the overlay shows paint at places of the picture, given as fractions of it.
const INKED: &str = r#"
const [places] = arguments;
const overlay = document.querySelector('[data-testid=overlay]');
const frame = document.querySelector('path.frame').getBoundingClientRect();
const around = overlay.getBoundingClientRect();
const scale = overlay.width / around.width;
const context = overlay.getContext('2d');
return places.map(([x, y]) => {
  const left = (frame.x + x * frame.width - around.x) * scale;
  const top = (frame.y + y * frame.height - around.y) * scale;
  return context.getImageData(Math.floor(left), Math.floor(top), 1, 1).data[3] > 0;
});
"#;

/// Where the middle of the stage is, and how large the picture is on it.
const PLACE: &str = r#"
const frame = document.querySelector('path.frame')?.getBoundingClientRect();
const open = document.querySelector('.inpaint[aria-busy=false]');
return open && frame && frame.width > 100 ? [frame.x, frame.y, frame.width, frame.height] : null;
"#;

/// A canvas that is open in the window.
struct Hand<'a> {
    page: &'a Page,
    image: String,
}

impl<'a> Hand<'a> {
    /// Opens the picture in sight, by its key.
    async fn open(page: &'a Page) -> Result<Self> {
        page.has_result().await?;
        let images = page.invoke("images", json!({ "before": null, "limit": 1 })).await?;
        let image = images.expect("images can be listed")[0]["id"]
            .as_str()
            .context("there is a picture")?
            .to_owned();
        page.run("document.activeElement?.blur()", Vec::new()).await?;
        page.driver().action_chain().send_keys("p").perform().await?;
        let hand = Self { page, image };
        hand.place().await?;
        Ok(hand)
    }

    async fn place(&self) -> Result<[f64; 4]> {
        until("the picture on the stage", async || {
            let found = self.page.run(PLACE, Vec::new()).await?;
            Ok(serde_json::from_value(found).ok())
        })
        .await
    }

    /// A place of the picture, in the window.
    async fn at(&self, (x, y): (f64, f64)) -> Result<(i64, i64)> {
        let [left, top, width, height] = self.place().await?;
        Ok(((left + x * width).round() as i64, (top + y * height).round() as i64))
    }

    async fn drag(&self, points: &[(f64, f64)]) -> Result<()> {
        let mut places = Vec::new();
        for point in points {
            places.push(self.at(*point).await?);
        }
        let mut chain = self.page.driver().action_chain();
        for (number, (x, y)) in places.into_iter().enumerate() {
            chain = chain.move_to(x, y);
            if number == 0 {
                chain = chain.click_and_hold();
            }
        }
        Ok(chain.release().perform().await?)
    }

    async fn click(&self, point: (f64, f64)) -> Result<()> {
        let (x, y) = self.at(point).await?;
        let chain = self.page.driver().action_chain().move_to(x, y);
        Ok(chain.click().perform().await?)
    }

    async fn key(&self, key: &str) -> Result<()> {
        Ok(self.page.driver().action_chain().send_keys(key).perform().await?)
    }

    async fn with_control(&self, key: &str) -> Result<()> {
        let chain = self.page.driver().action_chain().key_down(Key::Control);
        Ok(chain.send_keys(key).key_up(Key::Control).perform().await?)
    }

    async fn painted(&self) -> Result<u64> {
        let answer = self.page.ask(PAINTED, vec![json!(self.image)]).await?;
        answer
            .as_u64()
            .with_context(|| format!("the mask can't be read: {answer}"))
    }

    /// Waits until the mask on the disk is what is wanted.
    async fn until_painted(&self, what: &str, wanted: impl Fn(u64) -> bool) -> Result<u64> {
        until(what, async || {
            let painted = self.painted().await?;
            if wanted(painted) {
                Ok(Some(painted))
            } else {
                bail!("{painted} pixels are painted")
            }
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_painted_is_what_is_sent_and_only_the_inside_changes() -> Result<()> {
    Stage::play(async |stage| {
        let sandbox = stage.sandbox(sandbox::Options::default()).await?;
        let app = stage.open(&Start::signed_in(&sandbox.url(), sandbox.token())).await?;
        let page = app.page();
        page.resize(1280, 800).await?;
        page.generate().await?;
        let hand = Hand::open(page).await?;

        hand.drag(&[(0.3, 0.3), (0.5, 0.35), (0.7, 0.3)]).await?;
        let stroke = hand.until_painted("a stroke", |painted| painted > 0).await?;
        hand.key("e").await?;
        hand.drag(&[(0.5, 0.25), (0.5, 0.45)]).await?;
        let erased = hand
            .until_painted("it to be erased", |painted| painted < stroke)
            .await?;
        assert!(erased > 0);
        hand.with_control("z").await?;
        hand.until_painted("undo", |painted| painted == stroke).await?;
        hand.with_control("y").await?;
        hand.until_painted("redo", |painted| painted == erased).await?;
        hand.key("l").await?;
        hand.drag(&[(0.3, 0.6), (0.6, 0.6), (0.6, 0.8), (0.3, 0.8), (0.3, 0.6)])
            .await?;
        let lassoed = hand.until_painted("a lasso", |painted| painted > erased).await?;
        hand.with_control("i").await?;
        let all: u64 = 832 * 1216;
        hand.until_painted("the inverse", |painted| painted == all - lassoed)
            .await?;
        hand.with_control("i").await?;
        hand.until_painted("it as it was", |painted| painted == lassoed).await?;
        hand.key("k").await?;
        hand.click((0.9, 0.9)).await?;
        hand.until_painted("it to be filled around", |painted| painted > all / 2)
            .await?;
        hand.with_control("z").await?;
        hand.until_painted("it as it was", |painted| painted == lassoed).await?;
        page.photograph(&Stage::screenshots().join("canvas-painted.png"))
            .await?;

        let before = sandbox.books().generations().count();
        let button = page.button("Repaint").await?;
        until("the price to be known", async || {
            Ok(button
                .attr("aria-disabled")
                .await?
                .is_none_or(|off| off != "true")
                .then_some(()))
        })
        .await?;
        button.click().await?;
        let job = until("the repaint to be done", async || {
            let jobs = page.jobs().await?;
            let inpaints = |job: &&Value| job["work"]["request"]["source"]["kind"] == "inpaint";
            let found = jobs.iter().find(inpaints).cloned();
            Ok(found.filter(|job| job["state"]["kind"] == "done"))
        })
        .await?;
        until("the take", async || Ok((page.count("take").await? == 1).then_some(()))).await?;
        let proof = page.run("return document.body.innerText", Vec::new()).await?;
        assert!(
            proof
                .as_str()
                .is_some_and(|text| text.contains("0 pixels changed outside")),
            "{proof}"
        );
        page.photograph(&Stage::screenshots().join("canvas-take.png")).await?;
        assert_eq!(sandbox.books().generations().count(), before + 1);

        let sent = Sent::of(&sandbox, &job)?;
        sent.is_on_screen(&hand).await?;
        only_the_inside_changed(&app, &sent)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_painted_mask_survives_being_killed() -> Result<()> {
    Stage::play(async |stage| {
        let start = Start::in_sandbox().option("--sandbox-step-delay", "0");
        let app = stage.open(&start).await?;
        app.page().generate().await?;
        let hand = Hand::open(app.page()).await?;
        hand.drag(&[(0.2, 0.2), (0.4, 0.3)]).await?;
        let first = hand.until_painted("the first stroke", |painted| painted > 0).await?;
        hand.drag(&[(0.2, 0.6), (0.4, 0.7)]).await?;
        let both = hand
            .until_painted("the second stroke", |painted| painted > first)
            .await?;
        app.kill();

        let app = stage.open(&start).await?;
        let first = app
            .page()
            .driver()
            .query(By::Css("[data-testid=history-item]"))
            .wait(Duration::from_secs(30), Duration::from_millis(100))
            .first()
            .await?;
        first.click().await?;
        let hand = Hand::open(app.page()).await?;
        assert_eq!(hand.painted().await?, both);
        until("the paint on the stage", async || {
            let inked = app
                .page()
                .run(INKED, vec![json!([[0.3, 0.25], [0.3, 0.65], [0.8, 0.9]])])
                .await?;
            Ok((inked == json!([true, true, false])).then_some(()))
        })
        .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_painter_looks_right_in_both_themes() -> Result<()> {
    for dark in [true, false] {
        Stage::play(async |stage| {
            stage.session.prefer_dark(dark)?;
            let app = stage
                .open(&Start::in_sandbox().option("--sandbox-step-delay", "0"))
                .await?;
            let page = app.page();
            page.resize(1280, 800).await?;
            page.fill("Prompt", "1girl, silver hair, lighthouse, rain, night").await?;
            page.generate().await?;
            let hand = Hand::open(page).await?;
            hand.drag(&[(0.35, 0.3), (0.5, 0.35), (0.65, 0.3)]).await?;
            hand.until_painted("a stroke", |painted| painted > 0).await?;
            until("what would be sent", async || {
                let seen = page
                    .run(
                        "return [...document.querySelectorAll('img')].some((seen) => seen.src.includes('canvas') && seen.naturalWidth > 0)",
                        Vec::new(),
                    )
                    .await?;
                Ok((seen == true).then_some(()))
            })
            .await?;
            let theme = if dark { "dark" } else { "light" };
            crate::looks::photograph(page, &format!("canvas-{theme}")).await
        })
        .await?;
    }
    Ok(())
}

/// The mask as the server got it, and where it lies in the picture.
struct Sent {
    across: usize,
    white: Vec<bool>,
    /// Left, top, width and height of what was cut out.
    crop: [f64; 4],
    picture: (f64, f64),
}

impl Sent {
    fn of(sandbox: &Sandbox, job: &Value) -> Result<Self> {
        let books = sandbox.books();
        let last = books.generations().last().context("a request")?;
        let body = last.body.as_ref().context("a body")?;
        assert_eq!(body["action"], "infill");
        let mask = body["parameters"]["mask"].as_str().context("a mask")?;
        let (width, height, pixels) = decoded(&STANDARD.decode(mask)?)?;
        let at = |x: usize, y: usize| pixels[y * width + x][0];
        let mut white = Vec::new();
        for row in 0..height / 8 {
            for column in 0..width / 8 {
                let first = at(column * 8, row * 8);
                assert!(first == 0 || first == 255);
                for y in row * 8..row * 8 + 8 {
                    for x in column * 8..column * 8 + 8 {
                        assert_eq!(at(x, y), first, "cell {column} {row} is of one colour");
                    }
                }
                white.push(first == 255);
            }
        }
        let crop = &job["work"]["request"]["source"]["paste"]["frame"]["crop"];
        let side = |name: &str| crop[name].as_f64().with_context(|| format!("{name} in {crop}"));
        Ok(Self {
            across: width / 8,
            white,
            crop: [side("left")?, side("top")?, side("width")?, side("height")?],
            picture: (832.0, 1216.0),
        })
    }

    /// The middle of a cell in the picture, in pixels.
    fn middle(&self, cell: usize) -> (f64, f64) {
        let down = self.white.len() / self.across;
        let (x, y) = ((cell % self.across) as f64 + 0.5, (cell / self.across) as f64 + 0.5);
        let [left, top, width, height] = self.crop;
        (left + x / self.across as f64 * width, top + y / down as f64 * height)
    }

    /// Cells that are like all within two of them: at the rim paint may end within a cell, and on the screen a cell is no
    /// wider than two pixels.
    fn certain(&self) -> Vec<(usize, bool)> {
        let down = self.white.len() / self.across;
        let inner = (2..down - 2).flat_map(|y| (2..self.across - 2).map(move |x| (x, y)));
        let around = |x: usize, y: usize| (y - 2..=y + 2).flat_map(move |y| (x - 2..=x + 2).map(move |x| (x, y)));
        inner
            .map(|(x, y)| (y * self.across + x, (x, y)))
            .filter(|(cell, (x, y))| around(*x, *y).all(|(x, y)| self.white[y * self.across + x] == self.white[*cell]))
            .map(|(cell, _)| (cell, self.white[cell]))
            .collect()
    }

    /// Cell by cell, what was sent is what the overlay shows.
    async fn is_on_screen(&self, hand: &Hand<'_>) -> Result<()> {
        // The take lies over the mask; painting brings the mask back, and undo leaves it as it was.
        hand.key("b").await?;
        hand.click((0.97, 0.97)).await?;
        hand.with_control("z").await?;
        let cells = self.certain();
        assert!(cells.iter().any(|(_, white)| *white) && cells.iter().any(|(_, white)| !*white));
        let places: Vec<[f64; 2]> = cells
            .iter()
            .map(|(cell, _)| {
                let (x, y) = self.middle(*cell);
                [x / self.picture.0, y / self.picture.1]
            })
            .collect();
        until("the overlay to show what was sent", async || {
            let inked = hand.page.run(INKED, vec![json!(places)]).await?;
            let inked: Vec<bool> = serde_json::from_value(inked)?;
            let wrong = cells
                .iter()
                .zip(&inked)
                .filter(|((_, white), inked)| white != *inked)
                .count();
            if wrong == 0 {
                Ok(Some(()))
            } else {
                bail!("{wrong} of {} cells differ", cells.len())
            }
        })
        .await
    }
}

/// The result of the repaint differs from the picture it began with near white cells only.
fn only_the_inside_changed(app: &App, sent: &Sent) -> Result<()> {
    let files = pictures_in(&app.library())?;
    let [one, two] = files.as_slice() else {
        bail!("there are {} pictures", files.len());
    };
    let (one, two) = (read(one)?, read(two)?);
    assert_eq!((one.0, one.1), (two.0, two.1));
    let white: Vec<(f64, f64)> = (0..sent.white.len())
        .filter(|cell| sent.white[*cell])
        .map(|cell| sent.middle(cell))
        .collect();
    let mut changed = 0;
    for (at, (before, after)) in one.2.iter().zip(&two.2).enumerate() {
        // The lowest bit of the transparency is where settings hide.
        if before[..3] == after[..3] {
            continue;
        }
        changed += 1;
        // Enough of them: looking at each against each cell takes long.
        if changed % 17 == 0 {
            let (x, y) = ((at % one.0) as f64, (at / one.0) as f64);
            let reach = REACH as f64;
            let near = white
                .iter()
                .any(|(left, top)| (left - x).abs() <= reach && (top - y).abs() <= reach);
            assert!(near, "{x} {y} changed");
        }
    }
    assert!(changed > 1000, "{changed} pixels changed");
    Ok(())
}

fn read(file: &Path) -> Result<(usize, usize, Vec<[u8; 4]>)> {
    decoded(&std::fs::read(file)?).with_context(|| format!("{}", file.display()))
}

fn decoded(bytes: &[u8]) -> Result<(usize, usize, Vec<[u8; 4]>)> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().context("no PNG")?;
    let mut raw = vec![0; reader.output_buffer_size().context("a picture of impossible size")?];
    let info = reader.next_frame(&mut raw).context("a torn PNG")?;
    let pixels = match info.color_type {
        png::ColorType::Rgba => raw.chunks_exact(4).map(|p| [p[0], p[1], p[2], p[3]]).collect(),
        png::ColorType::GrayscaleAlpha => raw.chunks_exact(2).map(|p| [p[0], p[0], p[0], p[1]]).collect(),
        other => bail!("{other:?} was not asked for"),
    };
    Ok((info.width as usize, info.height as usize, pixels))
}
