//! A process that encodes the clip for each line that it gets: ours, or `benches/peers/encoders`.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write, stdin};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use blemore_benches::memory;
use blemore_features::FeatureMatrix;

use crate::plan::{BATCH, Plan};
use crate::sample::Sample;

/// What a side said once its network was there.
const READY: &str = "ready";

pub(crate) struct Side {
    process: Child,
    /// Closed when nothing more is to be encoded.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Where it leaves its features.
    features: PathBuf,
}

/// What was measured of a side.
pub(crate) struct Measurement {
    pub(crate) seconds: Vec<f64>,
    /// The most bytes that the process held, where the system tells.
    pub(crate) bytes: usize,
    pub(crate) features: FeatureMatrix,
}

/// The Python program.
pub(crate) fn peer(python: &OsStr, plan: Plan, sample: &Sample) -> Command {
    let mut command = python_program(python, plan.kind.name());
    command.arg(sample.clip()).arg(sample.ffmpeg().path());
    command.args([plan.every.to_string(), BATCH.to_string()]).arg(sample.features());
    command
}

/// The Python program, for an encoder or faces.
pub(crate) fn python_program(python: &OsStr, work: &str) -> Command {
    let mut command = Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/encoders")).arg(work);
    command
}

/// Our side: works for each line that it reads, and leaves what comes of it at a path.
pub(crate) fn serve(features: &Path, mut work: impl FnMut() -> FeatureMatrix) {
    println!("{READY}");
    for line in stdin().lock().lines() {
        line.unwrap();
        let start = Instant::now();
        let matrix = work();
        let seconds = start.elapsed().as_secs_f64();
        matrix.write(features).unwrap();
        println!("{seconds}");
    }
    println!("{}", memory("VmHWM:").unwrap_or(0));
}

impl Side {
    /// Starts a program, and waits for its network.
    pub(crate) fn start(mut program: Command, threads: usize, features: &Path) -> Self {
        program.env("OMP_NUM_THREADS", threads.to_string());
        let mut process = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (process.stdin.take(), process.stdout.take().unwrap());
        let mut side = Self { process, input, output: BufReader::new(output), features: features.to_owned() };
        assert_eq!(side.line(), READY, "{program:?} starts");
        side
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// Seconds of the clip.
    fn encode(&mut self) -> f64 {
        self.input.as_mut().unwrap().write_all(b"\n").unwrap();
        self.line().parse().unwrap()
    }

    /// Encodes so many times, after one that is not counted if it is to warm up.
    pub(crate) fn measure(mut self, warms_up: bool, repetitions: usize) -> Measurement {
        if warms_up {
            self.encode();
        }
        let seconds = (0..repetitions).map(|_| self.encode()).collect();
        self.input = None;
        let bytes = self.line().parse().unwrap();
        assert!(self.process.wait().unwrap().success(), "a side ends well");
        Measurement { seconds, bytes, features: FeatureMatrix::read(self.features).unwrap() }
    }
}
