//! Whole commands from start to end: `blemore aggregate` beside reading its files, and how long programs take to start.
//!
//! `cargo xtask bench programs`. The programs lie in the folder that `BLEMORE_PROGRAMS` names. Files are generated. `cat`
//! to nowhere is what reading costs; both take turns, and medians are compared. A cold cache is one from which `dd` has
//! dropped the files: the disk of the machine decides about those lines.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints, and stops at the first thing that is not as it should be"
)]

use std::env;
use std::fs::File;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use blemore_benches::{add_to_table, median, processor, pseudo_random, write_npy};
use blemore_labels::{ClipName, Label};

/// Frames and dimensions of a clip: 2 MB.
const CLIP: (usize, usize) = (500, 1024);
/// The one large file, 655 MB.
const LONG_CLIP: (usize, usize) = (20_000, 8_192);
/// Times that each of two sides is measured, in turns.
const TURNS: usize = 9;
/// Times that a program is started.
const STARTS: usize = 30;
/// Clips of a test partition.
const TEST_CLIPS: usize = 594;

fn main() {
    // `cargo test --benches` only starts it.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let Some(programs) = env::var_os("BLEMORE_PROGRAMS").map(PathBuf::from) else {
        return println!(
            "not measured: BLEMORE_PROGRAMS names no folder with the programs (cargo xtask bench programs)"
        );
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!("{cores} cores, {}", processor());
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let blemore = programs.join("blemore");
    for (clips, shape) in [(500, CLIP), (1_000, CLIP), (1, LONG_CLIP)] {
        aggregate(&blemore, &folder.path().join(format!("{clips}")), clips, shape);
    }
    starts(&programs, folder.path());
}

/// Both caches, warm and cold.
fn aggregate(blemore: &Path, folder: &Path, clips: usize, shape: (usize, usize)) {
    std::fs::create_dir(folder).expect("a new folder");
    let names: Vec<String> = clip_names().take(clips).collect();
    let files: Vec<PathBuf> = names.iter().map(|name| folder.join(format!("{name}.npy"))).collect();
    files.iter().for_each(|file| write_clip(file, shape));
    let output = folder.with_extension("npz");
    for (cache, is_cold) in [("warm", false), ("cold", true)] {
        let (mut reading, mut into_memory, mut ours) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..TURNS {
            drop_from_cache(&files, is_cold);
            reading.push(seconds(Command::new("cat").args(&files)));
            drop_from_cache(&files, is_cold);
            if let [file] = &files[..] {
                into_memory.push(seconds_into_memory(file));
                drop_from_cache(&files, is_cold);
            }
            // There is none in the first turn.
            let _ = std::fs::remove_file(&output);
            let words = ["aggregate", "--quiet", "--output"];
            ours.push(seconds(Command::new(blemore).args(words).arg(&output).arg(folder)));
        }
        let (reading, ours) = (median(&reading), median(&ours));
        let label = if clips == 1 { "1 file".to_owned() } else { format!("{clips} files") };
        let what =
            format!("`blemore aggregate`, {label} of {} x {} f32, page cache {cache}", shape.0, shape.1);
        println!("{what}: {ours:.3} s, cat {reading:.3} s, {:.2} x its time", ours / reading);
        add_to_table(
            &what,
            &format!("`cat` to nowhere: {reading:.2} s"),
            &format!("{ours:.2} s"),
            &format!("{:.2} x its time", ours / reading),
        );
        // No quantile of a column is known before its last frame: the file has to lie in memory.
        if !into_memory.is_empty() {
            let reading = median(&into_memory);
            println!("  reading it into new memory {reading:.3} s, {:.2} x its time", ours / reading);
            add_to_table(
                "the same",
                &format!("reading it into new memory: {reading:.2} s"),
                &format!("{ours:.2} s"),
                &format!("{:.2} x its time", ours / reading),
            );
        }
    }
    std::fs::remove_dir_all(folder).expect("a folder of this program");
}

/// Different names that name no real clip.
fn clip_names() -> impl Iterator<Item = String> {
    let labels: Vec<Label> = Label::all().collect();
    let all = (0..).flat_map(move |actor| {
        let names = labels.iter().map(move |label| match label.components().collect::<Vec<_>>()[..] {
            [(first, share), (second, other), ..] => {
                format!("X{actor:03}_mix_{first}_{second}_{share}_{other}_ver1")
            }
            _ => format!("X{actor:03}_{label}_int1_ver1"),
        });
        names.collect::<Vec<_>>()
    });
    // Clips of neutral are named in another way.
    all.filter(|name| name.parse::<ClipName>().is_ok())
}

/// On the disk when it is written, so that it can be dropped from the cache.
fn write_clip(path: &Path, (frames, dimensions): (usize, usize)) {
    let mut next = pseudo_random();
    let values = (0..frames * dimensions).map(|_| (next() - 0.5).to_le_bytes());
    write_npy(path, "<f4", &[frames, dimensions], values);
    File::open(path).and_then(|file| file.sync_all()).expect("a disk");
}

fn drop_from_cache(files: &[PathBuf], is_cold: bool) {
    for file in files.iter().filter(|_| is_cold) {
        let of = [std::ffi::OsStr::new("if="), file.as_os_str()].join(std::ffi::OsStr::new(""));
        seconds(Command::new("dd").arg(of).args(["iflag=nocache", "count=0", "status=none"]));
    }
}

/// From the start of a program to its end.
fn seconds(command: &mut Command) -> f64 {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).status().expect("the program is there");
    let seconds = start.elapsed().as_secs_f64();
    assert!(status.success(), "{command:?}");
    seconds
}

/// The whole file in memory that the system hands out for it and takes back.
fn seconds_into_memory(file: &Path) -> f64 {
    let start = Instant::now();
    drop(black_box(std::fs::read(file).expect("a file of this program")));
    start.elapsed().as_secs_f64()
}

/// What a person waits for before anything is computed.
fn starts(programs: &Path, folder: &Path) {
    let predictions = folder.join("predictions.json");
    let answers = clip_names()
        .take(TEST_CLIPS)
        .map(|clip| (clip, serde_json::json!([{"emotion": "ang", "salience": 100.0}])));
    let answers: serde_json::Map<_, _> = answers.collect();
    std::fs::write(&predictions, serde_json::Value::Object(answers).to_string()).expect("a new file");
    let (blemore, torch) = (programs.join("blemore"), programs.join("blemore-torch"));
    let score = || {
        let mut command = Command::new(&blemore);
        command.args(["score", "--quiet", "--predictions"]).arg(&predictions);
        command
    };
    let help = |program: &Path| {
        let mut command = Command::new(program);
        command.arg("--help");
        command
    };
    let of = |command: &dyn Fn() -> Command| {
        median(&(0..STARTS).map(|_| seconds(&mut command())).collect::<Vec<_>>())
    };
    let nothing = of(&|| Command::new("true"));
    for (what, found, goal) in [
        (format!("`blemore score` of {TEST_CLIPS} clips, start to end"), of(&score), 0.030),
        ("`blemore --help`".to_owned(), of(&|| help(&blemore)), 0.010),
        ("`blemore-torch --help`".to_owned(), of(&|| help(&torch)), 0.3),
    ] {
        println!("{what}: {:.1} ms, goal {:.0} ms", 1e3 * found, 1e3 * goal);
        add_to_table(
            &what,
            &format!("a program that does nothing: {:.1} ms", 1e3 * nothing),
            &format!("{:.1} ms", 1e3 * found),
            "",
        );
    }
}
