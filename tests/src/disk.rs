//! A disk that can be full or read-only: permissions alone don't stop root, and nobody wants to fill their own disk.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// A small file system in memory, mounted on a folder. Dropping it unmounts it.
#[derive(Debug)]
pub struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts one of this many KiB on a folder. `None`: this account may not mount, which is said on stderr.
    pub fn mount(folder: &Path, kib: u32) -> Result<Option<Self>> {
        std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
        let options = format!("size={kib}k,mode=0777");
        let mounted = privileged("mount", &["-t", "tmpfs", "-o", &options, "tmpfs"], folder);
        if let Err(error) = mounted {
            eprintln!("SKIPPED: a disk of this test's own can't be mounted here ({error:#}); run it as root");
            return Ok(None);
        }
        Ok(Some(Self {
            folder: folder.to_owned(),
        }))
    }

    /// Lets it be read only.
    pub fn forbid_writing(&self) -> Result<()> {
        privileged("mount", &["-o", "remount,ro"], &self.folder)
    }

    /// Lets it be written to, and gives it this many KiB.
    pub fn allow_writing(&self, kib: u32) -> Result<()> {
        privileged("mount", &["-o", &format!("remount,rw,size={kib}k")], &self.folder)
    }

    /// Leaves no room on it.
    pub fn fill(&self) -> Result<()> {
        let filler = std::fs::File::create(self.folder.join("filler")).context("the file that fills the disk")?;
        let block = [0_u8; 4096];
        while std::io::Write::write_all(&mut &filler, &block).is_ok() {}
        Ok(())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the app may still have a file open on it.
        if let Err(error) = privileged("umount", &["--lazy"], &self.folder) {
            eprintln!("{} is still mounted: {error:#}", self.folder.display());
        }
    }
}

/// Something that is mounted on a place of the same kind: a folder as a drive that can be unplugged, or a file over a file
/// as one that another program holds (it can't be renamed or removed). Dropping it takes it away again.
#[derive(Debug)]
pub struct Bound {
    place: PathBuf,
}

impl Bound {
    /// Mounts it. `None`: this account may not mount, which is said on stderr.
    pub fn mount(what: &Path, place: &Path) -> Result<Option<Self>> {
        let what = what.to_str().context("a path of a test is text")?;
        if let Err(error) = privileged("mount", &["--bind", what], place) {
            eprintln!("SKIPPED: nothing can be mounted here ({error:#}); run it as root");
            return Ok(None);
        }
        Ok(Some(Self {
            place: place.to_owned(),
        }))
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        // Lazily: a program may still have a file open on it.
        if let Err(error) = privileged("umount", &["--lazy"], &self.place) {
            eprintln!("{} is still mounted: {error:#}", self.place.display());
        }
    }
}

fn privileged(program: &str, arguments: &[&str], folder: &Path) -> Result<()> {
    let root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    let mut command = if root {
        Command::new(program)
    } else {
        Command::new("sudo")
    };
    if !root {
        command.args(["--non-interactive", program]);
    }
    let output = command
        .args(arguments)
        .arg(folder)
        .output()
        .with_context(|| format!("could not start {program}"))?;
    if !output.status.success() {
        bail!("{program} says: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
