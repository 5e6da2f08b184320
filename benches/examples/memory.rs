//! What base data takes in memory, as a multiple of its JSON.
//!
//!     cargo run --release -p lictor-benches --example memory [MEGABYTES]
//!
//! Loads a file of records, as an inventory of tokens has them, and prints the file's size, the most memory that the process
//! ever had (the figure that decides whether a machine suffices), and what it has afterwards. On Linux, which says both.

#![allow(missing_docs, clippy::unwrap_used, reason = "a measurement may panic")]

use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use lictor::Policy;

fn main() {
    let megabytes = std::env::args().nth(1).map_or(100, |word| word.parse().unwrap());
    let path = std::env::temp_dir().join(format!("lictor-memory-{}.json", std::process::id()));
    let size = write(&path, megabytes << 20);
    let before = resident("VmRSS:");
    let begin = Instant::now();
    let policy = Policy::load([&path]);
    let took = begin.elapsed();
    let (peak, after) = (resident("VmHWM:"), resident("VmRSS:"));
    std::fs::remove_file(&path).unwrap();
    drop(policy.unwrap());
    println!("{:10} {:>8} {:>8}", "", "MB", "times");
    let row = |name: &str, bytes: u64| {
        println!("{name:10} {:>8.1} {:>8.2}", bytes as f64 / 1048576.0, bytes as f64 / size as f64);
    };
    row("JSON", size);
    row("peak", peak - before);
    row("afterwards", after - before);
    println!("{} ms", took.as_millis());
}

/// Writes records until there are so many bytes.
fn write(path: &Path, size: u64) -> u64 {
    let mut out = BufWriter::new(std::fs::File::create(path).unwrap());
    out.write_all(b"{\"tokens\": [").unwrap();
    let (mut written, mut number) = (12, 0u64);
    while written < size {
        let record = format!(
            "{}{{\"id\": \"token-{number:08}\", \"owner\": \"user{}@example.com\", \"scopes\": [\"read:org\", \"repo\"], \
             \"created\": {}, \"revoked\": {}, \"project\": {{\"name\": \"project-{}\", \"tier\": {}}}}}",
            if number == 0 { "" } else { ",\n" },
            number * 7919 % 50_000,
            1_700_000_000 + number,
            number.is_multiple_of(13),
            number % 977,
            number % 4,
        );
        out.write_all(record.as_bytes()).unwrap();
        written += record.len() as u64;
        number += 1;
    }
    out.write_all(b"]}\n").unwrap();
    out.flush().unwrap();
    written + 3
}

/// A figure of the system's account of this process, in bytes.
fn resident(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1024
}
