//! Aggregations to a file that are killed and go on.

use std::fs;
use std::path::{Path, PathBuf};

use blemore_features::{Aggregator, Error, FeatureTable, FolderAggregation, NonFinite, Statistic};
use ndarray::array;

use crate::arrays::{values, write_frames};

const CLIPS: usize = 7;

struct Setting {
    folder: tempfile::TempDir,
    out: tempfile::TempDir,
}

impl Setting {
    fn new() -> Self {
        let setting = Self { folder: tempfile::tempdir().unwrap(), out: tempfile::tempdir().unwrap() };
        for number in 0..CLIPS {
            write_frames(&setting.clip(number), &(values(3 + number % 3, 4) + number as f32));
        }
        setting
    }

    fn clip(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("test_{number:04}.npy"))
    }

    fn output(&self) -> PathBuf {
        self.out.path().join("below").join("features.npz")
    }

    fn journal(&self) -> PathBuf {
        self.out.path().join("below").join("features.npz.partial")
    }

    fn aggregation(&self) -> FolderAggregation {
        FolderAggregation::new(self.folder.path()).threads(2)
    }

    /// The bytes of an undisturbed run.
    fn expected(&self) -> Vec<u8> {
        let path = self.out.path().join("expected.npz");
        self.aggregation().run(&|_| ()).unwrap().table.write(&path).unwrap();
        fs::read(path).unwrap()
    }

    /// Leaves the finished rows of all clips but the last, which is then put in order.
    fn interrupt(&self) -> Vec<u8> {
        let last = fs::read(self.clip(CLIPS - 1)).unwrap();
        fs::write(self.clip(CLIPS - 1), "no array").unwrap();
        assert!(matches!(self.aggregation().write(self.output(), &|_| ()), Err(Error::Folder { .. })));
        assert!(!self.output().exists());
        fs::write(self.clip(CLIPS - 1), last).unwrap();
        fs::read(self.journal()).unwrap()
    }

    fn finish(&self) -> usize {
        let summary = self.aggregation().write(self.output(), &|_| ()).unwrap();
        assert_eq!((summary.clips.len(), summary.width), (CLIPS, 28));
        assert_eq!(fs::read(self.output()).unwrap(), self.expected());
        assert!(!self.journal().exists());
        summary.resumed
    }
}

#[test]
fn a_run_to_a_file_gives_the_bytes_of_a_run_in_memory() {
    let setting = Setting::new();
    assert_eq!(setting.finish(), 0);
    assert_eq!(
        FeatureTable::read(setting.output()).unwrap(),
        setting.aggregation().run(&|_| ()).unwrap().table
    );
}

#[test]
fn a_run_killed_at_any_byte_goes_on_and_gives_the_same_bytes() {
    let setting = Setting::new();
    let rows = setting.interrupt();
    let mut most = 0;
    for length in 0..=rows.len() {
        fs::write(setting.journal(), &rows[..length]).unwrap();
        let resumed = setting.finish();
        assert!(resumed >= most, "{resumed} rows of {length} bytes, {most} of fewer");
        most = resumed;
    }
    assert_eq!(most, CLIPS - 1);
}

#[test]
fn damaged_rows_are_made_again() {
    let setting = Setting::new();
    let rows = setting.interrupt();
    for place in (0..rows.len()).step_by(11).filter(|place| *place > "blemore rows 1".len()) {
        let mut damaged = rows.clone();
        damaged[place] ^= 0x10;
        fs::write(setting.journal(), damaged).unwrap();
        assert!(setting.finish() < CLIPS - 1);
    }
}

#[test]
fn changed_arrays_are_aggregated_again() {
    let setting = Setting::new();
    setting.interrupt();
    let modified = fs::metadata(setting.clip(2)).unwrap().modified().unwrap();
    write_frames(&setting.clip(2), &(values(5, 4) * 2.0));
    // As many bytes, and the same time of change.
    fs::File::options().append(true).open(setting.clip(2)).unwrap().set_modified(modified).unwrap();
    // The same bytes at another time may be anything by now.
    let bytes = fs::read(setting.clip(3)).unwrap();
    fs::write(setting.clip(3), bytes).unwrap();
    fs::remove_file(setting.clip(4)).unwrap();
    write_frames(&setting.clip(4), &values(1, 4));
    assert_eq!(setting.finish(), CLIPS - 1 - 3);
}

#[test]
fn clips_that_are_gone_are_not_in_the_table() {
    let setting = Setting::new();
    setting.interrupt();
    fs::remove_file(setting.clip(0)).unwrap();
    let summary = setting.aggregation().write(setting.output(), &|_| ()).unwrap();
    assert_eq!((summary.clips.len(), summary.resumed), (CLIPS - 1, CLIPS - 2));
    assert_eq!(fs::read(setting.output()).unwrap(), setting.expected());
}

#[test]
fn other_settings_begin_again() {
    let setting = Setting::new();
    setting.interrupt();
    let aggregator = Aggregator::new([Statistic::Mean, Statistic::Quantile(0.3)]).unwrap();
    let other = setting.aggregation().aggregator(aggregator);
    let summary = other.write(setting.output(), &|_| ()).unwrap();
    assert_eq!((summary.resumed, summary.width), (0, 8));
    fs::remove_file(setting.output()).unwrap();
    setting.interrupt();
    let summary =
        setting.aggregation().non_finite(NonFinite::DropFrames).write(setting.output(), &|_| ()).unwrap();
    assert_eq!(summary.resumed, 0);
}

#[test]
fn mended_clips_are_reported_by_the_run_that_goes_on() {
    let setting = Setting::new();
    write_frames(&setting.clip(1), &array![[1.0, 2.0, 3.0, 4.0], [f32::NAN, 2.0, 3.0, 4.0]]);
    let aggregation = setting.aggregation().non_finite(NonFinite::DropFrames);
    let last = fs::read(setting.clip(5)).unwrap();
    fs::write(setting.clip(5), "no array").unwrap();
    aggregation.write(setting.output(), &|_| ()).unwrap_err();
    fs::write(setting.clip(5), last).unwrap();
    let summary = aggregation.write(setting.output(), &|_| ()).unwrap();
    assert_eq!(summary.resumed, CLIPS - 1);
    assert_eq!(
        summary
            .mended
            .iter()
            .map(|(clip, mending)| (clip.as_str(), mending.frames_dropped))
            .collect::<Vec<_>>(),
        [("test_0001", 1)]
    );
}

#[test]
fn two_runs_do_not_write_one_file() {
    let setting = Setting::new();
    let other = |_: blemore_features::Progress<'_>| {
        let busy = setting.aggregation().write(setting.output(), &|_| ());
        assert!(matches!(busy, Err(Error::Busy { .. })));
    };
    setting.aggregation().write(setting.output(), &other).unwrap();
    assert_eq!(setting.finish(), 0);
}

#[test]
fn files_of_others_are_left_alone() {
    let setting = Setting::new();
    fs::create_dir_all(setting.journal().parent().unwrap()).unwrap();
    fs::write(setting.journal(), "my notes").unwrap();
    assert!(matches!(setting.aggregation().write(setting.output(), &|_| ()), Err(Error::ForeignFile { .. })));
    assert_eq!(fs::read(setting.journal()).unwrap(), b"my notes");
}

#[test]
fn a_place_that_cannot_be_written_is_an_error_with_its_path() {
    let setting = Setting::new();
    let error = setting.aggregation().write(setting.clip(0).join("features.npz"), &|_| ()).unwrap_err();
    assert!(matches!(error, Error::Write { .. }));
    assert!(error.to_string().contains("test_0000.npy"));
    let nothing: &Path = Path::new("/proc/features.npz");
    if nothing.parent().unwrap().is_dir() {
        assert!(matches!(setting.aggregation().write(nothing, &|_| ()), Err(Error::Write { .. })));
    }
}
