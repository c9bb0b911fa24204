//! Pictures of the window for the eye, in both themes and two sizes, with texts that are long and wide. What a program can
//! see is asserted: nothing sticks out of the window, and nothing that can be pressed is covered.

use anyhow::Result;
use serde_json::{Value, json};
use tests::{Page, Stage, Start, until};

const SIZES: [(u32, u32); 2] = [(1280, 800), (1920, 1080)];

const PROMPTS: [(&str, &str); 2] = [
    (
        "ja",
        "雨上がりの夜の街、水たまりに映るネオンサイン、傘を差して振り返る銀髪の少女、赤いマフラー、長いコート、\
         映画のような照明、濡れたアスファルト、遠くに霞む高層ビル群と大きな満月、繊細な線画、柔らかな色彩",
    ),
    (
        "de",
        "Donaudampfschifffahrtsgesellschaftskapitänsmütze, Sonnenuntergangsstimmung über der Hafenpromenade, \
         regennasse Kopfsteinpflasterstraßen, Straßenlaternenspiegelungen, eine nachdenkliche Leuchtturmwärterin",
    ),
];

/// What sticks out of the window to the right or below, and which buttons lie under something else.
const AMISS: &str = r#"
const amiss = [];
const root = document.documentElement;
if (root.scrollWidth > innerWidth + 1) amiss.push(`the page is ${root.scrollWidth} wide in ${innerWidth}`);
if (root.scrollHeight > innerHeight + 1) amiss.push(`the page is ${root.scrollHeight} high in ${innerHeight}`);
for (const element of document.querySelectorAll('button, input, select, textarea')) {
  const box = element.getBoundingClientRect();
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  if (!box.width || x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) continue;
  const clip = element.closest('[data-scrolls]') ?? element.parentElement;
  const top = document.elementFromPoint(x, y);
  const holds = (one, other) => one && other && (one.contains(other) || other.contains(one));
  const label = element.labels?.[0];
  let scrolled = false;
  for (let parent = element.parentElement; parent; parent = parent.parentElement) {
    const bounds = parent.getBoundingClientRect();
    if (getComputedStyle(parent).overflowY !== 'visible' && (y < bounds.top + 1 || y > bounds.bottom - 1)) scrolled = true;
  }
  if (!scrolled && !holds(element, top) && !holds(label, top)) amiss.push(`${element.outerHTML.slice(0, 120)} lies under ${top?.outerHTML.slice(0, 80)}`);
}
return amiss;
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_window_looks_right_in_both_themes_and_sizes() -> Result<()> {
    for dark in [true, false] {
        Stage::play(async |stage| {
            stage.session.prefer_dark(dark)?;
            let theme = if dark { "dark" } else { "light" };
            let app = stage
                .open(&Start::in_sandbox().option("--sandbox-step-delay", "0"))
                .await?;
            let page = app.page();
            let follows = page
                .run("return matchMedia('(prefers-color-scheme: dark)').matches", Vec::new())
                .await?;
            assert_eq!(follows, dark, "the page follows the system's theme");
            page.resize(SIZES[0].0, SIZES[0].1).await?;
            photograph(page, &format!("empty-{theme}-{}", SIZES[0].0)).await?;
            for (made, (language, prompt)) in PROMPTS.iter().enumerate() {
                page.fill("Prompt", prompt).await?;
                page.fill("Undesired Content", prompt).await?;
                page.generate().await?;
                until("one more picture", async || {
                    Ok((page.count("history-item").await? > made).then_some(()))
                })
                .await?;
                page.has_result().await?;
                for (width, height) in SIZES {
                    page.resize(width, height).await?;
                    photograph(page, &format!("{language}-{theme}-{width}")).await?;
                }
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recipe_looks_right_for_each_generation_of_models() -> Result<()> {
    for dark in [true, false] {
        Stage::play(async |stage| {
            stage.session.prefer_dark(dark)?;
            let theme = if dark { "dark" } else { "light" };
            let app = stage
                .open(&Start::in_sandbox().option("--sandbox-step-delay", "0"))
                .await?;
            let page = app.page();
            page.resize(SIZES[0].0, SIZES[0].1).await?;
            page.fill(
                "Prompt",
                "1girl, 1.2::silver hair::, {lighthouse}, [rain], warm window, night",
            )
            .await?;
            for (made, (model, name)) in [("V5", "v5"), ("V4.5 Full", "v4-5"), ("V3", "v3")]
                .into_iter()
                .enumerate()
            {
                page.choose_model(&format!("NovelAI Diffusion {model}")).await?;
                page.generate().await?;
                until("one more picture", async || {
                    Ok((page.count("history-item").await? > made).then_some(()))
                })
                .await?;
                page.has_result().await?;
                photograph(page, &format!("recipe-{name}-{theme}")).await?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

pub(crate) async fn photograph(page: &Page, name: &str) -> Result<()> {
    page.photograph(&Stage::screenshots().join(format!("{name}.png")))
        .await?;
    let amiss: Value = page.run(AMISS, Vec::new()).await?;
    assert_eq!(amiss, json!([]), "{name}");
    Ok(())
}
