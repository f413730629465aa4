//! One trial: a command, and what happens to it.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;

use super::Chance;
use super::content::{Content, content, difference, files};
use super::work::{READ_INTO, Work, run};
use crate::program::stderr;

/// What happens to a command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It is killed at a random moment.
    Killed,
    /// Its files may not grow beyond a random size below that of its largest, as on a disk that is nearly full.
    LittleSpace,
    /// It runs twice at once.
    Twice,
    /// One of its inputs is written anew while it runs.
    ChangedInput,
    /// A bit is flipped in each file of its result, one file after the other.
    FlippedBit,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Killed, Self::LittleSpace, Self::Twice, Self::ChangedInput, Self::FlippedBit];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::LittleSpace => "little space",
            Self::Twice => "twice at once",
            Self::ChangedInput => "changed input",
            Self::FlippedBit => "flipped bit",
        }
    }
}

/// What came of a trial.
pub(crate) enum Outcome {
    /// The command was hit, and nothing went wrong.
    Held,
    /// The command had ended before, or nothing of it could be hit.
    TooLate,
    /// What went wrong.
    Wrong(String),
}

impl Outcome {
    fn of(was_hit: bool, problem: Option<String>) -> Self {
        match (problem, was_hit) {
            (Some(problem), _) => Self::Wrong(problem),
            (None, true) => Self::Held,
            (None, false) => Self::TooLate,
        }
    }
}

/// Runs the command in a new folder, with what happens to it.
pub(crate) fn run_trial(work: &Work, kind: Kind, chance: &mut Chance) -> Outcome {
    let folder = work.folder();
    let path = folder.path();
    match kind {
        Kind::Killed => {
            let mut process = work.command(path).spawn().unwrap();
            sleep(work.duration.mul_f64(chance.share()));
            let was_running = process.try_wait().unwrap().is_none();
            process.kill().unwrap();
            process.wait().unwrap();
            Outcome::of(was_running, after_another_run(work, path))
        }
        Kind::LittleSpace => {
            let output = work.with_little_space(path, chance.below(work.blocks));
            let was_told = output.status.code() == Some(1) && !stderr(&output).is_empty();
            let problem = (!output.status.success() && !was_told)
                .then(|| format!("it ended with {}: {}", output.status, stderr(&output)));
            Outcome::of(!output.status.success(), problem.or_else(|| after_another_run(work, path)))
        }
        Kind::Twice => {
            let mut processes = [(); 2].map(|()| work.command(path).spawn().unwrap());
            for process in &mut processes {
                process.wait().unwrap();
            }
            Outcome::of(true, after_another_run(work, path))
        }
        Kind::ChangedInput => changed_input(work, path, chance),
        Kind::FlippedBit => flipped_bit(work, path, chance),
    }
}

/// What is wrong in the folder once the command has run again. One that had ended before may refuse to write over its
/// result.
fn after_another_run(work: &Work, folder: &Path) -> Option<String> {
    let output = work.command(folder).stderr(Stdio::piped()).output().unwrap();
    let said = stderr(&output);
    let is_there = output.status.code() == Some(2) && said.contains("--force");
    if !output.status.success() && !is_there {
        return Some(format!("run again it ended with {}: {said}", output.status));
    }
    difference(&content(folder), &work.expected)
}

/// The result is that of the one input or of the other, or there is none.
fn changed_input(work: &Work, folder: &Path, chance: &mut Chance) -> Outcome {
    let mut process = work.command(folder).spawn().unwrap();
    sleep(work.duration.mul_f64(chance.share()));
    let was_running = process.try_wait().unwrap().is_none();
    let input = folder.join(work.input);
    fs::write(&input, &work.other).unwrap();
    if !process.wait().unwrap().success() {
        return Outcome::of(was_running, None);
    }
    let of_result = |content: &Content| {
        let mut content = content.clone();
        content.remove(Path::new(work.input));
        content
    };
    let found = of_result(&content(folder));
    let problems =
        [&work.expected, &work.expected_with_other].map(|expected| difference(&found, &of_result(expected)));
    let [Some(problem), Some(_)] = problems else { return Outcome::of(was_running, None) };
    Outcome::Wrong(format!("it is the result of neither input: {problem}"))
}

/// Whoever reads a result with a flipped bit says so, or it changes nothing; each file has its turn.
fn flipped_bit(work: &Work, folder: &Path, chance: &mut Chance) -> Outcome {
    if work.reader.is_empty() {
        return Outcome::TooLate;
    }
    work.command(folder).status().unwrap();
    let result = folder.join(work.result);
    let files = if result.is_dir() { files(&result) } else { vec![result] };
    let whole = read(work, folder);
    let problem = files.into_iter().find_map(|file| {
        let good = fs::read(&file).unwrap();
        let mut bytes = good.clone();
        let place = chance.below(bytes.len());
        *bytes.get_mut(place)? ^= 1 << chance.below(8);
        fs::write(&file, bytes).unwrap();
        let flipped = read(work, folder);
        fs::write(&file, good).unwrap();
        let is_said = matches!(flipped.0, Some(1 | 2));
        let what = || format!("a bit of byte {place} of {} changes what is read", file.display());
        (!is_said && flipped != whole).then(what)
    });
    Outcome::of(true, problem)
}

/// How the reader ends, what it prints, and what it writes.
fn read(work: &Work, folder: &Path) -> (Option<i32>, Vec<u8>, Option<Vec<u8>>) {
    let written = folder.join(READ_INTO);
    let _ = fs::remove_file(&written);
    let output = run(folder, work.reader);
    (output.status.code(), output.stdout, fs::read(written).ok())
}
