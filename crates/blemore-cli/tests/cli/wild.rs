//! Inputs as people have them: what the program says of predictions, probabilities and metadata.

use std::process::Output;

use blemore_testing::wild;

use crate::program::{blemore, blemore_json, refusal, stderr};

fn file(name: &str) -> String {
    wild(name).to_str().unwrap().to_owned()
}

/// Runs a command on predictions, with the metadata of their clips.
fn on_predictions(command: &str, name: &str, more: &[&str]) -> Output {
    let paths = [file(&format!("predictions/{name}")), file("predictions/metadata.csv")];
    blemore([command, "--predictions", &paths[0], "--metadata", &paths[1]].iter().chain(more))
}

/// What the program says of predictions that strict scoring and submitting refuse, and other scoring lists.
fn listed_and_refused(name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("submission.zip");
    let scored = on_predictions("score", name, &[]);
    assert_eq!(scored.status.code(), Some(0), "{}", stderr(&scored));
    let strict = on_predictions("score", name, &["--strict"]);
    let submitted = on_predictions("submit", name, &["-o", bundle.to_str().unwrap()]);
    for refused in [&strict, &submitted] {
        assert_eq!(refused.status.code(), Some(2), "{name}: {}", stderr(refused));
    }
    assert_eq!(stderr(&strict), stderr(&submitted), "one list of rules");
    stderr(&scored)
}

#[test]
fn what_submit_refuses_strict_scoring_refuses_and_scoring_lists() {
    for (name, part) in [
        ("text-saliences.json", "X101_ang_int1_ver1: the salience of ang is the text \"100.0\""),
        ("text-integers.json", "X101_ang_int1_ver1: the salience of ang is the text \"100\""),
        ("fractions.json", "X101_mix_ang_disg_30_70_ver1: saliences 0.3/0.7: give 100"),
        ("zero-entries.json", "X101_ang_int1_ver1: neutral is never part of a blend"),
    ] {
        let said = listed_and_refused(name);
        assert!(said.contains(name) && said.contains(part), "{said}");
    }
}

#[test]
fn the_published_numbers_stay() {
    for (name, presence, salience) in [
        ("text-saliences.json", 1.0, 1.0),
        ("text-integers.json", 1.0, 1.0),
        ("paths.json", 1.0, 1.0),
        ("fractions.json", 1.0, 0.0),
    ] {
        let document = blemore_json(["score", "--predictions", &file(&format!("predictions/{name}"))]);
        assert_eq!(document["acc_presence"], presence, "{name}");
        assert_eq!(document["acc_salience"], salience, "{name}");
    }
}

#[test]
fn folders_in_keys_come_off_and_are_said_once() {
    for more in [&[][..], &["--strict"]] {
        let output = on_predictions("score", "paths.json", more);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
        assert!(
            stderr(&output).contains("\"data/test/X101_ang_int1_ver1.mp4\" is read as"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn keys_of_which_none_is_a_clip_are_shown() {
    for (name, parts) in [
        ("capitals.json", ["X101_ANG_INT1_VER1", "none of its"]),
        ("wrapped.json", ["\"results\"", "\"predictions\""]),
    ] {
        let output = on_predictions("score", name, &[]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(name) && parts.iter().all(|part| said.contains(part)), "{said}");
        assert!(!said.contains("--metadata"), "it was given: {said}");
    }
}

#[test]
fn clips_that_the_metadata_do_not_have_are_shown() {
    let predictions = file("predictions/paths.json");
    let said =
        refusal(["score", "--predictions", &predictions, "--metadata", &file("metadata/sep-line.csv")]);
    for part in ["paths.json", "sep-line.csv", "the first is of X101_ang_int1_ver1"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn submit_takes_a_list_of_names() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("submission.zip");
    let (predictions, names) = (file("predictions/paths.json"), file("predictions/names-only.csv"));
    let submit =
        ["submit", "--predictions", &predictions, "--metadata", &names, "-o", bundle.to_str().unwrap()];
    assert_eq!(blemore_json(submit)["n_clips"], 12);
    let scored = blemore_json(["score", "--predictions", bundle.to_str().unwrap(), "--metadata", &names]);
    assert_eq!((scored["acc_presence"].as_f64(), scored["n_actors"].as_u64()), (Some(1.0), Some(1)));
}

#[test]
fn metadata_that_are_a_spreadsheet_are_named_and_not_shown() {
    let said = refusal([
        "score",
        "--predictions",
        &file("predictions/paths.json"),
        "--metadata",
        &file("metadata/spreadsheet.xlsx"),
    ]);
    assert!(said.contains("an Excel spreadsheet") && said.contains("save the sheet as CSV"), "{said}");
    assert!(said.trim_end().chars().all(|letter| letter == '\n' || !letter.is_control()), "{said:?}");
}

#[test]
fn probabilities_of_two_digits_are_noted_once() {
    let output = blemore(["thresholds", "--probabilities", &file("probabilities/two-digits.csv")]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output).matches("rounded to two digits").count(), 1, "{}", stderr(&output));
    let quiet = blemore(["-q", "thresholds", "--probabilities", &file("probabilities/two-digits.csv")]);
    assert_eq!(stderr(&quiet), "");
}

#[test]
fn faulty_probabilities_name_the_line_that_an_editor_shows() {
    for (name, line) in [("crlf-fault-in-line-4.csv", "line 4"), ("blank-line-fault-in-line-5.csv", "line 5")]
    {
        let said = refusal(["thresholds", "--probabilities", &file(&format!("probabilities/{name}"))]);
        assert!(said.contains(line) && said.contains("the value of neu is \"x\""), "{said}");
    }
}

#[test]
fn decimal_commas_are_read_and_a_table_without_blends_is_noted() {
    let comma = file("probabilities/decimal-comma.csv");
    let output = blemore(["thresholds", "--probabilities", &comma]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("singles.csv");
    let header: String = "filename,ang,disg,fea,hap,sad,neu\nX101_ang_int1_ver1,1,0,0,0,0,0\n".to_owned();
    std::fs::write(&path, header).unwrap();
    let output = blemore(["thresholds", "--probabilities", path.to_str().unwrap()]);
    let said = stderr(&output);
    assert!(
        said.contains("singles.csv: no clip shows a blend") && said.contains("0.0, as published"),
        "{said}"
    );
}

#[test]
fn inspect_shows_what_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(wild("metadata/paths.csv"), folder.path().join("train_metadata.csv")).unwrap();
    let output = blemore(["inspect".as_ref(), folder.path().as_os_str()]);
    let shown = String::from_utf8(output.stdout).unwrap();
    for part in ["Notes:", "folders before clip names are left out", "no clip shows a blend"] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
}

/// The rule of exit codes: 2 for what was given wrong, 1 for what the machine could not do.
#[test]
#[cfg(target_os = "linux")]
fn exit_codes_tell_wrong_input_from_a_machine_that_fails() {
    use std::fs::File;
    use std::process::Command;

    let folder = tempfile::tempdir().unwrap();
    let (predictions, metadata) = (file("predictions/paths.json"), file("predictions/metadata.csv"));
    let inside_a_file = format!("{predictions}/output");
    let a_folder = folder.path().to_str().unwrap();
    // Reading this fails with an error of input and output, for everybody.
    let unreadable = "/proc/self/mem";
    for (code, arguments) in [
        (2, vec!["score", "--predictions", "nowhere.json"]),
        (2, vec!["score", "--predictions", a_folder]),
        (2, vec!["score", "--predictions", &inside_a_file]),
        (2, vec!["score", "--predictions", &predictions, "--metadata", "nowhere.csv"]),
        (2, vec!["score", "--predictions", &metadata]),
        (2, vec!["thresholds", "--probabilities", a_folder]),
        (2, vec!["fuse", "nowhere.npz", "nowhere.npz", "-o", "never.npz"]),
        (2, vec!["aggregate", "nowhere", "-o", "never.npz"]),
        (2, vec!["inspect", "nowhere"]),
        // What never ends is refused at once.
        (2, vec!["score", "--predictions", "/dev/zero"]),
        (2, vec!["score", "--predictions", &predictions, "--metadata", "/dev/zero"]),
        (2, vec!["thresholds", "--probabilities", "/dev/zero"]),
        (2, vec!["fuse", "/dev/zero", "/dev/zero", "-o", "never.npz"]),
        (2, vec!["aggregate", "/dev/zero", "-o", "never.npz"]),
        (1, vec!["score", "--predictions", unreadable]),
        (1, vec!["score", "--predictions", &predictions, "--metadata", unreadable]),
        (1, vec!["thresholds", "--probabilities", unreadable]),
        (1, vec!["submit", "--predictions", unreadable, "-o", "never.zip"]),
        (1, vec!["submit", "--predictions", &predictions, "-o", &inside_a_file]),
    ] {
        let output = blemore(&arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", stderr(&output));
    }
    let full = Command::new(crate::PROGRAM)
        .args(["score", "-q", "--predictions", &predictions])
        .stdout(File::options().write(true).open("/dev/full").unwrap())
        .output()
        .unwrap();
    assert_eq!(full.status.code(), Some(1), "{}", stderr(&full));
}
