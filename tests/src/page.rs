//! The page as a person finds their way on it: by role and name, and by what is there to see.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use thirtyfour::WebDriver;
use thirtyfour::prelude::*;

use crate::wait::until;

/// Finds visible elements by role and by the beginning of their accessible name, in the topmost dialog if one is open.
const BY_ROLE: &str = r#"
const [role, start, exact] = arguments;
const kinds = {
  button: 'button, [role=button]', textbox: 'textarea, input:not([type]), input[type=text], input[type=password], input[type=search], [role=textbox]',
  checkbox: 'input[type=checkbox], [role=checkbox]', combobox: 'select, [role=combobox]', slider: 'input[type=range], [role=slider]',
  spinbutton: 'input[type=number], [role=spinbutton]', radio: 'input[type=radio], [role=radio]', dialog: 'dialog[open], [role=dialog]',
};
const text = (element) => (element?.innerText || element?.textContent || '').replace(/\s+/g, ' ').trim();
const name = (element) => {
  const by = element.getAttribute('aria-labelledby');
  if (by) return by.split(/\s+/).map((id) => text(document.getElementById(id))).join(' ');
  const own = element.getAttribute('aria-label');
  if (own) return own;
  if (element.labels?.length) return [...element.labels].map(text).join(' ');
  return text(element) || element.getAttribute('title') || element.getAttribute('placeholder') || '';
};
const visible = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility !== 'hidden';
const dialogs = [...document.querySelectorAll('dialog[open], [role=dialog], [role=alertdialog]')].filter(visible);
const within = role === 'dialog' ? document : dialogs.at(-1) ?? document;
return [...within.querySelectorAll(kinds[role])]
  .filter((element) => visible(element) && (exact ? name(element) === start : name(element).startsWith(start)));
"#;

/// Calls a command of the app as the page does.
const INVOKE: &str = r#"
const [command, payload, done] = arguments;
window.__TAURI_INTERNALS__.invoke(command, payload).then((ok) => done({ ok }), (error) => done({ error }));
"#;

/// The page in the app's window.
#[derive(Debug, Clone)]
pub struct Page {
    driver: WebDriver,
}

impl Page {
    pub(crate) fn new(driver: WebDriver) -> Self {
        Self { driver }
    }

    /// The driver, for what has no name here.
    pub fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Waits until the app is ready to be used.
    pub async fn is_ready(&self) -> Result<()> {
        self.generate_button().await.map(drop)
    }

    /// The Generate button, as soon as it would do something. (Under a failed job there is a "Generate again".)
    pub async fn generate_button(&self) -> Result<WebElement> {
        until("Generate to be ready", async || {
            for button in self.all_by_role("button", "Generate").await? {
                let ready = button
                    .attr("aria-disabled")
                    .await?
                    .is_none_or(|disabled| disabled != "true");
                if ready && button.is_enabled().await? && !button.text().await?.starts_with("Generate again") {
                    return Ok(Some(button));
                }
            }
            Ok(None)
        })
        .await
    }

    /// Presses Generate once.
    pub async fn generate(&self) -> Result<()> {
        Ok(self.generate_button().await?.click().await?)
    }

    /// The button whose name begins so, as soon as it can be seen.
    pub async fn button(&self, name: &str) -> Result<WebElement> {
        self.by_role("button", name).await
    }

    /// The text field of this name.
    pub async fn textbox(&self, name: &str) -> Result<WebElement> {
        self.by_role("textbox", name).await
    }

    /// The first element of this role whose name begins so, as soon as it can be seen.
    pub async fn by_role(&self, role: &str, name: &str) -> Result<WebElement> {
        until(&format!("the {role} “{name}”"), async || {
            Ok(self.all_by_role(role, name).await?.into_iter().next())
        })
        .await
    }

    /// All visible elements of this role whose names begin so.
    pub async fn all_by_role(&self, role: &str, name: &str) -> Result<Vec<WebElement>> {
        self.find(role, name, false).await
    }

    /// The element of this role that is called exactly so, as soon as it can be seen.
    pub async fn called(&self, role: &str, name: &str) -> Result<WebElement> {
        until(&format!("the {role} “{name}”"), async || {
            Ok(self.find(role, name, true).await?.into_iter().next())
        })
        .await
    }

    async fn find(&self, role: &str, name: &str, exact: bool) -> Result<Vec<WebElement>> {
        let arguments = vec![json!(role), json!(name), json!(exact)];
        Ok(self.driver.execute(BY_ROLE, arguments).await?.elements()?)
    }

    /// Chooses an item of the menu that opens from the button with this name.
    pub async fn choose(&self, menu: &str, item: &str) -> Result<()> {
        self.press(menu).await?;
        self.press_text("[role=menuitem]", item).await
    }

    /// Chooses the model whose name begins so.
    pub async fn choose_model(&self, name: &str) -> Result<()> {
        self.by_role("combobox", "Model").await?.click().await?;
        self.press_text("[role=listbox]:popover-open [role=option]", name).await
    }

    /// Presses the first visible element that this selector finds and whose text begins so.
    pub async fn press_text(&self, selector: &str, text: &str) -> Result<()> {
        let script = r"
            const [selector, text] = arguments;
            return [...document.querySelectorAll(selector)].filter((element) =>
              element.getClientRects().length > 0 && element.innerText.trim().startsWith(text));";
        until(&format!("“{text}” to be pressed"), async || {
            let arguments = vec![json!(selector), json!(text)];
            match self.driver.execute(script, arguments).await?.elements()?.first() {
                Some(element) => Ok(Some(element.click().await?)),
                None => Ok(None),
            }
        })
        .await
    }

    /// The element with this test id, as soon as it can be seen.
    pub async fn part(&self, id: &str) -> Result<WebElement> {
        let by = By::Css(format!("[data-testid='{id}']"));
        until(&format!("the part “{id}”"), async || {
            for element in self.driver.find_all(by.clone()).await? {
                if element.is_displayed().await? {
                    return Ok(Some(element));
                }
            }
            Ok(None)
        })
        .await
    }

    /// How many elements have this test id.
    pub async fn count(&self, id: &str) -> Result<usize> {
        Ok(self
            .driver
            .find_all(By::Css(format!("[data-testid='{id}']")))
            .await?
            .len())
    }

    /// How many pictures the history says that it has. Only those in sight are on the page.
    pub async fn in_history(&self) -> Result<usize> {
        let script =
            "return Number(document.querySelector('[data-testid=history-item]')?.getAttribute('aria-setsize'))";
        Ok(self.driver.execute(script, Vec::new()).await?.convert()?)
    }

    /// What the element with this test id says, as soon as it says something that satisfies.
    pub async fn says(&self, id: &str, satisfies: impl Fn(&str) -> bool) -> Result<String> {
        until(&format!("the part “{id}” to say it"), async || {
            let text = self.part(id).await?.text().await?;
            if satisfies(&text) {
                Ok(Some(text))
            } else {
                bail!("it says: {text}")
            }
        })
        .await
    }

    /// What an alert with one of these codes says, as soon as there is one.
    pub async fn alert(&self, codes: &[&str]) -> Result<String> {
        until(&format!("an alert that is one of {codes:?}"), async || {
            let mut seen = Vec::new();
            for alert in self.driver.find_all(By::Css("[role=alert]")).await? {
                let code = alert.attr("data-code").await?.unwrap_or_default();
                if codes.contains(&code.as_str()) && alert.is_displayed().await? {
                    return Ok(Some(alert.text().await?));
                }
                seen.push(code);
            }
            if seen.is_empty() {
                Ok(None)
            } else {
                bail!("the alerts there are: {seen:?}")
            }
        })
        .await
    }

    /// Replaces what stands in a text field, by keys.
    pub async fn fill(&self, name: &str, text: &str) -> Result<()> {
        let field = self.textbox(name).await?;
        field.click().await?;
        field.send_keys(Key::Control + "a").await?;
        field.send_keys(text).await?;
        let now = self.value(&field).await?;
        if now != text {
            bail!("“{name}” holds {now:?} after {text:?} was typed");
        }
        // The list of tags that an editor offers would cover what comes next.
        let script = "if (arguments[0].isContentEditable) arguments[0].blur()";
        self.driver.execute(script, vec![field.to_json()?]).await?;
        Ok(())
    }

    /// Replaces the number in a field, by keys, and leaves the field.
    pub async fn set_number(&self, name: &str, number: &str) -> Result<()> {
        let field = self.by_role("spinbutton", name).await?;
        field.click().await?;
        field.send_keys(Key::Control + "a").await?;
        field.send_keys(number).await?;
        Ok(field.send_keys(Key::Tab + "").await?)
    }

    /// What stands in a field.
    pub async fn value(&self, field: &WebElement) -> Result<String> {
        let script = "
            const [field] = arguments;
            const text = (line) => (line.querySelector('.cm-placeholder') ? '' : line.textContent);
            return field.value ?? [...field.querySelectorAll('.cm-line')].map(text).join('\\n');";
        Ok(self.driver.execute(script, vec![field.to_json()?]).await?.convert()?)
    }

    /// Presses a button by its name.
    pub async fn press(&self, name: &str) -> Result<()> {
        let button = self.button(name).await?;
        until(&format!("“{name}” to be pressed"), async || {
            Ok(Some(button.click().await?))
        })
        .await
    }

    /// Whether the element with this test id shows a picture, or holds one that is there to its last row.
    pub async fn shows_picture(&self, id: &str) -> Result<bool> {
        let script = r#"
            const part = document.querySelector(`[data-testid="${arguments[0]}"]`);
            const picture = part?.matches('img') ? part : part?.querySelector('img');
            return Boolean(picture && picture.complete && picture.naturalWidth > 0 && picture.getClientRects().length);"#;
        Ok(self.driver.execute(script, vec![json!(id)]).await?.convert()?)
    }

    /// Waits until the result is there to see.
    pub async fn has_result(&self) -> Result<()> {
        until("the result", async || {
            Ok(self.shows_picture("result").await?.then_some(()))
        })
        .await
    }

    /// Runs a script and gives back what it returns.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.driver.execute(script, arguments).await?.json().clone())
    }

    /// Runs a script that calls its last argument with an answer.
    pub async fn ask(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.driver.execute_async(script, arguments).await?.json().clone())
    }

    /// Calls a command of the app as the page does. The inner error is the app's answer.
    pub async fn invoke(&self, command: &str, payload: Value) -> Result<Result<Value, Value>> {
        let mut answer = self.ask(INVOKE, vec![json!(command), payload]).await?;
        match answer.get_mut("error") {
            Some(error) => Ok(Err(error.take())),
            None => Ok(Ok(answer.get_mut("ok").context("the app gave no answer")?.take())),
        }
    }

    /// The newest pictures of the library, newest first.
    pub async fn images(&self) -> Result<Vec<Value>> {
        let images = self.invoke("images", json!({ "before": null, "limit": 100 })).await?;
        let images = images.map_err(|error| anyhow::anyhow!("images failed: {error}"))?;
        Ok(images.as_array().cloned().unwrap_or_default())
    }

    /// What the account has left, asked of the server.
    pub async fn anlas(&self) -> Result<u64> {
        let state = self.invoke("refresh_account", json!({})).await?;
        let state = state.map_err(|error| anyhow::anyhow!("refresh_account failed: {error}"))?;
        state["account"]["anlas"].as_u64().context("an account")
    }

    /// Waits until the page says this somewhere.
    pub async fn tells(&self, text: &str) -> Result<()> {
        until(&format!("“{text}” to be said"), async || {
            let said = self.run("return document.body.innerText", Vec::new()).await?;
            Ok(said.as_str().is_some_and(|said| said.contains(text)).then_some(()))
        })
        .await
    }

    /// The jobs that the app knows of.
    pub async fn jobs(&self) -> Result<Vec<Value>> {
        let start = self.invoke("start", json!({})).await?;
        let start = start.map_err(|error| anyhow::anyhow!("start failed: {error}"))?;
        Ok(start["jobs"].as_array().cloned().unwrap_or_default())
    }

    /// Waits until no job waits or runs, and gives back all that are not dismissed.
    pub async fn settled_jobs(&self) -> Result<Vec<Value>> {
        until("the queue to be through", async || {
            let jobs = self.jobs().await?;
            let open = |job: &Value| {
                matches!(
                    job["state"]["kind"].as_str(),
                    Some("queued" | "sending" | "running" | "received") | None
                )
            };
            if jobs.iter().any(open) {
                Ok(None)
            } else {
                Ok(Some(jobs))
            }
        })
        .await
    }

    /// Everything that a script or a person could read in the page: its text, its fields, its stores, its addresses.
    pub async fn everything(&self) -> Result<String> {
        let script = r#"
            const fields = [...document.querySelectorAll('input, textarea, select')].map((field) => field.value);
            const store = (kind) => { try { return JSON.stringify({ ...window[kind] }); } catch (error) { return String(error); } };
            const asked = performance.getEntries().map((entry) => entry.name);
            return [document.documentElement.outerHTML, ...fields, store('localStorage'), store('sessionStorage'),
              location.href, document.cookie, ...asked].join('\n');"#;
        Ok(self.driver.execute(script, Vec::new()).await?.convert()?)
    }

    /// Sets the size of the page itself, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        until(&format!("a page of {width} × {height}"), async || {
            let now = self.run("return [innerWidth, innerHeight]", Vec::new()).await?;
            let size = |at: usize| {
                now[at]
                    .as_i64()
                    .and_then(|side| u32::try_from(side).ok())
                    .unwrap_or_default()
            };
            if (size(0), size(1)) == (width, height) {
                return Ok(Some(()));
            }
            // The frame that a window manager draws is counted on top.
            let frame = self.driver.get_window_rect().await?;
            let grown = |outer: i64, inner: u32, wanted: u32| {
                u32::try_from(outer + i64::from(wanted) - i64::from(inner)).unwrap_or(wanted)
            };
            let width = grown(frame.width, size(0), width);
            let height = grown(frame.height, size(1), height);
            self.driver.set_window_rect(0, 0, width, height).await?;
            bail!("the page is {} × {}", size(0), size(1))
        })
        .await
    }

    /// Saves what the page looks like.
    pub async fn photograph(&self, file: &Path) -> Result<()> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        // The driver waits for a frame, and a page at rest draws none: it is kept moving, unseen, for as long as it takes.
        let script = "
            const [done] = arguments;
            const { style } = document.body;
            const end = performance.now() + 3000;
            let frames = 0;
            (function move() {
              style.opacity = performance.now() < end && frames % 2 === 0 ? '0.9999' : '';
              if (frames++ === 2) done(null);
              if (performance.now() < end) requestAnimationFrame(move);
            })();";
        self.ask(script, Vec::new()).await?;
        Ok(self.driver.screenshot(file).await?)
    }
}
