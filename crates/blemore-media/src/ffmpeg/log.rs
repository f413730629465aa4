//! What ffmpeg writes about a file while it decodes it.
//!
//! With `-loglevel repeat+level+info` each line has its level in brackets. Three kinds matter: the
//! description of the input, one line per frame of the `showinfo` filter, and errors. Versions 5.1 to 9 write
//! them alike.

/// Most kinds of problems that are kept of one file.
const MAX_PROBLEMS: usize = 20;
/// Most letters that are kept of one problem.
const MAX_LETTERS: usize = 200;

/// What `showinfo` calls the ranges of values.
const RANGES: [&str; 3] = ["unknown", "tv", "pc"];

/// One decoded frame, as `showinfo` describes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stamp {
    /// Seconds from the container's zero.
    pub(crate) time: Option<f64>,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// What was read of the log so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Log {
    /// ffmpeg has understood the container.
    pub(crate) is_open: bool,
    pub(crate) has_picture: bool,
    pub(crate) has_sound: bool,
    /// The container's words: length in seconds, frames per second, turn against the clock in degrees.
    pub(crate) seconds: Option<f64>,
    pub(crate) frame_rate: Option<f64>,
    pub(crate) rotation: f64,
    /// Of the first sound stream.
    pub(crate) sample_rate: Option<u32>,
    /// `tv` or `pc`, and a matrix such as `bt709`, where frames are tagged.
    pub(crate) range: Option<String>,
    pub(crate) matrix: Option<String>,
    /// Lines of level error and above, each once.
    pub(crate) problems: Vec<String>,
    /// The description of the input is being read, and of which stream.
    section: Section,
    time_base: Option<(f64, f64)>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Section {
    #[default]
    Elsewhere,
    Input,
    /// Below the first video stream, whose frames are decoded.
    FirstPicture,
}

impl Log {
    /// Takes in a line; gives the frame that it describes.
    pub(crate) fn take(&mut self, line: &str) -> Option<Stamp> {
        let (context, level, text) = parts(line)?;
        match level {
            "error" | "fatal" | "panic" => {
                self.note(&if context.is_empty() { text.to_owned() } else { format!("{context}: {text}") });
                None
            }
            "info" if context.starts_with("Parsed_showinfo") => self.take_frame(text),
            "info" if context.is_empty() => {
                self.take_description(text);
                None
            }
            _ => None,
        }
    }

    /// Keeps a problem, unless it was there before.
    pub(crate) fn note(&mut self, problem: &str) {
        let problem: String = problem.trim().chars().take(MAX_LETTERS).collect();
        if self.problems.len() < MAX_PROBLEMS && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn take_frame(&mut self, text: &str) -> Option<Stamp> {
        if let Some(rest) = text.trim_start().strip_prefix("config in time_base:") {
            let (numerator, denominator) = rest.split(',').next()?.trim().split_once('/')?;
            self.time_base = Some((numerator.parse().ok()?, denominator.parse().ok()?));
            return None;
        }
        if let Some(foreign) = foreign(text.trim_start()) {
            self.note(foreign);
        }
        if let Some(tags) = text.trim_start().strip_prefix("color_range:") {
            let mut words = tags.split_whitespace();
            let known = |word: Option<&str>| word.filter(|word| *word != "unknown").map(str::to_owned);
            if !words.clone().next().is_some_and(|range| RANGES.contains(&range)) {
                return None;
            }
            self.range = self.range.take().or_else(|| known(words.next()));
            let matrix = tags.split_whitespace().find_map(|word| word.strip_prefix("color_space:"));
            self.matrix = self.matrix.take().or_else(|| known(matrix));
            return None;
        }
        text.trim_start().strip_prefix("n:")?;
        let value = |key: &str| {
            let rest = text.split_once(&format!(" {key}:"))?.1;
            rest.split_whitespace().next()
        };
        let (width, height) = value("s")?.split_once('x')?;
        let ticks: Option<f64> = value("pts").and_then(|ticks| ticks.parse().ok());
        let time = ticks.zip(self.time_base).map(|(ticks, (above, below))| ticks * above / below);
        Some(Stamp {
            time: time.filter(|time| time.is_finite()),
            width: width.parse().ok()?,
            height: height.parse().ok()?,
        })
    }

    fn take_description(&mut self, text: &str) {
        let trimmed = text.trim_start();
        if text.starts_with("Input #0") {
            (self.is_open, self.section) = (true, Section::Input);
        } else if text.starts_with("Stream mapping") || text.starts_with("Output #") {
            self.section = Section::Elsewhere;
        } else if self.section == Section::Elsewhere {
        } else if let Some(rest) = trimmed.strip_prefix("Duration:") {
            self.seconds = rest.split(',').next().and_then(seconds);
        } else if trimmed.starts_with("Stream #0:") {
            self.take_stream(trimmed);
        } else if self.section == Section::FirstPicture
            && let Some((_, rest)) = trimmed.split_once("rotation of ")
        {
            let degrees = rest.split_whitespace().next().and_then(|degrees| degrees.parse().ok());
            self.rotation = degrees.filter(|degrees: &f64| degrees.is_finite()).unwrap_or(0.0);
        }
    }

    fn take_stream(&mut self, text: &str) {
        let number_before = |unit: &str| {
            let mut parts = text.split(", ");
            let number = parts.find_map(|part| part.trim().strip_suffix(unit).map(str::trim));
            number.and_then(|number| number.parse::<f64>().ok())
        };
        self.section = Section::Input;
        // A cover picture of a sound file is no video.
        if text.contains(": Video:") && !text.contains("(attached pic)") && !self.has_picture {
            (self.has_picture, self.section) = (true, Section::FirstPicture);
            self.frame_rate = number_before("fps").or_else(|| number_before("tbr"));
        } else if text.contains(": Audio:") && !self.has_sound {
            self.has_sound = true;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
            let rate = number_before("Hz").map(|rate| rate as u32);
            self.sample_rate = rate;
        }
    }
}

/// What another thread of ffmpeg wrote into a line of `showinfo`, which is written in pieces: of its own line it has neither
/// context nor level then, so nothing tells a problem from less, and it counts as one.
fn foreign(text: &str) -> Option<&str> {
    let rest = if let Some(tags) = text.strip_prefix("color_range:") {
        if !RANGES.iter().any(|range| tags.starts_with(range)) {
            return is_problem(tags).then_some(tags);
        }
        let after = |word: &str| tags.find(word).map(|place| &tags[place..]);
        after(tags.split_whitespace().skip(1).find(|word| !word.starts_with("color_"))?)?
    } else {
        // The type of a picture is the last of a frame.
        text.strip_prefix("n:")?.split_once(" type:")?.1.split_once(' ')?.1
    };
    is_problem(rest).then(|| rest.trim())
}

/// Whether it is neither the description of what ffmpeg writes, whose lines are indented, nor a sum of the picture.
fn is_problem(text: &str) -> bool {
    let harmless = ["  ", "Output #", "Stream mapping:", "checksum:"];
    !text.trim().is_empty() && !harmless.iter().any(|start| text.starts_with(start))
}

/// Context, level and text of `[h264 @ 0x55d] [error] text`; contexts other than the last are left out.
fn parts(line: &str) -> Option<(&str, &str, &str)> {
    let (mut context, mut rest) = ("", line.trim_end());
    loop {
        let (word, after) = rest.strip_prefix('[')?.split_once("] ").or_else(|| {
            // A line without text ends with its level.
            rest.strip_prefix('[')?.strip_suffix(']').map(|word| (word, ""))
        })?;
        match word.split_once(" @ ") {
            Some((name, _)) => context = name,
            None => return Some((context, word, after)),
        }
        rest = after;
    }
}

/// The seconds of `00:01:02.50`; `None` for `N/A`.
fn seconds(text: &str) -> Option<f64> {
    let mut sum = 0.0;
    for part in text.trim().split(':') {
        sum = sum * 60.0 + part.parse::<f64>().ok()?;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESCRIPTION: &str = "\
[info] Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'a.mp4':
[info]   Duration: 00:01:00.60, start: 0.000000, bitrate: 66 kb/s
[info]   Stream #0:0[0x1](und): Video: mjpeg (Baseline), yuvj420p(pc), 300x300, 90k tbr, 90k tbn (attached pic)
[info]   Stream #0:1[0x2](und): Video: h264 (High), yuv420p(progressive), 96x64 [SAR 1:1], 52 kb/s, 29.97 fps, 30 tbr
[info]       displaymatrix: rotation of -90.00 degrees
[info]   Stream #0:2[0x3](und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, mono, fltp, 32 kb/s (default)
[info] Stream mapping:
[Parsed_showinfo_0 @ 0x55f] [info] config in time_base: 1/12800, frame_rate: 25/1
[info] Output #0, rawvideo, to 'pipe:':
[info]       Display Matrix: rotation of 12.00 degrees
[h264 @ 0x1] [error] error while decoding MB 1 2
[vist#0:0/h264 @ 0x2] [dec:h264 @ 0x3] [error] Decoding error
[h264 @ 0x4] [error] error while decoding MB 1 2
[swscaler @ 0x5] [warning] deprecated pixel format used
To ignore this, add a trailing '?' to the map.
";

    fn read(text: &str) -> (Log, Vec<Stamp>) {
        let mut log = Log::default();
        let stamps = text.lines().filter_map(|line| log.take(line)).collect();
        (log, stamps)
    }

    #[test]
    fn the_input_is_described() {
        let (log, _) = read(DESCRIPTION);
        assert!(log.is_open && log.has_picture && log.has_sound);
        assert_eq!((log.seconds, log.frame_rate, log.rotation), (Some(60.6), Some(29.97), -90.0));
        assert_eq!(log.sample_rate, Some(44_100));
        assert_eq!(log.problems, ["h264: error while decoding MB 1 2", "dec:h264: Decoding error"]);
    }

    #[test]
    fn frames_have_exact_times_and_sizes() {
        let (log, stamps) = read(
            "[Parsed_showinfo_0 @ 0x1] [info] config in time_base: 1/30, frame_rate: 25/1\n\
             [Parsed_showinfo_0 @ 0x1] [info] n:   0 pts:     10 pts_time:0.333333 fmt:yuv420p s:96x64 i:P\n\
             [Parsed_showinfo_0 @ 0x1] [info] color_range:tv color_space:bt709 color_trc:bt709\n\
             [Parsed_showinfo_0 @ 0x1] [info]   side data - User Data=00 s:1x1\n\
             [Parsed_showinfo_0 @ 0x1] [info] n:   1 pts:  NOPTS pts_time:NOPTS fmt:yuv420p s:96x64 i:P\n",
        );
        let stamp = |time| Stamp { time, width: 96, height: 64 };
        assert_eq!(stamps, [stamp(Some(10.0 / 30.0)), stamp(None)]);
        assert_eq!((log.range.as_deref(), log.matrix.as_deref()), (Some("tv"), Some("bt709")));
    }

    #[test]
    fn what_another_thread_writes_into_a_line_of_a_frame_is_kept() {
        let (log, _) = read(
            "[Parsed_showinfo_0 @ 0x1] [info] n:   2 pts:   1024 s:96x64 i:P iskey:0 type:B stream 0: partial file\n\
             [Parsed_showinfo_0 @ 0x1] [info] color_range:tv color_space:bt709 corrupt packet\n\
             [Parsed_showinfo_0 @ 0x1] [info] color_range:stream 1: partial file\n\
             [Parsed_showinfo_0 @ 0x1] [info] n:   3 pts:   1536 s:96x64 i:P iskey:0 type:B \n\
             [Parsed_showinfo_0 @ 0x1] [info] n:   4 pts:   2048 s:96x64 i:P iskey:0 type:B Output #0, rawvideo\n\
             [Parsed_showinfo_0 @ 0x1] [info] n:   5 pts:   2560 s:96x64 i:P iskey:0 type:B     encoder : x\n\
             [Parsed_showinfo_0 @ 0x1] [info] color_range:pc color_space:bt709 color_primaries:x color_trc:y\n",
        );
        assert_eq!(log.problems, ["stream 0: partial file", "corrupt packet", "stream 1: partial file"]);
        assert_eq!((log.range.as_deref(), log.matrix.as_deref()), (Some("tv"), Some("bt709")));
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_too_strange(line in "(\\[[a-z_@ 0-9]*\\] ){0,3}(info\\] )?[ -~é]{0,80}") {
            let mut log = Log::default();
            log.take("[info] Input #0");
            for start in ["", "[info] ", "[Parsed_showinfo_0 @ 0] [info] n: ", "[info]   Stream #0:", "[error] "] {
                log.take(&format!("{start}{line}"));
            }
        }
    }
}
