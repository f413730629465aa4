//! How many frames a container's own tables list: a file that was cut or damaged has fewer.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use blemore_base::InputFile;

/// Most boxes of an MP4 file that are looked at.
const MAX_BOXES: usize = 10_000;
/// Bytes of an AVI file within which its stream headers stand.
const AVI_HEADERS: usize = 1 << 16;

/// The frames of the first video track of an MP4, MOV or AVI file. `None` for others, for a fragmented file,
/// and where the tables make no sense.
pub(crate) fn frames(path: &Path) -> Option<u64> {
    let mut file = InputFile::open(path).ok()?.into_file();
    let end = file.metadata().ok()?.len();
    let mut start = [0; 12];
    file.read_exact(&mut start).ok()?;
    let frames = if start.starts_with(b"RIFF") && start.ends_with(b"AVI ") {
        avi(&mut file)
    } else {
        Boxes { file: &mut file, left: MAX_BOXES }.movie(end)
    };
    frames.filter(|frames| *frames > 0)
}

/// The length field of the first `strh` header of kind `vids`.
fn avi(file: &mut File) -> Option<u64> {
    let mut head = Vec::new();
    file.by_ref().take(AVI_HEADERS as u64).read_to_end(&mut head).ok()?;
    let place = head.windows(12).position(|bytes| bytes.starts_with(b"strh") && bytes.ends_with(b"vids"))?;
    let length = head.get(place + 8 + 32..place + 8 + 36)?;
    Some(u64::from(u32::from_le_bytes(length.try_into().ok()?)))
}

/// Where the contents of a box are.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: u64,
    end: u64,
}

struct Boxes<'file> {
    file: &'file mut File,
    /// How many boxes may still be looked at: sizes can lie.
    left: usize,
}

impl Boxes<'_> {
    fn movie(&mut self, end: u64) -> Option<u64> {
        let movie = self.find(Span { start: 0, end }, b"moov", 0)?;
        let mut number = 0;
        loop {
            let track = self.find(movie, b"trak", number)?;
            if let Some(samples) = self.track(track) {
                return samples;
            }
            number += 1;
        }
    }

    /// The number of samples of a track; `None` unless it is a video track.
    #[expect(clippy::option_option, reason = "a video track without a number ends the search")]
    fn track(&mut self, track: Span) -> Option<Option<u64>> {
        let media = self.find(track, b"mdia", 0)?;
        let handler = self.find(media, b"hdlr", 0)?;
        if self.read::<12>(handler.start).ok()?[8..] != *b"vide" {
            return None;
        }
        Some(self.samples(media))
    }

    fn samples(&mut self, media: Span) -> Option<u64> {
        let information = self.find(media, b"minf", 0)?;
        let table = self.find(information, b"stbl", 0)?;
        let sizes = self.find(table, b"stsz", 0).or_else(|| self.find(table, b"stz2", 0))?;
        let header: [u8; 12] = self.read(sizes.start).ok()?;
        let count = header[8..].try_into().ok()?;
        Some(u64::from(u32::from_be_bytes(count)))
    }

    /// The contents of a box of a kind, of several the one with this number.
    fn find(&mut self, within: Span, kind: &[u8; 4], number: usize) -> Option<Span> {
        let (mut start, mut found) = (within.start, 0);
        while start + 8 <= within.end && self.left > 0 {
            self.left -= 1;
            let head: [u8; 8] = self.read(start).ok()?;
            let size = u64::from(u32::from_be_bytes(head[..4].try_into().ok()?));
            let (length, size) = match size {
                0 => (8, within.end - start),
                1 => (16, u64::from_be_bytes(self.read(start + 8).ok()?)),
                size => (8, size),
            };
            let end = start.checked_add(size).filter(|end| *end <= within.end && size >= length)?;
            if head[4..] == *kind {
                if found == number {
                    return Some(Span { start: start + length, end });
                }
                found += 1;
            }
            start = end;
        }
        None
    }

    fn read<const N: usize>(&mut self, place: u64) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.seek(SeekFrom::Start(place))?;
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Option<u64> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        frames(&path)
    }

    fn boxed(kind: &[u8; 4], contents: &[&[u8]]) -> Vec<u8> {
        let contents = contents.concat();
        let size = u32::try_from(contents.len() + 8).unwrap();
        [&size.to_be_bytes()[..], kind, &contents].concat()
    }

    fn track(kind: &[u8; 4], count: u32) -> Vec<u8> {
        let sizes = boxed(b"stsz", &[&[0; 8], &count.to_be_bytes()]);
        let media =
            [boxed(b"hdlr", &[&[0; 8], kind, &[0; 12]]), boxed(b"minf", &[&boxed(b"stbl", &[&sizes])])];
        boxed(b"trak", &[&boxed(b"mdia", &[&media.concat()])])
    }

    #[test]
    fn the_first_video_track_counts() {
        let movie = boxed(b"moov", &[&track(b"soun", 51), &track(b"vide", 42), &track(b"vide", 7)]);
        let file = [boxed(b"ftyp", &[b"isom"]), boxed(b"mdat", &[&[7; 30]]), movie].concat();
        assert_eq!(of(&file), Some(42));
        assert_eq!(of(&file[..file.len() - 200]), None);
        assert_eq!(of(&boxed(b"moov", &[&track(b"soun", 51)])), None);
        assert_eq!(of(b""), None);
    }

    proptest::proptest! {
        #[test]
        fn sizes_may_lie(place in 0_usize..300, byte: u8, at_end in 0_usize..40) {
            let movie = boxed(b"moov", &[&track(b"soun", 51), &track(b"vide", 42)]);
            let mut file = [boxed(b"ftyp", &[b"isom"]), movie].concat();
            let place = place % file.len();
            file[place] = byte;
            file.truncate(file.len() - at_end);
            of(&file);
        }
    }
}
