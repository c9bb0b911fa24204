//! `cargo xtask setup`: what the machine needs, looked up in a moment when nothing is missing, installed when something
//! is.
//!
//! Rust is here, since this runs. Node is not installed: which one a person wants, and from where, is theirs to say.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

/// The oldest Node that the page's tools run on.
const NODE: (u32, u32) = (20, 19);

/// What the machine is to be made ready for. Each contains the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum For {
    /// Building the app and opening it.
    Building,
    /// The same, without a display.
    Headless,
    /// Running every test.
    Tests,
}

/// Something that is needed, and what it is called. `a|b` are two names for the same; empty: nothing to install there.
struct Need {
    first_for: For,
    debian: &'static str,
    fedora: &'static str,
    arch: &'static str,
}

const NEEDS: &[Need] = &[
    Need {
        first_for: For::Building,
        debian: "build-essential",
        fedora: "gcc",
        arch: "base-devel",
    },
    Need {
        first_for: For::Building,
        debian: "pkg-config|pkgconf",
        fedora: "pkgconf-pkg-config",
        arch: "",
    },
    Need {
        first_for: For::Building,
        debian: "libwebkit2gtk-4.1-dev",
        fedora: "webkit2gtk4.1-devel",
        arch: "webkit2gtk-4.1",
    },
    Need {
        first_for: For::Headless,
        debian: "xvfb",
        fedora: "xorg-x11-server-Xvfb",
        arch: "xorg-server-xvfb",
    },
    Need {
        first_for: For::Headless,
        debian: "openbox",
        fedora: "openbox",
        arch: "openbox",
    },
    Need {
        first_for: For::Tests,
        debian: "wmctrl",
        fedora: "wmctrl",
        arch: "wmctrl",
    },
    Need {
        first_for: For::Tests,
        debian: "xdotool",
        fedora: "xdotool",
        arch: "xdotool",
    },
    Need {
        first_for: For::Tests,
        debian: "python3-gi",
        fedora: "python3-gobject",
        arch: "python-gobject",
    },
    Need {
        first_for: For::Tests,
        debian: "gir1.2-gtk-3.0",
        fedora: "gtk3",
        arch: "gtk3",
    },
    Need {
        first_for: For::Tests,
        debian: "webkit2gtk-driver|webkitgtk-webdriver",
        fedora: "webkit2gtk-driver",
        arch: "webkitgtk-6.0",
    },
    Need {
        first_for: For::Tests,
        debian: "dbus",
        fedora: "dbus-daemon",
        arch: "dbus",
    },
    Need {
        first_for: For::Tests,
        debian: "gnome-keyring",
        fedora: "gnome-keyring",
        arch: "gnome-keyring",
    },
    Need {
        first_for: For::Tests,
        debian: "chromium|chromium-browser",
        fedora: "chromium",
        arch: "chromium",
    },
    Need {
        first_for: For::Tests,
        debian: "fonts-noto-cjk",
        fedora: "google-noto-sans-cjk-fonts",
        arch: "noto-fonts-cjk",
    },
];

/// Installs what is missing, and checks Node.
pub(crate) fn run(purpose: For) -> Result<()> {
    if cfg!(target_os = "linux") {
        install(purpose)?;
    } else if cfg!(target_os = "macos") {
        println!("macOS needs the Command Line Tools of Xcode: xcode-select --install");
    } else {
        println!("Windows needs the C++ Build Tools of Visual Studio, and WebView2, which Windows 11 has.");
    }
    check_node()
}

/// A way to install packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Installer {
    Apt,
    Dnf,
    Pacman,
}

impl Installer {
    /// The one of this machine, if it is one we know.
    fn here() -> Option<Self> {
        let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
        Self::of(&system).filter(|installer| shell::has(installer.program()))
    }

    /// The one of the system that /etc/os-release describes.
    fn of(os_release: &str) -> Option<Self> {
        let names = os_release
            .lines()
            .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
            .flat_map(|names| names.trim_matches('"').split_whitespace());
        names.into_iter().find_map(|name| match name {
            "debian" | "ubuntu" => Some(Self::Apt),
            "fedora" | "rhel" => Some(Self::Dnf),
            "arch" => Some(Self::Pacman),
            _ => None,
        })
    }

    fn program(self) -> &'static str {
        match self {
            Self::Apt => "apt-get",
            Self::Dnf => "dnf",
            Self::Pacman => "pacman",
        }
    }

    fn name(self, need: &Need) -> &'static str {
        match self {
            Self::Apt => need.debian,
            Self::Dnf => need.fedora,
            Self::Pacman => need.arch,
        }
    }

    /// Which of these packages are on the machine. Asks the local list of packages only.
    fn installed(self, packages: &[&str]) -> Vec<String> {
        let mut query = match self {
            Self::Apt => Command::new("dpkg-query"),
            Self::Dnf => Command::new("rpm"),
            Self::Pacman => Command::new("pacman"),
        };
        match self {
            Self::Apt => query.args(["-W", "-f", "${db:Status-Status} ${Package}\\n"]),
            Self::Dnf => query.args(["-q", "--qf", "installed %{NAME}\\n"]),
            Self::Pacman => query.arg("-Q"),
        };
        // A package that is not there makes the query fail and still answer for the others.
        let output = query.args(packages).stderr(std::process::Stdio::null()).output();
        let output = output
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
            .unwrap_or_default();
        let name = |line: &str| match self {
            Self::Apt | Self::Dnf => line.strip_prefix("installed ").map(str::to_owned),
            Self::Pacman => line.split(' ').next().map(str::to_owned),
        };
        output.lines().filter_map(name).collect()
    }

    fn install(self, packages: &[&str]) -> Result<()> {
        match self {
            Self::Apt => {
                shell::run(as_root("apt-get")?.args(["-q", "update"]))?;
                let install = ["-q", "install", "--yes", "--no-install-recommends"];
                let known = packages.iter().map(|names| known_to_apt(names));
                shell::run(
                    as_root("apt-get")?
                        .env("DEBIAN_FRONTEND", "noninteractive")
                        .args(install)
                        .args(known),
                )
            }
            Self::Dnf => shell::run(as_root("dnf")?.args(["install", "--assumeyes"]).args(packages)),
            Self::Pacman => shell::run(
                as_root("pacman")?
                    .args(["-S", "--needed", "--noconfirm"])
                    .args(packages),
            ),
        }
    }
}

fn install(purpose: For) -> Result<()> {
    let needs = NEEDS.iter().filter(|need| need.first_for <= purpose);
    let Some(installer) = Installer::here() else {
        let names: Vec<&str> = needs.map(|need| need.debian).collect();
        println!(
            "This system is not one whose packages we know. In Debian's names, it needs: {}",
            names.join(", ")
        );
        return Ok(());
    };
    let needed: Vec<&str> = needs
        .map(|need| installer.name(need))
        .filter(|name| !name.is_empty())
        .collect();
    let every_name: Vec<&str> = needed.iter().flat_map(|names| names.split('|')).collect();
    let installed = installer.installed(&every_name);
    let missing = missing(&needed, &installed);
    if missing.is_empty() {
        println!("All {} packages are installed.", needed.len());
        return Ok(());
    }
    println!("Missing: {}", missing.join(", "));
    installer.install(&missing)
}

/// What is needed and there under none of its names.
fn missing<'a>(needed: &[&'a str], installed: &[String]) -> Vec<&'a str> {
    let there = |names: &str| {
        names
            .split('|')
            .any(|name| installed.iter().any(|installed| installed == name))
    };
    needed.iter().copied().filter(|names| !there(names)).collect()
}

/// The name that this system's lists have; the first where they have none, so that the error names it.
fn known_to_apt(names: &str) -> String {
    let mut each = names.split('|');
    let known = each.find(|name| {
        let policy = shell::answer(Command::new("apt-cache").args(["policy", name])).unwrap_or_default();
        policy.contains("Candidate:") && !policy.contains("Candidate: (none)")
    });
    known.or(names.split('|').next()).unwrap_or(names).to_owned()
}

/// A command that may write to the system.
fn as_root(program: &str) -> Result<Command> {
    if shell::answer(Command::new("id").arg("-u")).as_deref() == Some("0") {
        return Ok(Command::new(program));
    }
    if !shell::has("sudo") {
        bail!("{program} has to run as root, and there is no sudo; install the packages above, then try again");
    }
    let mut command = Command::new("sudo");
    command.arg(program);
    Ok(command)
}

fn check_node() -> Result<()> {
    let advice = format!("install Node {}.{} or newer from https://nodejs.org", NODE.0, NODE.1);
    let version = shell::answer(Command::new("node").arg("--version"))
        .with_context(|| format!("Node is not on this machine: {advice}"))?;
    let found = node_version(&version).with_context(|| format!("node --version says {version}"))?;
    if found < NODE {
        bail!("Node {version} is too old: {advice}");
    }
    println!("Node {version}.");
    Ok(())
}

fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_known_by_its_name_or_by_what_it_is_like() {
        assert_eq!(
            Installer::of("PRETTY_NAME=\"Debian\"\nID=debian\n"),
            Some(Installer::Apt)
        );
        assert_eq!(
            Installer::of("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"),
            Some(Installer::Apt)
        );
        assert_eq!(Installer::of("ID=fedora\n"), Some(Installer::Dnf));
        assert_eq!(
            Installer::of("ID=endeavouros\nID_LIKE=\"arch\"\n"),
            Some(Installer::Pacman)
        );
        assert_eq!(Installer::of("ID=nixos\n"), None);
        assert_eq!(Installer::of("VERSION_CODENAME=debian\n"), None);
    }

    #[test]
    fn one_of_two_names_is_enough() {
        let installed = ["pkgconf".to_owned(), "xvfb".to_owned()];
        assert_eq!(
            missing(&["pkg-config|pkgconf", "xvfb", "openbox"], &installed),
            ["openbox"]
        );
    }

    #[test]
    fn a_node_is_compared_by_number() {
        assert_eq!(node_version("v20.19.0\n"), Some((20, 19)));
        assert!(node_version("v9.99.1").unwrap() < NODE);
        assert!(node_version("v22.0.0").unwrap() > NODE);
        assert_eq!(node_version("node"), None);
    }
}
