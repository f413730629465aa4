//! Which frames make up a row.

use std::collections::VecDeque;
use std::fmt;

use serde::Serialize;

/// A container that says more frames per second does not know its rate.
const HIGHEST_RATE: f64 = 1_000.0;

/// How frames are grouped; each group becomes one row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Windows {
    /// One row per frame.
    EachFrame,
    /// Groups of `length` frames, `stride` frames apart; `stride` is at most `length`.
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
    /// The last frame is repeated, in a video shorter than one group; otherwise zeros of the network's input stand for the
    /// missing frames.
    RepeatOrZeros,
}

/// What stands at one place of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot<T = usize> {
    /// A frame: its number, or itself.
    Frame(T),
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
                    End::RepeatOrZeros => {
                        "the last frame is repeated in a shorter video, zeros of the network's input fill up the last of a \
                         longer"
                    }
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

    /// Frames from the start of one row to the start of the next.
    fn stride(self) -> usize {
        match self {
            Windows::EachFrame => 1,
            Windows::Groups { stride, .. } | Windows::Pieces { stride, .. } => stride,
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
        let mut grouper = Grouper::new(self, rate);
        let mut groups: Vec<_> = (0..frames).filter_map(|frame| grouper.push(frame)).collect();
        groups.extend(grouper.end());
        groups
    }
}

/// Groups frames as they come, and keeps no more of them than one group has. See [`Windows::of`] for what comes out.
#[derive(Debug)]
pub struct Grouper<T> {
    windows: Windows,
    /// Frames per piece: for [`Windows::Pieces`] of a video with a rate.
    piece: Option<usize>,
    /// Frames of the current piece.
    taken: usize,
    waiting: VecDeque<Slot<T>>,
    has_given: bool,
}

impl<T: Clone> Grouper<T> {
    /// For a video of `rate` frames per second; 0 if its file does not say.
    pub fn new(windows: Windows, rate: f64) -> Self {
        let piece = match windows {
            // `int(seconds * fps)`.
            Windows::Pieces { seconds, .. } => {
                let is_a_rate = rate <= HIGHEST_RATE;
                Some((seconds as f64 * rate) as usize).filter(|piece| *piece > 0 && is_a_rate)
            }
            _ => None,
        };
        Self { windows, piece, taken: 0, waiting: VecDeque::new(), has_given: false }
    }

    /// Takes the next frame, and gives a group that is complete with it.
    pub fn push(&mut self, frame: T) -> Option<Vec<Slot<T>>> {
        self.push_slot(Slot::Frame(frame))
    }

    fn push_slot(&mut self, slot: Slot<T>) -> Option<Vec<Slot<T>>> {
        let (length, stride) = (self.windows.length(), self.windows.stride());
        self.waiting.push_back(slot);
        self.taken += 1;
        let group = (self.waiting.len() == length).then(|| self.waiting.iter().cloned().collect());
        if group.is_some() {
            self.waiting.drain(..stride);
            self.has_given = true;
        }
        if self.piece == Some(self.taken) {
            self.taken = 0;
            self.waiting.drain(..self.waiting.len().saturating_sub(length - stride));
        }
        group
    }

    /// The groups that are left after the last frame.
    pub fn end(mut self) -> Vec<Vec<Slot<T>>> {
        let (length, stride) = (self.windows.length(), self.windows.stride());
        let mut groups = Vec::new();
        match self.windows {
            Windows::Groups { end: End::RepeatIfShort | End::RepeatOrZeros, .. } if !self.has_given => {
                if let Some(last) = self.waiting.back() {
                    let group = self.waiting.iter().cloned().chain(std::iter::repeat(last.clone()));
                    groups.push(group.take(length).collect());
                }
            }
            Windows::Groups { end: End::Zeros | End::RepeatOrZeros, .. } => {
                while !self.waiting.is_empty() {
                    let group = self.waiting.iter().cloned().chain(std::iter::repeat(Slot::Zeros));
                    groups.push(group.take(length).collect());
                    self.waiting.drain(..stride.min(self.waiting.len()));
                }
            }
            Windows::Pieces { .. } if self.taken > 0 => {
                // A file without a rate is one piece, of a group at least.
                let piece = self.piece.unwrap_or(self.taken.max(length));
                for _ in self.taken..piece {
                    groups.extend(self.push_slot(Slot::Black));
                }
            }
            _ => {}
        }
        groups
    }
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
    fn a_short_video_repeats_and_a_longer_one_is_filled_up() {
        let windows = Windows::Groups { length: 16, stride: 16, end: End::RepeatOrZeros };
        assert_eq!(windows.of(3, 0.0)[0][2..], [Slot::Frame(2); 14]);
        let groups = windows.of(17, 0.0);
        assert_eq!((groups.len(), groups[1][0]), (2, Slot::Frame(16)));
        assert_eq!(groups[1][1..], [Slot::Zeros; 15]);
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
        assert_eq!(windows.of(40, 90_000.0).len(), 1);
        assert_eq!(windows.of(3, 0.0)[0][2..4], [Slot::Frame(2), Slot::Black]);
        assert_eq!(windows.of(0, 25.0).len(), 0);
        // Ten seconds have fewer frames than a group, which pieces together do have.
        assert_eq!(windows.of(5, 1.0).len(), 0);
        let groups = windows.of(40, 2.0);
        assert_eq!((groups.len(), groups[0][0], groups[0][31]), (1, Slot::Frame(4), Slot::Frame(35)));
    }

    #[test]
    fn groups_overlap_by_their_stride() {
        let windows = Windows::Groups { length: 4, stride: 2, end: End::Zeros };
        let groups = windows.of(5, 0.0);
        let first: Vec<Slot> = groups.iter().map(|group| group[0]).collect();
        assert_eq!(first, [0, 2, 4].map(Slot::Frame));
        assert_eq!(groups[1], [Slot::Frame(2), Slot::Frame(3), Slot::Frame(4), Slot::Zeros]);
    }
}
