//! What every command prints with `--json`, and every file that it writes, is what the schemas of `docs/schemas` say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use blemore::data::generate::{Corpus, CorpusSize};
use blemore_cli::arguments::Arguments;
use blemore_testing::{schemas, wild};
use clap::CommandFactory;

use crate::program::blemore_json;

/// Prints a script, and no document.
const WITHOUT_DOCUMENT: &str = "completions";
/// A command line each; what begins with `@` is in the folder of the test, which they fill one after the other.
const LINES: [&str; 25] = [
    "reproduce --data @data --models linear --epochs 1 --test-epochs 1 --subsampled-epochs 1 -o @tables",
    "encode --list",
    "inspect @data",
    "folds --metadata @data/train_metadata.csv --folds 3 -o @folds.csv",
    "openface @openface -o @arrays",
    "aggregate @data/pre_extracted_train_data/GeneratedVideo_train -o @video.npz",
    "aggregate @data/pre_extracted_train_data/GeneratedAudio_train -o @audio.npz",
    "aggregate @data/pre_extracted_test_data/GeneratedAudio_test -o @audio_test.npz",
    "fuse @video.npz @audio.npz -o @fused.npz",
    "trivial --train-metadata @data/train_metadata.csv --test-metadata @data/test_metadata.csv",
    "cross-validate --features @audio.npz --metadata @data/train_metadata.csv --models linear --epochs 2 --nested -o @run",
    "merge @run -o @merged",
    "sweep @sweep.toml -o @sweep",
    "test --run @run --features @audio.npz --test-features @audio_test.npz --epochs 1 \
     --train-metadata @data/train_metadata.csv --test-metadata @data/test_metadata.csv",
    "verify @run",
    "report --run @run --metadata @data/train_metadata.csv --by gender -o @page.html",
    "figures --data @data -o @figures --fps 25",
    "predict --checkpoint @checkpoint.safetensors --features @audio_test.npz -o @predicted.json",
    "thresholds --probabilities @a.csv --exact",
    "late-fuse @a.csv @b.csv -o @c.csv",
    "decode --probabilities @a.csv @b.csv --fit @a.csv @b.csv --metadata @data/train_metadata.csv --decoder learned \
     --save @learned.json -o @decoded.json",
    "evaluate --probabilities @a.csv @b.csv --metadata @data/train_metadata.csv --replicates 100",
    "score --predictions @decoded.json --compare @decoded.json --by mix --replicates 100",
    "submit --predictions @decoded.json -o @bundle.zip",
    "--version -v",
];
const SWEEP: &str = r#"
metadata = "data/train_metadata.csv"
features = [{ name = "audio", tables = ["audio.npz"] }]
heads = ["emotions", "labels"]
recipe = { epochs = 2 }
baseline = { features = "audio", head = "emotions", objective = "kl-divergence", decoder = "grid" }
"#;

/// The folders of a run's cells, those of held-out tests left out.
fn cells(run: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(run.join("cells")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|cell| !cell.to_str().unwrap().contains("-test-")).collect()
}

/// One table of the outputs of all cells of a run.
fn outputs(run: &Path) -> String {
    let tables =
        cells(run).into_iter().map(|cell| fs::read_to_string(cell.join("probabilities.csv")).unwrap());
    let joined = tables.reduce(|all, table| all + table.split_once('\n').unwrap().1);
    joined.unwrap()
}

/// What the later command lines take of the results of the earlier ones.
fn take_outputs(folder: &Path) {
    let sweep = fs::read_dir(folder.join("sweep/runs")).unwrap().next().unwrap().unwrap().path();
    fs::write(folder.join("a.csv"), outputs(&folder.join("run"))).unwrap();
    fs::write(folder.join("b.csv"), outputs(&sweep)).unwrap();
    let cell = cells(&folder.join("run")).remove(0);
    fs::copy(cell.join("checkpoint.safetensors"), folder.join("checkpoint.safetensors")).unwrap();
}

#[test]
fn every_command_and_every_file_is_what_its_schema_says() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    Corpus::generate(42, CorpusSize::SMALL).unwrap().write(folder.join("data")).unwrap();
    fs::write(folder.join("sweep.toml"), SWEEP).unwrap();
    let mut held = BTreeSet::new();
    for line in LINES {
        if line.starts_with("predict") {
            take_outputs(folder);
        }
        let words = line.split_whitespace().map(|word| match word.strip_prefix('@') {
            Some("openface") => wild("openface/two-faces").display().to_string(),
            Some(path) => folder.join(path).display().to_string(),
            None => word.to_owned(),
        });
        blemore_json(words);
        held.insert(line.split(' ').next().unwrap().trim_start_matches("--"));
    }
    let commands = Arguments::command();
    let names =
        commands.get_subcommands().map(clap::Command::get_name).filter(|name| *name != WITHOUT_DOCUMENT);
    let expected: BTreeSet<&str> = names.chain(["version"]).collect();
    assert_eq!(held, expected, "a command with --json needs a schema, and a line here");
    assert_eq!(schemas::names("commands"), expected.into_iter().map(str::to_owned).collect());

    let files = schemas::hold_files(folder);
    // Those of `blemore encode` are held where it is tested, which needs ffmpeg.
    let written = files.keys().map(|name| name.trim_start_matches("files/").to_owned());
    let with_side_files: BTreeSet<String> = written.chain(["side-file".to_owned()]).collect();
    assert_eq!(with_side_files, schemas::names("files"));
}
