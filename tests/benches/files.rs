//! R5, files: how long the longest reader takes for each file that was made to do harm. What it may take of memory is
//! counted in `tests/files`.

use std::time::Instant;

use tests::hostile::{FILES, READERS};

use crate::rounds::Side;

pub(crate) fn measure(rounds: usize) {
    println!(
        "R5 files: {} hostile files, each given to {} readers",
        FILES.len(),
        READERS.len()
    );
    let mut slow = 0;
    for file in &FILES {
        let bytes = (file.make)();
        let sides = READERS.iter().map(|reader| {
            let mut side = Side::default();
            for _ in 0..rounds {
                let begun = Instant::now();
                (reader.read)(&bytes);
                side.add(begun.elapsed().as_secs_f64() * 1000.0);
            }
            (reader.name, side)
        });
        let slowest = sides.max_by(|a, b| a.1.median().total_cmp(&b.1.median()));
        if let Some((reader, side)) = slowest {
            slow += usize::from(side.median() > 2000.0);
            println!("  {} ({} KiB), {reader}: {side} ms", file.name, bytes.len() / 1024);
        }
    }
    println!("  ({slow} above the floor of 2000 ms)");
}
