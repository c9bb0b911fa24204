//! What the page can't do, read from the configuration that is built in and tried in the running window.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tests::{Page, Stage, Start, until};

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri").join(path)
}

fn json_of(path: &str) -> Result<Value> {
    let text = fs::read_to_string(source(path)).with_context(|| path.to_owned())?;
    serde_json::from_str(&text).with_context(|| path.to_owned())
}

#[test]
fn the_configuration_opens_nothing() -> Result<()> {
    let configuration = json_of("tauri.conf.json")?;
    let app = &configuration["app"];
    assert_eq!(app["withGlobalTauri"], false);
    let security = &app["security"];
    assert_eq!(security["freezePrototype"], true);
    assert_ne!(security["assetProtocol"]["enable"], true);
    assert!(security["dangerousDisableAssetCspModification"].is_null());
    assert!(security["devCsp"].is_null(), "there is one policy");
    let policy = security["csp"].as_object().context("the policy is a table")?;
    assert_eq!(policy["default-src"], "'none'");
    for (directive, sources) in policy {
        let sources = sources.as_str().context("sources are text")?;
        for word in sources.split(' ') {
            let ours = [
                "'self'",
                "'none'",
                "ipc:",
                "http://ipc.localhost",
                "image:",
                "http://image.localhost",
            ];
            assert!(ours.contains(&word), "{directive} allows {word}");
        }
    }
    assert_eq!(policy["script-src"], "'self'");
    let windows = app["windows"].as_array().map_or(0, Vec::len);
    assert_eq!(
        windows, 0,
        "the one window is made in Rust, where its navigation is held"
    );
    Ok(())
}

#[test]
fn the_page_has_one_small_capability() -> Result<()> {
    let files: Vec<PathBuf> = fs::read_dir(source("capabilities"))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let capability = json_of("capabilities/main.json")?;
    assert!(capability["remote"].is_null(), "no page from elsewhere has any");
    assert_eq!(capability["windows"], json!(["main"]));
    for permission in capability["permissions"].as_array().context("a list of permissions")? {
        let name = permission
            .as_str()
            .context("a permission with a scope is too clever here")?;
        let events = ["core:event:allow-listen", "core:event:allow-unlisten"].contains(&name);
        assert!(events || !name.contains(':'), "{name} reaches into a plugin");
    }
    Ok(())
}

#[test]
fn no_plugin_that_reaches_files_the_network_or_a_shell_is_built_in() -> Result<()> {
    let manifest = fs::read_to_string(source("Cargo.toml"))?;
    for plugin in [
        "fs",
        "http",
        "shell",
        "sql",
        "process",
        "upload",
        "websocket",
        "persisted-scope",
        "localhost",
    ] {
        assert!(!manifest.contains(&format!("tauri-plugin-{plugin}")), "{plugin}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_can_go_nowhere_and_load_nothing_from_elsewhere() -> Result<()> {
    Stage::play(async |stage| {
        let elsewhere = Elsewhere::listen()?;
        let app = stage.open(&Start::in_sandbox()).await?;
        let page = app.page();
        let home = address(page).await?;
        assert!(home.starts_with("tauri://localhost"), "{home}");

        let tries = r#"
            const [url, done] = arguments;
            const failed = (error) => `blocked: ${error?.name ?? error}`;
            const loads = (element, name) => new Promise((resolve) => {
              element.onload = () => resolve('LOADED');
              element.onerror = () => resolve('blocked');
              element[name] = url;
              document.head.append(element);
            });
            const socket = () => new Promise((resolve) => {
              try {
                const socket = new WebSocket(url.replace('http', 'ws'));
                socket.onopen = () => resolve('OPEN');
                socket.onerror = () => resolve('blocked');
              } catch (error) { resolve(failed(error)); }
            });
            (async () => ({
              fetch: await fetch(url).then(() => 'FETCHED', failed),
              beacon: navigator.sendBeacon?.(url) ? 'sent or queued' : 'blocked',
              picture: await loads(new Image(), 'src'),
              script: await loads(document.createElement('script'), 'src'),
              socket: await socket(),
              opened: window.open(url) === null ? 'blocked' : 'OPENED',
            }))().then(done);"#;
        let outcome = page.ask(tries, vec![json!(elsewhere.url())]).await?;
        for name in ["fetch", "picture", "script", "socket", "opened"] {
            assert!(outcome[name].as_str().is_some_and(|word| word.starts_with("blocked")), "{name}: {outcome}");
        }

        for way in [
            "location.href = arguments[0]",
            "location.replace(arguments[0])",
            "const link = document.createElement('a'); link.href = arguments[0]; document.body.append(link); link.click()",
            "const form = document.createElement('form'); form.action = arguments[0]; document.body.append(form); form.submit()",
        ] {
            page.run(way, vec![json!(elsewhere.url())]).await?;
            // A command goes there and back: a navigation that was allowed would have begun.
            page.invoke("images", json!({ "before": null, "limit": 1 })).await?.expect("the page still works");
            assert_eq!(address(page).await?, home, "{way}");
        }
        // A click on a link makes the engine open a connection ahead of its own question whether to go there; nothing is
        // said on it.
        let said: Vec<String> = elsewhere.visits()?.into_iter().filter(|said| !said.is_empty()).collect();
        assert!(said.is_empty(), "somebody came and said {said:?}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_in_the_page_can_make_no_other_and_reach_nothing_of_the_system() -> Result<()> {
    Stage::play(async |stage| {
        let app = stage.open(&Start::in_sandbox()).await?;
        let page = app.page();

        let inner = r#"
            const done = arguments[0];
            const tried = (run) => { try { return `RAN: ${run()}`; } catch (error) { return `blocked: ${error.name}`; } };
            const script = document.createElement('script');
            script.textContent = 'window.injected = true';
            document.head.append(script);
            const holder = document.createElement('div');
            holder.innerHTML = '<img src="image://localhost/none" onerror="window.injected = true">';
            document.body.append(holder);
            const styled = document.createElement('p');
            styled.setAttribute('style', 'color: rgb(1, 2, 3)');
            document.body.append(styled);
            const answer = {
              global: typeof window.__TAURI__,
              frozen: Object.isFrozen(Object.prototype),
              eval: tried(() => (0, eval)('1 + 1')),
              made: tried(() => new Function('return 2')()),
            };
            setTimeout(() => done({ ...answer, injected: window.injected === true }), 300);"#;
        let inner = page.ask(inner, Vec::new()).await?;
        assert_eq!(inner["global"], "undefined", "{inner}");
        assert_eq!(inner["frozen"], true, "{inner}");
        assert_eq!(inner["injected"], false, "{inner}");
        for name in ["eval", "made"] {
            assert!(inner[name].as_str().is_some_and(|word| word.starts_with("blocked")), "{name}: {inner}");
        }

        for (command, payload) in [
            ("plugin:fs|read_text_file", json!({ "path": "/etc/passwd" })),
            ("plugin:dialog|open", json!({ "options": {} })),
            ("plugin:shell|open", json!({ "path": "https://example.com" })),
            ("plugin:window|close", json!({ "label": "main" })),
            ("plugin:webview|create_webview_window", json!({ "options": { "label": "two" } })),
            ("plugin:path|resolve_directory", json!({ "directory": 1 })),
            ("plugin:event|emit", json!({ "event": "job-changed", "payload": {} })),
            ("no_such_command", json!({})),
        ] {
            let answer = page.invoke(command, payload).await?;
            assert!(answer.is_err(), "{command} answered {answer:?}");
        }

        let pictures = r#"
            const [addresses, done] = arguments;
            Promise.all(addresses.map((address) => new Promise((resolve) => {
              const picture = new Image();
              picture.onload = () => resolve('LOADED');
              picture.onerror = () => resolve('blocked');
              picture.src = address;
            }))).then(done);"#;
        let addresses = json!([
            "image://localhost/image%2F..%2F..%2Fetc%2Fpasswd",
            "image://localhost/../../../../etc/passwd",
            "file:///usr/share/pixmaps/debian-logo.png",
            "asset://localhost/%2Fusr%2Fshare%2Fpixmaps%2Fdebian-logo.png",
        ]);
        let outcome = page.ask(pictures, vec![addresses]).await?;
        assert_eq!(outcome, json!(["blocked", "blocked", "blocked", "blocked"]));
        Ok(())
    })
    .await
}

async fn address(page: &Page) -> Result<String> {
    until("an address", async || {
        match page.run("return location.href", Vec::new()).await? {
            Value::String(address) => Ok(Some(address)),
            other => bail!("{other}"),
        }
    })
    .await
}

/// A server outside the app that should see nobody.
struct Elsewhere(TcpListener);

impl Elsewhere {
    fn listen() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("a server elsewhere")?;
        listener.set_nonblocking(true).context("a server elsewhere")?;
        Ok(Self(listener))
    }

    fn url(&self) -> String {
        self.0
            .local_addr()
            .map(|address| format!("http://{address}/"))
            .unwrap_or_default()
    }

    /// What each that has come has said. The system takes connections by itself, so none is missed between two looks.
    fn visits(&self) -> Result<Vec<String>> {
        let mut visits = Vec::new();
        loop {
            match self.0.accept() {
                Ok((mut visitor, _)) => {
                    visitor.set_read_timeout(Some(Duration::from_millis(500)))?;
                    let mut said = [0; 1000];
                    let length = visitor.read(&mut said).unwrap_or(0);
                    visits.push(String::from_utf8_lossy(&said[..length]).into_owned());
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(visits),
                Err(error) => return Err(error).context("a server elsewhere"),
            }
        }
    }
}
