//! A login session of a test's own: a home folder, a D-Bus, and, where asked, a keyring on it.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::child::Group;
use crate::wait::until;

/// A bus that starts nothing by itself: what is on it, a test has put there.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A session. Dropping it ends it and removes its home.
#[derive(Debug)]
pub struct Session {
    keyring: Option<Group>,
    _bus: Group,
    address: String,
    home: TempDir,
}

impl Session {
    /// A session without a keyring.
    pub fn start() -> Result<Self> {
        let home = tempfile::Builder::new()
            .prefix("atelier-test-")
            .tempdir()
            .context("a folder for the test")?;
        for folder in ["config", "data", "cache", "run"] {
            fs::create_dir(home.path().join(folder)).context("a folder for the test")?;
        }
        fs::set_permissions(home.path().join("run"), Permissions::from_mode(0o700)).context("the run folder")?;
        let configuration = home.path().join("bus.conf");
        fs::write(&configuration, BUS).context("the configuration of the bus")?;
        let mut bus = Group::start_piped(
            Command::new("dbus-daemon")
                .arg(format!("--config-file={}", configuration.display()))
                .args(["--nofork", "--nopidfile", "--print-address=1"])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )
        .context("could not start dbus-daemon (Debian: dbus)")?;
        let mut address = String::new();
        let output = bus.leader().stdout.take().context("the bus has no output")?;
        BufReader::new(output)
            .read_line(&mut address)
            .context("the address of the bus")?;
        let address = address.trim().to_owned();
        if address.is_empty() {
            bail!("dbus-daemon gave no address");
        }
        Ok(Self {
            keyring: None,
            _bus: bus,
            address,
            home,
        })
    }

    /// Puts a real Secret Service on the bus, with an unlocked keyring that is empty.
    pub async fn add_keyring(&mut self) -> Result<()> {
        let mut command = Command::new("gnome-keyring-daemon");
        command
            .args(["--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped());
        self.enter(&mut command);
        let mut keyring = Group::start(&mut command, &self.log())?;
        let mut password = keyring.leader().stdin.take().context("the keyring takes no password")?;
        password
            .write_all(b"a password for the tests\n")
            .context("the password of the keyring")?;
        // The daemon reads to the end.
        drop(password);
        self.keyring = Some(keyring);
        until("the Secret Service", async || Ok(self.kept_secrets().ok())).await?;
        Ok(())
    }

    /// How many secrets the keyring holds.
    pub fn kept_secrets(&self) -> Result<usize> {
        let mut ask = Command::new("dbus-send");
        ask.args(["--session", "--print-reply", "--dest=org.freedesktop.secrets"])
            .args([
                "/org/freedesktop/secrets/collection/login",
                "org.freedesktop.DBus.Properties.Get",
            ])
            .args(["string:org.freedesktop.Secret.Collection", "string:Items"]);
        self.enter(&mut ask);
        let reply = ask.output().context("could not start dbus-send (Debian: dbus)")?;
        if !reply.status.success() {
            bail!("the keyring did not answer: {}", String::from_utf8_lossy(&reply.stderr));
        }
        Ok(String::from_utf8_lossy(&reply.stdout).matches("object path").count())
    }

    /// Lets a command run in this session.
    pub fn enter(&self, command: &mut Command) {
        let home = self.home();
        command
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_RUNTIME_DIR", home.join("run"))
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("NO_AT_BRIDGE", "1")
            .env_remove("GNOME_KEYRING_CONTROL")
            .env_remove("XDG_CURRENT_DESKTOP");
    }

    /// Sets what GTK and the page see as the person's wish.
    pub fn prefer_dark(&self, dark: bool) -> Result<()> {
        let folder = self.home().join("config/gtk-3.0");
        fs::create_dir_all(&folder).context("the settings of GTK")?;
        let settings = format!("[Settings]\ngtk-application-prefer-dark-theme={}\n", u8::from(dark));
        fs::write(folder.join("settings.ini"), settings).context("the settings of GTK")
    }

    /// Everything that anything in this session writes lies in here.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// What the programs of this session say.
    pub fn log(&self) -> PathBuf {
        self.home().join("programs.log")
    }
}
