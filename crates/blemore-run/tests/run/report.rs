use std::fs;

use blemore_base::Blame;
use blemore_data::Metadata;
use blemore_run::{Page, Report, ResultsFolder, Run, TableFormat};

use crate::scene::{self, Scene};

/// The page of one run.
fn page_of(report: &Report) -> String {
    Page { runs: vec![report.clone()], ..Page::default() }.to_html().unwrap()
}

#[test]
fn a_report_has_accuracies_by_columns_of_clip_names_and_of_metadata() {
    let scene = Scene::new();
    let by = ["intensity_level".to_owned()];
    let report = Report::of(&scene.folder, None, &by, false).unwrap();
    let [by_level] = &report.models[0].held_out.by[..] else { panic!("one column") };
    let found: Vec<(&str, f64, usize)> = by_level
        .groups
        .iter()
        .map(|group| (group.name(), group.presence.value, group.presence.actors))
        .collect();
    assert_eq!(found, [("1", 1.0, 1), ("4", 0.5, 1), ("(empty)", 0.0, 1)]);
    let page = page_of(&report);
    assert!(page.contains("Accuracies by intensity_level"));
    assert!(page.contains("made up, Linear, ACC_presence: all actors have the same value"), "of all clips");
    assert!(page.contains("4, ACC_presence: there is one actor only"), "of a group");

    let header = concat!(
        "filename,video_id,mix,emotion_1,version,intensity_level,situation,",
        "emotion_2,emotion_1_salience,emotion_2_salience,a<b",
    );
    let rows = [
        "A1_ang_int1_ver1,A1,0,ang,1,1,,,,,x",
        "A1_mix_ang_sad_70_30_ver1,A1,1,ang,1,,,sad,70,30,x",
        "A2_ang_int4_ver1,A2,0,ang,1,4,,,,,x",
        "A2_sad_int4_ver1,A2,0,sad,1,4,,,,,x",
    ];
    let metadata = Metadata::from_csv(&format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    let report = Report::of(&scene.folder, Some(&metadata), &["a<b".to_owned()], false).unwrap();
    let group = &report.models[0].held_out.by[0].groups[0];
    assert_eq!((group.presence.value, group.presence.actors), (0.5, 2));
    assert!(page_of(&report).contains("Accuracies by a&lt;b"), "names are text, not markup");
    assert!(Report::of(&scene.folder, Some(&metadata), &by, false).is_ok());
    let error = Report::of(&scene.folder, None, &["gender".to_owned()], false).unwrap_err();
    assert!(
        error.is_bad_input() && error.to_string().contains("the clips' names do not tell gender"),
        "{error}"
    );
}

#[test]
fn a_page_tells_when_and_where_cells_were_trained_and_that_clips_are_generated() {
    let scene = Scene::new();
    let page = page_of(&Report::of(&scene.folder, None, &[], false).unwrap());
    for part in [
        "<dt>clips</dt><dd>4, not marked as generated</dd>",
        "<dt>models</dt><dd>Linear</dd>",
        "<dt>cells</dt><dd>2 finished, 0 missing</dd>",
        "<dt>first training began</dt><dd>2026-01-02T03:04:05Z</dd>",
        "<dt>time of all trainings together</dt><dd>3.0 min</dd>",
        "<dt>processor</dt><dd>A processor</dd>",
        "<dt>device</dt><dd>cpu</dd>",
        "<dt>threads per training</dt><dd>2</dd>",
        "<dt>trained by</dt><dd>blemore 0.0.1, libtorch 2.11.0</dd>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("Generated clips") && !page.contains("not recorded"));

    // Cells of an earlier version, and a run of generated clips.
    let old = ResultsFolder::create(scene.folder.path().with_file_name("old")).unwrap();
    let run = Run { generated: true, ..scene.run.clone() };
    run.cells.iter().for_each(|cell| scene::write_made(&old, &run, cell, None));
    run.enter(&old, false).unwrap().write_tables(&old).unwrap();
    let page = page_of(&Report::of(&old, None, &[], false).unwrap());
    assert!(page.contains("Generated clips: the numbers say nothing about people."));
    assert!(page.contains("made up (generated clips), Linear"));
    assert!(page.contains("not recorded for 2 cells of an earlier version"));
}

#[test]
fn a_report_without_a_cell_names_the_damaged_ones() {
    let scene = Scene::new();
    for cell in &scene.run.cells {
        fs::remove_file(scene.folder.of_result(&cell.name).join("probabilities.csv")).unwrap();
    }
    let error = Report::of(&scene.folder, None, &[], true).unwrap_err();
    let said = error.to_string();
    assert!(error.is_bad_input() && said.contains("no cell of the run"), "{said}");
    assert!(said.contains("fold0: it has no probabilities.csv") && said.contains("fold1: "), "{said}");
}

#[test]
fn a_page_folds_has_a_table_of_contents_and_loads_nothing() {
    let scene = Scene::new();
    let report = Report::of(&scene.folder, None, &[], false).unwrap();
    let page = Page { runs: vec![report.clone(), report], ..Page::default() };
    let html = page.to_html().unwrap();
    let links: Vec<&str> = html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(links.len(), 5, "accuracies, two systems, what was run of each");
    for link in links {
        assert_eq!(html.matches(&format!("<section id=\"{link}\">")).count(), 1, "{link}");
    }
    assert_eq!(html.matches("<section").count(), html.matches("</section>").count());
    for foreign in ["<script", "src=", "@import", "url("] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    assert!(html.contains("viewport") && html.contains("prefers-color-scheme: dark"));
    assert!(html.contains("against each other system"), "two systems of the same clips are compared");

    let markdown = page.to_tables(TableFormat::Markdown).unwrap();
    assert!(
        markdown.contains("**Accuracies on held-out clips**\n\n| system | folds | clips |"),
        "{markdown}"
    );
    assert!(page.to_tables(TableFormat::Latex).unwrap().contains("\\toprule"));
    let csv = page.to_tables(TableFormat::Csv).unwrap();
    assert!(csv.contains("\"made up, Linear\",2,4,"), "{csv}");
}
