//! Frames and faces as people write them.

/// How many ranges are listed before the others are only counted.
const LISTED_RANGES: usize = 10;

/// `frames 1-5, 8`
pub(super) fn frames(frames: &[i64]) -> String {
    let mut found: Vec<(i64, i64)> = Vec::new();
    for frame in frames {
        match found.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*frame) => *last = *frame,
            _ => found.push((*frame, *frame)),
        }
    }
    ranges(&found)
}

/// The same of first and last numbers.
pub(super) fn ranges(ranges: &[(i64, i64)]) -> String {
    let range = |(first, last): &(i64, i64)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    let listed: Vec<_> = ranges.iter().take(LISTED_RANGES).map(range).collect();
    match ranges.len().saturating_sub(LISTED_RANGES) {
        0 => format!("frames {}", listed.join(", ")),
        more => format!("frames {} and {more} more ranges", listed.join(", ")),
    }
}

/// `0, 1 and 2`
pub(super) fn faces(faces: &[i64]) -> String {
    let mut texts: Vec<_> = faces.iter().map(i64::to_string).collect();
    let last = texts.pop().unwrap_or_default();
    if texts.is_empty() { last } else { format!("{} and {last}", texts.join(", ")) }
}
