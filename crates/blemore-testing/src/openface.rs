//! A stand-in for OpenFace 2's program `FeatureExtraction`: a script of the shell that takes the same flags, and refuses
//! others.

use std::fs;
use std::path::{Path, PathBuf};

/// What a stand-in does with a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenFaceStandIn {
    /// It writes so many rows, and so many aligned faces: copies of `picture.png` beside it, where that is.
    Writes(usize),
    /// It ends well without a file.
    WritesNothing,
    /// It says a word, and nothing more.
    Hangs,
    /// It writes a row, and a signal ends it.
    Crashes,
    /// It ends with an error.
    Fails,
}

/// The columns of features; others are between them.
const HEADER: &str = "frame, face_id, timestamp, confidence, success, gaze_0_x, gaze_0_y, gaze_0_z, gaze_1_x, gaze_1_y, \
    gaze_1_z, gaze_angle_x, gaze_angle_y, pose_Tx, pose_Ty, pose_Tz, pose_Rx, pose_Ry, pose_Rz, AU01_r, AU02_r, AU04_r, \
    AU05_r, AU06_r, AU07_r, AU09_r, AU10_r, AU12_r, AU14_r, AU15_r, AU17_r, AU20_r, AU23_r, AU25_r, AU26_r, AU45_r, AU01_c";

const SCRIPT: &str = r#"#!/bin/sh
# A stand-in for OpenFace's FeatureExtraction, for tests.
if [ $# -eq 0 ]; then
    echo "For command line arguments see:"
    echo "OpenFace 2.2.0 (a stand-in)"
    exit 0
fi
flags=
while [ $# -gt 0 ]; do
    case "$1" in
        -f) clip=$2; shift ;;
        -out_dir) out=$2; shift ;;
        -of) name=$2; shift ;;
        -simsize) size=$2; shift ;;
        -format_aligned) format=$2; shift ;;
        -pose | -gaze | -aus | -simalign | -nomask) flags="$flags $1" ;;
        *) echo "unknown flag $1" >&2; exit 3 ;;
    esac
    shift
done
[ -f "$clip" ] || { echo "no clip $clip" >&2; exit 4; }
here=$(dirname "$0")
features() {
    case "$flags" in *"-pose -gaze -aus"*) head -n $(($1 + 1)) "$here/rows.csv" > "$out/$name.csv" ;; esac
}
faces() {
    case "$flags" in *-simalign*) ;; *) return 0 ;; esac
    case "$flags $size $format" in *"-nomask 256 png") ;; *) echo "wrong faces" >&2; exit 5 ;; esac
    mkdir "$out/${name}_aligned"
    number=1
    while [ $number -le "$1" ]; do
        target=$(printf "%s/%s_aligned/frame_det_00_%06d.png" "$out" "$name" $number)
        if [ -f "$here/picture.png" ]; then cp "$here/picture.png" "$target"; else : > "$target"; fi
        number=$((number + 1))
    done
}
echo "$name: tracking"
"#;

impl OpenFaceStandIn {
    /// Writes the program into a folder, and gives its path.
    ///
    /// # Panics
    /// Where the folder cannot be written.
    pub fn write(self, folder: &Path) -> PathBuf {
        let end = match self {
            Self::Writes(rows) => format!("features {rows}\nfaces {rows}\n"),
            Self::WritesNothing => String::new(),
            Self::Hangs => "exec sleep 600\n".to_owned(),
            Self::Crashes => "features 1\necho 'a bad pointer' >&2\nkill -SEGV $$\n".to_owned(),
            Self::Fails => "echo 'Could not load the landmark detector' >&2\nexit 1\n".to_owned(),
        };
        let put = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text)
                .unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
            path
        };
        put("rows.csv", &rows());
        let program = put("FeatureExtraction", &format!("{SCRIPT}{end}"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let may_run = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&program, may_run)
                .unwrap_or_else(|error| panic!("{} cannot be made to run: {error}", program.display()));
        }
        program
    }
}

/// Frames with other numbers in each row and column.
fn rows() -> String {
    let mut text = format!("{HEADER}\n");
    for frame in 1..=200 {
        text.push_str(&format!("{frame}, 0, {:.3}, 0.98, 1", f64::from(frame - 1) / 25.0));
        for column in 0..32 {
            text.push_str(&format!(", {:.2}", f64::from(frame * 32 + column) / 100.0));
        }
        text.push('\n');
    }
    text
}
