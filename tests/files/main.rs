//! Files that were made to do harm (quality.md, R5): nobody who reads them panics, or takes more than half a gibibyte.
//!
//! Each file has a process of its own, whose allocator counts, so that one that brings its reader down is one failure and
//! not the end of all. How long it takes is measured by `cargo xtask bench R5`, and not here.

#![allow(unsafe_code, reason = "an allocator that counts can't be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tests::hostile::{FILES, File, READERS};

/// The most memory that reading one file may take, the file itself included.
const LIMIT: usize = 512 << 20;

/// Counts what is taken, and the most of it.
struct Counting;

static TAKEN: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on as it is; counting touches no memory but its own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let taken = TAKEN.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(taken, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let taken = TAKEN.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(taken, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // A block that grows in place is not there twice.
        let more = size.saturating_sub(layout.size());
        let taken = TAKEN.fetch_add(more, Ordering::Relaxed) + more;
        MOST.fetch_max(taken, Ordering::Relaxed);
        TAKEN.fetch_sub(layout.size().saturating_sub(size), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        // How this program starts itself.
        [alone, number] if alone == "--alone" => {
            match number.parse().ok().and_then(|number: usize| FILES.get(number)) {
                Some(file) => read(file),
                None => ExitCode::FAILURE,
            }
        }
        // A filter that is meant for other tests.
        [filter, ..] if !filter.starts_with('-') && !"hostile files".contains(filter.as_str()) => ExitCode::SUCCESS,
        _ => all(),
    }
}

/// Gives each file to all readers, as many files at a time as there are cores.
fn all() -> ExitCode {
    let me = std::env::current_exe().expect("a running program knows where it lies");
    let waiting = Mutex::new(0..FILES.len());
    let failed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = waiting.lock().expect("no lane panics with the list").next();
                    let Some(number) = number else { return };
                    let status = Command::new(&me)
                        .args(["--alone", &number.to_string()])
                        .stdin(Stdio::null())
                        .status();
                    if !status.as_ref().is_ok_and(std::process::ExitStatus::success) {
                        println!("{} FAILED: {status:?}", FILES[number].name);
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner();
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "test result: {verdict}. {} passed; {failed} failed",
        FILES.len() - failed
    );
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Gives one file to all readers.
fn read(file: &File) -> ExitCode {
    let bytes = (file.make)();
    let (mut most, mut largest, mut longest, mut slowest) = (0, "", 0, "");
    for reader in &READERS {
        MOST.store(TAKEN.load(Ordering::Relaxed), Ordering::Relaxed);
        let begun = Instant::now();
        (reader.read)(&bytes);
        let (taken, took) = (MOST.load(Ordering::Relaxed), begun.elapsed().as_millis());
        if taken > most {
            (most, largest) = (taken, reader.name);
        }
        if took >= longest {
            (longest, slowest) = (took, reader.name);
        }
    }
    let most = most.div_ceil(1 << 20);
    println!("{}: {most} MiB ({largest}), {longest} ms ({slowest})", file.name);
    if most <= LIMIT >> 20 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
