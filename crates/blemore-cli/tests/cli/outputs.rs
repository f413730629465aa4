//! `blemore evaluate`, `decode` and `late-fuse`: outputs of models of one's own.

use std::fmt::Write;
use std::path::Path;
use std::{fs, iter};

use serde_json::Value;

use crate::program::{blemore, blemore_json, refusal, stderr};

const METADATA: &str =
    "filename,video_id,mix,emotion_1,emotion_2,emotion_1_salience,emotion_2_salience,fold\n";
const EMOTIONS: [&str; 6] = ["ang", "disg", "fea", "hap", "sad", "neu"];

/// A table of made-up outputs in which the shown emotions stand out, for clips of `actors`; without labels in the names
/// where `hidden`.
fn table(path: &Path, actors: std::ops::Range<usize>, hidden: bool, shift: usize) -> String {
    let mut text = String::from("filename,ang,disg,fea,hap,sad,neu\n");
    let mut clip = 0;
    for actor in actors {
        for label in 0..16 {
            clip += 1;
            let (name, shown) = match label {
                0..6 => (format!("A{actor}_{}_int1_ver1", EMOTIONS[label]), [label, label]),
                _ => {
                    let first = (label - 6) % 4;
                    let second = first + 1 + (label - 6) / 4 % (4 - first);
                    let ratio = ["50_50", "70_30", "30_70"][(label + actor) % 3];
                    let name =
                        format!("A{actor}_mix_{}_{}_{ratio}_ver{label}", EMOTIONS[first], EMOTIONS[second]);
                    (name, [first, second])
                }
            };
            let noise = |emotion: usize| ((clip * 31 + emotion * 17 + shift * 13) % 23) as f64 / 23.0;
            let values: Vec<f64> = (0..6)
                .map(|emotion| 0.3 + noise(emotion) + if shown.contains(&emotion) { 1.0 } else { 0.0 })
                .collect();
            let sum: f64 = values.iter().sum();
            let name = if hidden { format!("test_{clip:04}") } else { name };
            text.push_str(&name);
            for value in values {
                write!(text, ",{}", value / sum).unwrap();
            }
            text.push('\n');
        }
    }
    fs::write(path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn said(output: &std::process::Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn every_decoder_is_kept_in_a_file_that_decodes_alike() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let text = |name: &str| at(name).to_str().unwrap().to_owned();
    let validation =
        [table(&at("video.csv"), 100..110, false, 0), table(&at("audio.csv"), 100..110, false, 1)];
    let test = [table(&at("t-video.csv"), 300..303, true, 0), table(&at("t-audio.csv"), 300..303, true, 1)];
    for decoder in ["grid", "exact", "argmax", "expected-score", "learned", "learned-apart"] {
        let tables = ["--probabilities", &test[0], &test[1]];
        let weights = if decoder.starts_with("learned") { "mean" } else { "likelihood" };
        let fit = ["--fit", &validation[0], &validation[1], "--weights", weights, "--decoder", decoder];
        let rest =
            ["--save", &text("decoder.json"), "-o", &text("predictions.json"), "--force"].map(str::to_owned);
        let words = iter::once("decode").chain(tables).chain(fit).chain(rest.iter().map(String::as_str));
        let document = blemore_json(words);
        assert_eq!(document["n_clips"], 48, "{decoder}");
        assert_eq!(document["alpha"].is_number(), ["grid", "exact"].contains(&decoder), "{document}");
        let learned = fs::read_to_string(at("predictions.json")).unwrap();
        let kept = [
            "--trained".to_owned(),
            text("decoder.json"),
            "-o".to_owned(),
            text("again.json"),
            "--force".to_owned(),
        ];
        said(&blemore(iter::once("decode").chain(tables).chain(kept.iter().map(String::as_str))));
        assert_eq!(fs::read_to_string(at("again.json")).unwrap(), learned, "{decoder}");
    }
    let one = refusal([
        "decode",
        "--probabilities",
        &test[0],
        "--trained",
        &text("decoder.json"),
        "-o",
        &text("x.json"),
    ]);
    assert!(one.contains("2 systems (video, audio)"), "{one}");
}

#[test]
fn thresholds_of_ones_own_are_the_published_rules() {
    let folder = tempfile::tempdir().unwrap();
    let (table, output) = (folder.path().join("p.csv"), folder.path().join("p.json"));
    fs::write(
        &table,
        "filename,ang,disg,fea,hap,sad,neu\ntest_0001,0.5,0.4,0.1,0,0,0\ntest_0002,9,0,0,0,0,0\n",
    )
    .unwrap();
    let words = |more: &'static [&str]| {
        let [table, output] = [&table, &output].map(|path| path.to_str().unwrap().to_owned());
        let base = ["decode", "--probabilities", &table, "--alpha", "0.1", "--beta", "0.2", "-o", &output];
        base.into_iter().chain(more.iter().copied()).map(str::to_owned).collect::<Vec<_>>()
    };
    let said = refusal(words(&[]));
    assert!(said.contains("p.csv") && said.contains("line 3 (test_0002)"), "{said}");
    // As logits, the second clip is angry, and the first is not sure.
    assert_eq!(blemore_json(words(&["--logits"]))["n_blends"], 1);
    let found: Value = serde_json::from_slice(&fs::read(&output).unwrap()).unwrap();
    assert_eq!(found["test_0002"][0]["emotion"], "ang", "{found}");
    assert!(refusal(words(&["--logits"])).contains("--force"));
}

#[test]
fn mistakes_are_named_with_file_clip_and_fix() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let out = at("out").to_str().unwrap().to_owned();
    let validation = table(&at("validation.csv"), 100..110, false, 0);
    let other = table(&at("other.csv"), 100..109, false, 0);
    let test = table(&at("test.csv"), 300..303, true, 0);
    let one_actor = table(&at("one.csv"), 100..101, false, 0);

    let said = refusal(["evaluate", "--probabilities", &test]);
    assert!(said.contains("test.csv") && said.contains("test_0001") && said.contains("--metadata"), "{said}");
    let said = refusal(["evaluate", "--probabilities", &validation, &other]);
    assert!(
        said.contains("other.csv: other has not the same clips as validation: 16 only in the first"),
        "{said}"
    );
    let said = refusal(["evaluate", "--probabilities", &one_actor]);
    assert!(said.contains("one.csv: the table needs clips of at least 3 folds, found 1"), "{said}");
    let said = refusal(["decode", "--probabilities", &test, &test, "--fit", &validation, "-o", &out]);
    assert!(said.contains("--fit and --probabilities have 1 and 2 tables"), "{said}");
    refusal(["decode", "--probabilities", &test, "-o", &out]);
    refusal(["decode", "--probabilities", &test, "--alpha", "0.1", "-o", &out]);

    let by_actor = ["--decoder", "learned", "--centre-by", "actor", "-o", &out];
    let said =
        refusal(["decode", "--probabilities", &test, "--fit", &validation].into_iter().chain(by_actor));
    assert!(said.contains("the actor of 48 of 48 clips is not known, the first is test_0001"), "{said}");
    let said = refusal([
        "decode",
        "--probabilities",
        &test,
        "--fit",
        &validation,
        "--centre-by",
        "actor",
        "-o",
        &out,
    ]);
    assert!(said.contains("--decoder learned"), "{said}");
    let said = refusal(["decode", "--probabilities", &test, "--trained", &validation, "-o", &out]);
    assert!(said.contains("validation.csv") && said.contains("--save"), "{said}");

    let learn = ["--decoder", "learned", "--weights", "score", "-o", &out];
    let said = refusal(["decode", "--probabilities", &test, "--fit", &validation].into_iter().chain(learn));
    assert!(said.contains("leave out --weights"), "{said}");
    let thresholds = ["--alpha", "0.1", "--beta", "0.1", "--decoder", "exact", "-o", &out];
    let said = refusal(["decode", "--probabilities", &test].into_iter().chain(thresholds));
    assert!(said.contains("--decoder") && said.contains("give --fit"), "{said}");
    fs::write(at("empty.csv"), "filename,ang,disg,fea,hap,sad,neu\n").unwrap();
    let empty = at("empty.csv").to_str().unwrap().to_owned();
    for files in [[&empty, &validation], [&test, &empty]] {
        let said = refusal(["decode", "--probabilities", files[0], "--fit", files[1], "-o", &out]);
        assert!(said.contains("empty.csv: there is no clip"), "{said}");
    }
    assert!(!at("out").exists());
    let thresholds = ["decode", "--alpha", "0.1", "--beta", "0.1", "--force", "--probabilities", &test];
    let said = refusal(thresholds.into_iter().chain(["-o", &test]));
    assert!(said.contains("is the input"), "{said}");
    let said = refusal(thresholds.into_iter().chain(["-o", &out, "--save", &out]));
    assert!(said.contains("give two"), "{said}");
}

#[test]
fn folds_that_cannot_be_meant_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("folds.csv");
    let rows = fs::read_to_string(table(&path, 100..106, false, 0)).unwrap();
    let refused = |fold: &dyn Fn(usize) -> String| {
        let with_fold = |(line, text): (usize, &str)| match line {
            0 => format!("{text},fold\n"),
            line => format!("{text},{}\n", fold(line)),
        };
        fs::write(&path, rows.lines().enumerate().map(with_fold).collect::<String>()).unwrap();
        let said = refusal(["evaluate", "--probabilities", path.to_str().unwrap()]);
        assert!(said.contains("folds.csv: "), "{said}");
        said
    };
    let said = refused(&|_| "x".to_owned());
    assert!(said.contains("the fold of A100_ang_int1_ver1 is \"x\""), "{said}");
    let said = refused(&|_| "test".to_owned());
    assert!(said.contains("test clips are not learned from"), "{said}");
    let said = refused(&|line| (line % 5).to_string());
    assert!(said.contains("actor A100 has clips in folds 1 and 2"), "{said}");
    let said = refused(&|line| if line < 20 { "0.0" } else { "" }.to_owned());
    assert!(said.contains("at least 3 folds, found 1"), "{said}");
}

#[test]
fn metadata_tell_what_names_and_tables_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (named, hidden) = (at("named.csv"), at("hidden.csv"));
    table(Path::new(&named), 100..110, false, 0);
    table(Path::new(&hidden), 100..110, true, 0);
    let names = fs::read_to_string(&named).unwrap();
    let (mut with_folds, mut metadata) = (String::new(), String::from(METADATA));
    for (clip, line) in names.lines().enumerate() {
        if clip == 0 {
            with_folds.push_str(&format!("{line},fold\n"));
            continue;
        }
        let name: Vec<&str> = line.split(',').next().unwrap().split('_').collect();
        let fold = if clip > 128 { String::new() } else { ((clip - 1) / 32).to_string() };
        with_folds.push_str(&format!("{line},{fold}\n"));
        let label = match name[1] {
            "mix" => format!("1,{},{},{},{}", name[2], name[3], name[4], name[5]),
            emotion => format!("0,{emotion},,,"),
        };
        metadata.push_str(&format!("test_{clip:04},{},{label},{fold}\n", name[0]));
    }
    fs::write(&named, with_folds).unwrap();
    fs::write(at("metadata.csv"), metadata).unwrap();
    let evaluate = |file: &str, more: &[&str]| {
        let words = ["evaluate", "--replicates", "100", "--centre-by", "actor", "--probabilities", file];
        let mut document = blemore_json(words.into_iter().chain(more.iter().copied()));
        assert!(document["rows"][0]["test"].is_object());
        // The system has the name of its file.
        for row in document["rows"].as_array_mut().unwrap() {
            row["systems"].take();
        }
        document
    };
    assert_eq!(evaluate(&hidden, &["--metadata", &at("metadata.csv")]), evaluate(&named, &[]));
}

#[test]
fn fused_tables_are_evaluated_like_others() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let tables = [table(&at("video.csv"), 100..110, false, 0), table(&at("audio.csv"), 100..110, false, 1)];
    for weights in ["mean", "likelihood", "score"] {
        let fused = at(&format!("{weights}.csv")).to_str().unwrap().to_owned();
        let document =
            blemore_json(["late-fuse", &tables[0], &tables[1], "--weights", weights, "-o", &fused]);
        let folds = document["weights"].as_object().unwrap();
        assert_eq!(folds.len(), if weights == "mean" { 1 } else { 6 }, "{document}");
        for weights in folds.values() {
            let sum: f64 = weights.as_array().unwrap().iter().filter_map(Value::as_f64).sum();
            approx::assert_abs_diff_eq!(sum, 1.0, epsilon = 1e-12);
        }
        let evaluated = said(&blemore(["evaluate", "--replicates", "100", "--probabilities", &fused]));
        for part in
            ["HiCMAE", "people", "Recall by class, all folds", &format!("against `grid` of {weights}")]
        {
            assert!(evaluated.contains(part), "{part} is not in\n{evaluated}");
        }
    }
    let document = blemore_json([
        "late-fuse",
        &tables[0],
        &tables[1],
        "--fit",
        &tables[0],
        &tables[1],
        "-o",
        at("f.csv").to_str().unwrap(),
    ]);
    assert_eq!(document["weights"]["all"], serde_json::json!([0.5, 0.5]));
}

#[test]
fn outputs_that_are_no_test_or_count_twice_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (validation, test) =
        (table(&at("validation.csv"), 100..110, false, 0), table(&at("test.csv"), 109..112, false, 0));
    let out = at("out.json").to_str().unwrap().to_owned();
    let fused = at("fused.csv").to_str().unwrap().to_owned();
    let said = |words: &[&str]| {
        let output = blemore(words);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stderr(&output)
    };
    let decode = |test, fit| said(&["decode", "--probabilities", test, "--fit", fit, "-o", &out, "--force"]);
    assert!(decode(&validation, &validation).contains("160 of 160 clips are in"));
    assert!(decode(&test, &validation).contains("test.csv: 16 of 48 clips are in"));
    let other = table(&at("other.csv"), 200..203, false, 0);
    assert!(!decode(&other, &validation).contains("clips are in"));
    let late_fuse = |rest: &[&str]| said(&[&["late-fuse", "-o", &fused, "--force"], rest].concat());
    let audio = table(&at("audio.csv"), 100..110, false, 1);
    assert!(late_fuse(&[&validation, &audio, "--fit", &validation, &audio]).contains("160 of 160 clips"));
    assert!(!late_fuse(&[&validation, &audio]).contains("twice"));
    let copied = at("copied.csv").to_str().unwrap().to_owned();
    fs::copy(&validation, &copied).unwrap();
    let twice = late_fuse(&[&validation, &copied]);
    assert!(twice.contains("copied.csv: the same outputs as those of") && twice.contains("twice"), "{twice}");
}

#[test]
fn metadata_of_other_clips_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (video, audio) = (at("video.csv"), at("audio.csv"));
    table(Path::new(&video), 100..110, false, 0);
    table(Path::new(&audio), 100..110, false, 1);
    let (foreign, fitting, out) = (at("foreign.csv"), at("fitting.csv"), at("out.json"));
    fs::write(&foreign, "filename\nA1_ang_int1_ver1\n").unwrap();
    fs::write(&fitting, "filename\nA100_ang_int1_ver1\n").unwrap();
    let fused = at("fused.csv");
    let commands: [&[&str]; 4] = [
        &["evaluate", "--probabilities", &video],
        &["decode", "--probabilities", &video, "--alpha", "0.1", "--beta", "0.1", "-o", &out],
        &["decode", "--probabilities", &video, "--fit", &audio, "-o", &out],
        &["late-fuse", &video, &audio, "-o", &fused],
    ];
    for command in commands {
        let said = refusal([command, &["--metadata", &fitting, &foreign]].concat());
        assert!(
            said.contains("foreign.csv: none of its clips is in") && said.contains("video.csv"),
            "{said}"
        );
    }
    // Metadata of the clips to learn from are enough.
    let hidden = at("hidden.csv");
    table(Path::new(&hidden), 300..303, true, 0);
    said(&blemore([
        "decode",
        "--probabilities",
        &hidden,
        "--fit",
        &video,
        "--metadata",
        &fitting,
        "-o",
        &out,
    ]));
}

#[test]
fn an_evaluation_of_few_actors_says_that_intervals_are_too_narrow() {
    let folder = tempfile::tempdir().unwrap();
    let evaluate = |name: &str, actors| {
        let file = table(&folder.path().join(name), actors, false, 0);
        said(&blemore(["evaluate", "--replicates", "100", "--probabilities", &file]))
    };
    assert!(
        evaluate("few.csv", 100..106)
            .contains("\nall folds: fewer than ten actors: the interval is too narrow")
    );
    assert!(!evaluate("many.csv", 100..110).contains("fewer than ten actors"));
}

#[test]
fn thresholds_outside_0_to_1_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let test = table(&folder.path().join("test.csv"), 300..303, true, 0);
    let out = folder.path().join("out.json").to_str().unwrap().to_owned();
    for [alpha, beta] in [["-1", "0.1"], ["0.1", "1.5"], ["nan", "0.1"]] {
        let words = ["decode", "--probabilities", &test, "--alpha", alpha, "--beta", beta, "-o", &out];
        let said = refusal(words);
        assert!(said.contains("--alpha and --beta: give numbers from 0 to 1"), "{said}");
    }
}
