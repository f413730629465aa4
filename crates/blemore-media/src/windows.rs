//! Which frames make up a row.

use std::fmt;

use serde::Serialize;

/// How frames are grouped; each group becomes one row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Windows {
    /// One row per frame.
    EachFrame,
    /// Groups of `length` frames, `stride` frames apart.
    Groups {
        /// Frames per group.
        length: usize,
        /// Frames from the start of one group to the start of the next.
        stride: usize,
        /// What is done about the end of the video.
        end: End,
    },
    /// What the published code for Video Swin does: the video is read in pieces of so many seconds, the last
    /// one is filled up with black frames, and what `length - stride` frames of a piece remain goes before
    /// the next piece.
    Pieces {
        /// Frames per group.
        length: usize,
        /// Frames from the start of one group to the start of the next.
        stride: usize,
        /// Seconds per piece.
        seconds: usize,
    },
}

/// What is done where the last group lacks frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Zeros of the network's input stand for the missing frames.
    Zeros,
    /// The last frame is repeated, in a video shorter than one group; otherwise what is left over is not
    /// used.
    RepeatIfShort,
}

/// What stands at one place of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The frame with this number.
    Frame(usize),
    /// Zeros of the network's input.
    Zeros,
    /// A black picture, prepared as frames are.
    Black,
}

impl fmt::Display for Windows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Windows::EachFrame => formatter.write_str("one per frame"),
            Windows::Groups { length, stride, end } => {
                let end = match end {
                    End::Zeros => "zeros of the network's input fill up the last",
                    End::RepeatIfShort => "the last frame is repeated in a shorter video, a rest is left out",
                };
                write!(formatter, "one per {length} frames, {stride} apart; {end}")
            }
            Windows::Pieces { length, stride, seconds } => write!(
                formatter,
                "one per {length} frames, {stride} apart; read in pieces of {seconds} s, black frames fill up the last"
            ),
        }
    }
}

impl Windows {
    /// Frames per row.
    pub fn length(self) -> usize {
        match self {
            Windows::EachFrame => 1,
            Windows::Groups { length, .. } | Windows::Pieces { length, .. } => length,
        }
    }

    /// The groups of a video with this many frames, in order; none for a video without frames. `rate` is what
    /// the container says, in frames per second; only [`Windows::Pieces`] uses it.
    ///
    /// ```
    /// use blemore_media::{EncoderKind, Preset, PresetName};
    ///
    /// let swin = Preset::of(EncoderKind::VideoSwin, PresetName::Published);
    /// // Three seconds, filled up to ten.
    /// assert_eq!(swin.windows.unwrap().of(75, 25.0).len(), 14);
    /// ```
    pub fn of(self, frames: usize, rate: f64) -> Vec<Vec<Slot>> {
        if frames == 0 {
            return Vec::new();
        }
        match self {
            Windows::EachFrame => (0..frames).map(|frame| vec![Slot::Frame(frame)]).collect(),
            Windows::Groups { length, stride, end: End::Zeros } => {
                let slot = |frame| if frame < frames { Slot::Frame(frame) } else { Slot::Zeros };
                (0..frames).step_by(stride).map(|start| (start..start + length).map(slot).collect()).collect()
            }
            Windows::Groups { length, stride, end: End::RepeatIfShort } => {
                let slot = |frame: usize| Slot::Frame(frame.min(frames - 1));
                let starts = (0..frames.saturating_sub(length - 1).max(1)).step_by(stride);
                starts.map(|start| (start..start + length).map(slot).collect()).collect()
            }
            Windows::Pieces { length, stride, seconds } => pieces(frames, rate, length, stride, seconds),
        }
    }
}

fn pieces(frames: usize, rate: f64, length: usize, stride: usize, seconds: usize) -> Vec<Vec<Slot>> {
    // `int(seconds * fps)`; a file without a rate is one piece.
    let piece = (seconds as f64 * rate) as usize;
    let piece = if piece == 0 { frames.max(length) } else { piece };
    let mut groups = Vec::new();
    let mut waiting: Vec<Slot> = Vec::new();
    for start in (0..frames).step_by(piece) {
        let slot = |frame| if frame < frames { Slot::Frame(frame) } else { Slot::Black };
        waiting.extend((start..start + piece).map(slot));
        groups.extend(waiting.windows(length).step_by(stride).map(<[Slot]>::to_vec));
        let kept = (length - stride).min(waiting.len());
        waiting.drain(..waiting.len() - kept);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_group_is_filled_up_with_zeros() {
        let windows = Windows::Groups { length: 16, stride: 16, end: End::Zeros };
        let groups = windows.of(18, 25.0);
        assert_eq!(groups.len(), 2);
        assert_eq!((groups[1][1], groups[1][2]), (Slot::Frame(17), Slot::Zeros));
        assert_eq!(windows.of(16, 25.0).len(), 1);
        assert_eq!(windows.of(0, 25.0).len(), 0);
    }

    #[test]
    fn a_short_video_repeats_its_last_frame() {
        let windows = Windows::Groups { length: 16, stride: 16, end: End::RepeatIfShort };
        assert_eq!(
            windows.of(3, 0.0),
            [[0, 1].map(Slot::Frame).into_iter().chain([Slot::Frame(2); 14]).collect::<Vec<_>>()]
        );
        assert_eq!([15, 16, 31, 32, 40].map(|frames| windows.of(frames, 0.0).len()), [1, 1, 1, 2, 2]);
    }

    #[test]
    fn black_frames_fill_ten_seconds() {
        let windows = Windows::Pieces { length: 32, stride: 16, seconds: 10 };
        let groups = windows.of(75, 25.0);
        assert_eq!(groups.len(), 14);
        let black = groups.iter().filter(|group| group.iter().all(|slot| *slot == Slot::Black)).count();
        // Frames 0 to 74: the groups from 80 on are black.
        assert_eq!(black, 9);
        assert_eq!(groups[0][0], Slot::Frame(0));
        // 250 frames exactly, and one more: its piece has the 16 left-over frames and 250 of its own.
        assert_eq!(windows.of(250, 25.0).len(), 14);
        let groups = windows.of(251, 25.0);
        assert_eq!(groups.len(), 14 + (266 - 32) / 16 + 1);
        assert_eq!(
            (groups[14][15], groups[14][16], groups[14][17]),
            (Slot::Frame(249), Slot::Frame(250), Slot::Black)
        );
        assert_eq!(windows.of(40, 0.0).len(), 1);
    }
}
