//! Programs that a test starts, and all that they start in turn: nothing is left running when the test is over.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// A running program with a process group of its own. Dropping it ends the whole group at once.
#[derive(Debug)]
pub struct Group {
    leader: Child,
}

impl Group {
    /// Starts a program. Its output goes to `log`, after what is there.
    pub fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let open = || {
            File::options()
                .create(true)
                .append(true)
                .open(log)
                .with_context(|| format!("{}", log.display()))
        };
        let name = command.get_program().to_owned();
        command.stdout(open()?).stderr(open()?);
        Self::start_piped(command).with_context(|| format!("could not start {}", name.display()))
    }

    /// Starts a program with its output as the command says.
    pub fn start_piped(command: &mut Command) -> Result<Self> {
        Ok(Self {
            leader: command.process_group(0).spawn()?,
        })
    }

    /// The first process of the group.
    pub fn leader(&mut self) -> &mut Child {
        &mut self.leader
    }

    /// The id of the first process, and of the group.
    pub fn id(&self) -> u32 {
        self.leader.id()
    }

    /// The processes of the group that are still there, zombies left out.
    pub fn members(&self) -> Vec<u32> {
        let group = self.leader.id();
        processes()
            .filter(|process| process.group == group && process.state != 'Z')
            .map(|process| process.id)
            .collect()
    }

    /// Ends every process of the group, without a chance to tidy up.
    pub fn kill(&mut self) {
        let group = format!("-{}", self.leader.id());
        // It fails when the group is gone already.
        let _ = Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        let _ = self.leader.wait();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A line of the table of processes.
pub(crate) struct Process {
    pub(crate) id: u32,
    pub(crate) parent: u32,
    pub(crate) group: u32,
    pub(crate) state: char,
}

/// All processes of this machine.
pub(crate) fn processes() -> impl Iterator<Item = Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let id = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name stands in brackets and may itself hold brackets and blanks.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?.chars().next()?;
        let parent = fields.next()?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some(Process {
            id,
            parent,
            group,
            state,
        })
    })
}
