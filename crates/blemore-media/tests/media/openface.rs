//! The program OpenFace, of which stand-ins do what it may do.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use blemore_base::Blame;
use blemore_media::{Error, OpenFace, OpenFaceFiles, OpenFaceOutput, WeightsOrigin};
use blemore_testing::OpenFaceStandIn;

/// A stand-in with a clip, which it does not look into, and a folder for what it writes.
struct Scene {
    folder: tempfile::TempDir,
    program: PathBuf,
}

impl Scene {
    fn new(does: OpenFaceStandIn) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a clip.mp4"), "").unwrap();
        fs::create_dir(folder.path().join("out")).unwrap();
        let program = does.write(folder.path());
        Self { folder, program }
    }

    fn run(&self, output: OpenFaceOutput, stall: Duration) -> Result<OpenFaceFiles, Error> {
        let openface = OpenFace::find(Some(&self.program)).unwrap();
        let [clip, out] = ["a clip.mp4", "out"].map(|name| self.folder.path().join(name));
        openface.run(&clip, &out, output, stall)
    }

    /// What goes wrong with both outputs.
    fn error(&self, stall: Duration) -> String {
        let error = self.run(OpenFaceOutput::Both, stall).unwrap_err();
        assert!(error.is_bad_input());
        error.to_string()
    }
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn it_gets_the_flags_of_what_it_is_to_write_and_no_others() {
    let scene = Scene::new(OpenFaceStandIn::Writes(3));
    let out = scene.folder.path().join("out");
    let OpenFaceFiles { features, faces } = scene.run(OpenFaceOutput::Features, LONG).unwrap();
    assert_eq!((features, faces), (Some(out.join("a clip.csv")), None));
    assert!(!out.join("a clip_aligned").exists());
    let OpenFaceFiles { features, faces } = scene.run(OpenFaceOutput::Faces, LONG).unwrap();
    assert_eq!(features, None);
    assert_eq!(fs::read_dir(faces.unwrap()).unwrap().count(), 3);
    // The stand-in refuses what OpenFace does not know.
    let output = Command::new(&scene.program).args(["-f", "clip", "-simaling"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn its_version_and_content_tell_which_one_it_is() {
    let scene = Scene::new(OpenFaceStandIn::Writes(3));
    let origin = OpenFace::find(Some(&scene.program)).unwrap().origin();
    assert!(origin.to_string().starts_with("OpenFace 2.2.0 ("), "{origin}");
    let text = serde_json::to_string(&origin).unwrap();
    assert_eq!(serde_json::from_str::<WeightsOrigin>(&text).unwrap(), origin);
    let script = fs::read_to_string(&scene.program).unwrap().replace("OpenFace 2.2.0", "no number");
    fs::write(&scene.program, script).unwrap();
    let other = OpenFace::find(Some(&scene.program)).unwrap().origin();
    assert!(other.to_string().starts_with("OpenFace of an untold version ("), "{other}");
    assert_ne!(other, origin);
}

#[test]
fn without_the_program_the_error_says_how_to_get_it_and_what_its_licence_allows() {
    let folder = tempfile::tempdir().unwrap();
    let error = OpenFace::find(Some(&folder.path().join("FeatureExtraction"))).unwrap_err();
    assert!(error.is_bad_input());
    let error = error.to_string();
    for part in
        ["cannot be read", "github.com/TadasBaltrusaitis/OpenFace", "non-profit use only", "--openface"]
    {
        assert!(error.contains(part), "`{part}` is not in {error}");
    }
    let file = folder.path().join("FeatureExtraction");
    fs::write(&file, "no program").unwrap();
    let error = OpenFace::find(Some(&file)).unwrap_err().to_string();
    assert!(error.contains("cannot be run"), "{error}");
}

#[test]
fn a_program_that_ends_without_its_files_is_an_error_of_the_clip() {
    let error = Scene::new(OpenFaceStandIn::WritesNothing).error(LONG);
    assert!(
        error.contains("a clip.mp4: OpenFace failed: it ended without a clip.csv: a clip: tracking"),
        "{error}"
    );
}

#[test]
fn a_program_that_fails_or_crashes_is_quoted() {
    let error = Scene::new(OpenFaceStandIn::Fails).error(LONG);
    assert!(
        error.contains("exit status: 1") && error.contains("Could not load the landmark detector"),
        "{error}"
    );
    let error = Scene::new(OpenFaceStandIn::Crashes).error(LONG);
    assert!(error.contains("signal: 11") && error.contains("a bad pointer"), "{error}");
}

#[test]
fn a_program_that_hangs_is_ended() {
    let scene = Scene::new(OpenFaceStandIn::Hangs);
    let start = Instant::now();
    let error = scene.error(Duration::from_secs(1));
    assert!(error.contains("it gave nothing for 1 s and was ended"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(30));
}
