//! The command blocks and Rust blocks of the README and of the book, page by page in one folder.

mod rust_blocks;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use blemore_testing::book::{Block, Page};
use blemore_testing::schemas;

/// Blocks of these languages show something, and are not run here; those of Python are run by the tests of its package.
const SHOWN: [&str; 3] = ["text", "toml", "python"];
/// What the README's commands take from those of the book.
const OF_README: [&str; 2] = ["validation.csv", "test.csv"];

/// The folder in which a reader works, with the program in `PATH`.
struct Reader {
    folder: PathBuf,
    path: OsString,
}

impl Reader {
    fn new(folder: PathBuf, programs: &Path) -> Self {
        fs::create_dir(&folder).unwrap();
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(programs.to_owned()).chain(env::split_paths(&path));
        Self { folder, path: env::join_paths(folders).unwrap() }
    }

    /// Does what a page says.
    fn follow(&self, page: &Page) {
        for block in page.blocks() {
            let place = format!("{}:{}", page.name, block.line);
            match (&block.file, block.language.as_str()) {
                (Some(file), _) => fs::write(self.folder.join(file), &block.code).unwrap(),
                (None, "rust") => self.run_rust(&place, &block),
                _ if block.needs.is_some() => {}
                (None, "sh") => drop(self.run(&place, Command::new("bash").args(["-euc", &block.code]))),
                (None, language) => assert!(SHOWN.contains(&language), "{place}: how is {language:?} run?"),
            }
        }
    }

    /// What the command prints.
    fn run(&self, place: &str, command: &mut Command) -> String {
        let output = command.current_dir(&self.folder).env("PATH", &self.path).output().unwrap();
        let [said, printed] =
            [output.stderr, output.stdout].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(output.status.success(), "{place}\n{command:?}\n{printed}\n{said}");
        printed
    }

    /// Runs the twin of the block in this program, in a process of its own: it reads files of the folder.
    fn run_rust(&self, place: &str, block: &Block) {
        let name = rust_blocks::name_of(place, &block.code);
        if block.needs.is_none() {
            let mut command = Command::new(env::current_exe().unwrap());
            command.args(["--exact", rust_blocks::RUNNER, "--ignored"]).env(rust_blocks::NAME, name);
            assert!(self.run(place, &mut command).contains("1 passed"), "{place}: {name} was not run");
        }
    }
}

#[test]
fn every_block_of_the_book_and_of_the_readme_runs() {
    let temporary = tempfile::tempdir().unwrap();
    let programs = temporary.path().join("programs");
    fs::create_dir(&programs).unwrap();
    symlink(crate::PROGRAM, programs.join("blemore")).unwrap();
    let book = Reader::new(temporary.path().join("book"), &programs);
    let pages = Page::all();
    let (readme, chapters) = pages.split_first().unwrap();
    chapters.iter().for_each(|chapter| book.follow(chapter));

    let of_readme = Reader::new(temporary.path().join("readme"), &programs);
    for file in OF_README {
        fs::copy(book.folder.join(file), of_readme.folder.join(file)).unwrap();
    }
    of_readme.follow(readme);
    let held = schemas::hold_files(temporary.path());
    for file in ["run", "cell", "held-out-test", "checkpoint", "sweep", "tables", "predictions", "decoder"] {
        assert!(held.contains_key(format!("files/{file}").as_str()), "no {file} in {held:?}");
    }
}
