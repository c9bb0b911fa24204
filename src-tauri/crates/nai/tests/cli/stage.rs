//! A sandbox of its own for each test, and the program run against it in a folder of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// `nai sandbox`, and a folder to run in.
pub(crate) struct Stage {
    server: Child,
    pub(crate) url: String,
    pub(crate) token: String,
    folder: TempDir,
}

/// What the program said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The same, of a call that has to succeed.
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it was not killed"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The program, away from the machine's own settings and keychain.
pub(crate) fn nai(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nai"));
    command
        .current_dir(home)
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env_remove("NOVELAI_TOKEN")
        .env_remove("NAI_API_URL")
        // No keychain is to be found.
        .env("DBUS_SESSION_BUS_ADDRESS", "disabled:");
    command
}

impl Stage {
    /// A sandbox with what these flags say, and nothing that slows it down.
    pub(crate) fn with(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = nai(folder.path())
            .arg("sandbox")
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        Self {
            url: text("url"),
            token: text("token"),
            server,
            folder,
        }
    }

    /// An ordinary sandbox.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// The folder that the program runs in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Runs the program, signed in.
    pub(crate) fn nai(&self, arguments: &[&str]) -> Said {
        self.command(arguments).output().unwrap().into()
    }

    /// The same with something on standard input.
    pub(crate) fn nai_with(&self, input: &str, arguments: &[&str]) -> Said {
        let mut command = self.command(arguments);
        feed(&mut command, input)
    }

    /// The command, signed in, not yet run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = nai(self.folder());
        command
            .env("NOVELAI_TOKEN", &self.token)
            .env("NAI_API_URL", &self.url)
            .args(arguments);
        command
    }

    /// What the sandbox has received: paths and statuses, in order.
    pub(crate) fn books(&self) -> Value {
        serde_json::from_str(&self.ask("GET", "/sandbox/books", "")).unwrap()
    }

    /// Makes the next request to this path go wrong.
    pub(crate) fn fail(&self, path: &str, fault: &Value) {
        let body = json!({ "path": path, "fault": fault, "times": 1 });
        self.ask("POST", "/sandbox/fault", &body.to_string());
    }

    /// Asks the sandbox itself, not the service that it plays.
    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let authority = self.url.trim_start_matches("http://");
        let mut line = TcpStream::connect(authority).unwrap();
        let (token, length) = (&self.token, body.len());
        write!(
            line,
            "{method} {path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{head}");
        body.to_owned()
    }

    /// How often the sandbox was asked for this path.
    pub(crate) fn asked(&self, path: &str) -> usize {
        let books = self.books();
        let exchanges = books["exchanges"].as_array().unwrap();
        exchanges.iter().filter(|exchange| exchange["path"] == path).count()
    }

    /// The last exchange with this path.
    pub(crate) fn last(&self, path: &str) -> Value {
        let books = self.books();
        let exchanges = books["exchanges"].as_array().unwrap();
        exchanges
            .iter()
            .rev()
            .find(|exchange| exchange["path"] == path)
            .unwrap_or_else(|| panic!("{path} was not asked for"))
            .clone()
    }

    /// A picture made by the sandbox, as a file.
    pub(crate) fn picture(&self, name: &str) -> PathBuf {
        let out = name.trim_end_matches(".png");
        self.nai(&[
            "generate", "sea", "--size", "512x768", "--steps", "2", "--seed", "7", "--out", out,
        ])
        .done();
        self.file(name)
    }
}

/// Runs a command with something on standard input.
pub(crate) fn feed(command: &mut Command, input: &str) -> Said {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever does not read it to its end has said why.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap().into()
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}
