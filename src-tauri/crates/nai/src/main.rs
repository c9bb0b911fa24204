//! The command line of Atelier.

fn main() {
    println!("nai: the command line comes next; until then, `cargo xtask run` opens the app.");
}
