//! A few seconds of damaged and arbitrary bytes for every parser: `cargo xtask fuzz-smoke`.
//!
//! Each parser has a process of its own, as many at a time as there are cores. An input that makes one panic, hang or
//! take too much memory is kept in a file and named; the seed of the run is printed, so that it can be had again.

#![allow(unsafe_code, reason = "an allocator that counts can't be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use novelai::fuzz::{TARGETS, Target, by_name};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The most memory that one input may take.
const MEMORY_LIMIT: usize = 256 * 1024 * 1024;
/// The longest that one input may take, in a build that is not optimised.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// The longest input.
const LENGTH_LIMIT: usize = 1 << 20;

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

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    let mut seconds = 10;
    let mut seed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(7, |since| since.as_secs());
    let mut names = Vec::new();
    let mut alone = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = |default: u64| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(default);
        match argument.as_str() {
            "--seconds" => seconds = number(seconds),
            "--seed" => seed = number(seed),
            // How this program starts itself.
            "--alone" => alone = true,
            _ => names.push(argument),
        }
    }
    if let Some(unknown) = names.iter().find(|name| by_name(name).is_none()) {
        let known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("There is no parser {unknown}; there are {}.", known.join(", "));
        return ExitCode::FAILURE;
    }
    let chosen = |target: &&Target| names.is_empty() || names.iter().any(|name| name == target.name);
    let targets: Vec<&Target> = TARGETS.iter().filter(chosen).collect();
    if let (true, [target]) = (alone, &targets[..]) {
        return feed(target, Duration::from_secs(seconds), seed);
    }
    all(&targets, seconds, seed)
}

/// Starts a process for each target, and counts how they end.
fn all(targets: &[&Target], seconds: u64, seed: u64) -> ExitCode {
    let me = std::env::current_exe().expect("a running program knows where it lies");
    let lanes = std::thread::available_parallelism().map_or(2, usize::from);
    println!("{} parsers, {seconds} s each, seed {seed}", targets.len());
    let waiting: Mutex<VecDeque<&str>> = Mutex::new(targets.iter().map(|target| target.name).collect());
    let failed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..lanes {
            scope.spawn(|| {
                loop {
                    let name = waiting.lock().expect("no lane panics with the list").pop_front();
                    let Some(name) = name else { return };
                    let status = Command::new(&me)
                        .args([
                            "--alone",
                            name,
                            "--seconds",
                            &seconds.to_string(),
                            "--seed",
                            &seed.to_string(),
                        ])
                        .stdin(Stdio::null())
                        .status();
                    if !status.as_ref().is_ok_and(std::process::ExitStatus::success) {
                        println!("{name:<9} FAILED: {status:?}");
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
        targets.len() - failed
    );
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What is being tried, for the one who watches the clock.
#[derive(Default)]
struct Trial {
    /// Milliseconds since the start, plus one; 0 between two inputs.
    since: AtomicU64,
    input: Mutex<Vec<u8>>,
}

fn feed(target: &Target, time: Duration, seed: u64) -> ExitCode {
    let start = Instant::now();
    let name = target.name;
    let trial = Arc::new(Trial::default());
    watch(name, start, Arc::clone(&trial));
    let seeds = (target.seeds)();
    let salt = name
        .bytes()
        .fold(seed, |salt, byte| salt.wrapping_mul(31).wrapping_add(byte.into()));
    let mut random = StdRng::seed_from_u64(salt);
    let (mut inputs, mut slowest, mut most) = (0_u64, Duration::ZERO, 0);
    while start.elapsed() < time {
        let input = input(&seeds, &mut random);
        trial.input.lock().expect("nobody panics with it").clone_from(&input);
        trial
            .since
            .store(start.elapsed().as_millis() as u64 + 1, Ordering::SeqCst);
        let before = TAKEN.load(Ordering::Relaxed);
        MOST.store(before, Ordering::Relaxed);
        let began = Instant::now();
        let ended = catch_unwind(AssertUnwindSafe(|| (target.run)(&input)));
        let took = began.elapsed();
        trial.since.store(0, Ordering::SeqCst);
        let taken = MOST.load(Ordering::Relaxed).saturating_sub(before);
        if ended.is_err() {
            return fault(name, &input, "it panicked");
        }
        if taken > MEMORY_LIMIT {
            return fault(name, &input, &format!("it took {} MiB", taken >> 20));
        }
        inputs += 1;
        slowest = slowest.max(took);
        most = most.max(taken);
    }
    println!(
        "{name:<9} {inputs:>9} inputs, the slowest {:>5} ms, the largest {:>4} MiB",
        slowest.as_millis(),
        most.div_ceil(1 << 20)
    );
    ExitCode::SUCCESS
}

/// Ends the program when one input takes too long.
fn watch(name: &'static str, start: Instant, trial: Arc<Trial>) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(100));
            let since = trial.since.load(Ordering::SeqCst);
            let now = start.elapsed().as_millis() as u64 + 1;
            if since != 0 && u128::from(now.saturating_sub(since)) > TIME_LIMIT.as_millis() {
                let input = trial.input.lock().expect("nobody panics with it");
                fault(name, &input, "it took too long");
                std::process::exit(1);
            }
        }
    });
}

fn fault(name: &str, input: &[u8], what: &str) -> ExitCode {
    let mut path = std::env::current_exe()
        .ok()
        .and_then(|me| me.parent().map(PathBuf::from))
        .unwrap_or_default();
    path.push(format!("fuzz-{name}-{}.bin", std::process::id()));
    match std::fs::write(&path, input) {
        Ok(()) => println!("{name}: {what}; the input is in {}", path.display()),
        Err(error) => println!("{name}: {what}; the input could not be kept ({error}): {input:02x?}"),
    }
    ExitCode::FAILURE
}

/// Arbitrary bytes, or a sound input with some damage.
fn input(seeds: &[Vec<u8>], random: &mut StdRng) -> Vec<u8> {
    if random.random_ratio(1, 8) {
        let length = random.random_range(0..1024);
        return (0..length).map(|_| random.random()).collect();
    }
    let mut bytes = seeds[random.random_range(0..seeds.len())].clone();
    for _ in 0..random.random_range(1..=12) {
        damage(&mut bytes, seeds, random);
    }
    bytes.truncate(LENGTH_LIMIT);
    bytes
}

fn damage(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut StdRng) {
    const WORDS: [u32; 8] = [0, 1, 7, 0x7f, 0xff, 0xffff, 0x7fff_ffff, u32::MAX];
    let at = random.random_range(0..=bytes.len());
    let length = random.random_range(0..=(bytes.len() - at).min(64));
    match random.random_range(0..9) {
        0 | 1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.random_range(0..8);
            }
        }
        2 | 3 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.random();
            }
        }
        4 => {
            let word = WORDS[random.random_range(0..WORDS.len())];
            let word = if random.random() {
                word.to_be_bytes()
            } else {
                word.to_le_bytes()
            };
            if let Some(place) = bytes.get_mut(at..at + 4) {
                place.copy_from_slice(&word);
            }
        }
        5 => {
            bytes.drain(at..at + length);
        }
        6 => {
            let piece = bytes[at..at + length].to_vec();
            let times = random.random_range(1..200);
            if bytes.len() + piece.len() * times < LENGTH_LIMIT {
                bytes.splice(at..at, piece.repeat(times));
            }
        }
        7 => {
            let other = &seeds[random.random_range(0..seeds.len())];
            let from = random.random_range(0..=other.len());
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        _ => bytes.truncate(at),
    }
}
