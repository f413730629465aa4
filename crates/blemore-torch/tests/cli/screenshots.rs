//! The page of a report as a browser draws it: light and dark, on a wide screen and on a narrow one.
//!
//! `cargo xtask nightly screenshots` keeps the pictures, for people to look at.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use resvg::tiny_skia::Pixmap;

use crate::program::{blemore, stderr};
use crate::report::run;

/// The environment variable with the folder where the pictures are kept.
const KEPT: &str = "BLEMORE_SCREENSHOTS";
/// Name, the browser's number of the colour scheme, and the page's own background, red first.
const SCHEMES: [(&str, u8, [u8; 3]); 2] = [("light", 1, [0xff, 0xff, 0xff]), ("dark", 0, [0x16, 0x18, 0x1d])];
/// Name, width and height of a screen.
const SCREENS: [(&str, u32, u32); 2] = [("wide", 1280, 6000), ("narrow", 500, 6000)];

/// Draws a page into a file.
fn draw(browser: &str, page: &Path, scheme: u8, [width, height]: [u32; 2], picture: &Path) {
    let profile = tempfile::tempdir().unwrap();
    let drawn = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--window-size={width},{height}"))
        .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(page)
        .output()
        .unwrap();
    assert!(picture.exists(), "{}", String::from_utf8_lossy(&drawn.stderr));
}

/// The share of a picture's points that are not of this colour.
fn share_beside(picture: &Pixmap, colour: [u8; 3]) -> f64 {
    let is_other = |point: &&resvg::tiny_skia::PremultipliedColorU8| {
        [point.red(), point.green(), point.blue()] != colour
    };
    picture.pixels().iter().filter(is_other).count() as f64 / picture.pixels().len() as f64
}

#[test]
fn a_browser_draws_the_page_light_and_dark_wide_and_narrow() {
    let Some(browser) = blemore_testing::browser() else { return };
    let scene = run(None);
    let page = scene.path("page.html");
    let words = ["report".as_ref(), "--run".as_ref(), scene.path("run").as_os_str().to_owned().as_os_str()]
        .map(std::ffi::OsStr::to_owned);
    let report = blemore(words.into_iter().chain(["-o".into(), page.clone().into_os_string()]));
    assert!(report.status.success(), "{}", stderr(&report));
    // What a reader would open: figures are drawn only then.
    let html = fs::read_to_string(&page).unwrap();
    fs::write(&page, html.replace("<details>", "<details open>")).unwrap();
    let folder = env::var_os(KEPT).map_or(scene.path("pictures"), PathBuf::from);
    fs::create_dir_all(&folder).unwrap();
    for (screen, width, height) in SCREENS {
        for (scheme, number, paper) in SCHEMES {
            let file = folder.join(format!("report-{screen}-{scheme}.png"));
            draw(browser, &page, number, [width, height], &file);
            let picture = Pixmap::load_png(&file).unwrap();
            assert_eq!((picture.width(), picture.height()), (width, height), "{screen}, {scheme}");
            let corner = picture.pixels()[0];
            assert_eq!([corner.red(), corner.green(), corner.blue()], paper, "{screen}, {scheme}");
            let share = share_beside(&picture, paper);
            assert!((0.01..0.9).contains(&share), "{screen}, {scheme}: {share} of the picture is drawn on");
        }
    }
}
