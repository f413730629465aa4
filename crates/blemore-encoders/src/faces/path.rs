//! The points of one face in every frame of a clip, also where it was not found, and without the detector's tremor.

use super::alignment::Points;

/// Weights of a frame and the frames beside it.
const WEIGHTS: [f32; 3] = [3.0, 2.0, 1.0];

/// The points in each of `frames` frames: between two frames in which the face was found on straight lines, before the
/// first and after the last as there, and then smoothed over five frames. `found` must not be empty.
pub(super) fn smooth_path(found: &[(usize, Points)], frames: usize) -> Vec<Points> {
    let path: Vec<Points> = (0..frames).map(|frame| between(found, frame)).collect();
    (0..frames).map(|frame| smoothed(&path, frame)).collect()
}

fn between(found: &[(usize, Points)], frame: usize) -> Points {
    let next = found.partition_point(|(at, _)| *at < frame);
    match (next.checked_sub(1).and_then(|before| found.get(before)), found.get(next)) {
        (Some((before, first)), Some((after, second))) => {
            let part = (frame - before) as f32 / (after - before) as f32;
            mixed(&[(first, 1.0 - part), (second, part)])
        }
        (Some((_, points)), None) | (None, Some((_, points))) => *points,
        (None, None) => Points::default(),
    }
}

/// The weighted mean of as many frames before as after.
fn smoothed(path: &[Points], frame: usize) -> Points {
    let reach = (WEIGHTS.len() - 1).min(frame).min(path.len() - 1 - frame);
    let weighted: Vec<_> =
        (frame - reach..=frame + reach).map(|other| (&path[other], WEIGHTS[other.abs_diff(frame)])).collect();
    mixed(&weighted)
}

fn mixed(weighted: &[(&Points, f32)]) -> Points {
    let sum: f32 = weighted.iter().map(|(_, weight)| weight).sum();
    let coordinate = |point: usize, axis: usize| {
        weighted.iter().map(|(points, weight)| points[point][axis] * weight).sum::<f32>() / sum
    };
    std::array::from_fn(|point| [coordinate(point, 0), coordinate(point, 1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f32) -> Points {
        [[x, 2.0 * x]; 5]
    }

    #[test]
    fn an_even_movement_is_left_as_it_is_and_gaps_are_bridged() {
        let found: Vec<_> = [0, 1, 2, 6, 7, 8].map(|frame| (frame, at(frame as f32))).to_vec();
        for (frame, points) in smooth_path(&found, 9).into_iter().enumerate() {
            let [x, y] = points[3];
            assert!(
                (x - frame as f32).abs() < 1e-5 && (y - 2.0 * frame as f32).abs() < 1e-5,
                "{frame}: {points:?}"
            );
        }
    }

    #[test]
    fn ends_are_held_and_tremor_is_less() {
        let path = smooth_path(&[(2, at(5.0)), (3, at(5.0))], 6);
        assert_eq!(path, [at(5.0); 6]);
        let trembling: Vec<_> =
            (0..20).map(|frame| (frame, at(if frame % 2 == 0 { 1.0 } else { -1.0 }))).collect();
        let path = smooth_path(&trembling, 20);
        assert!(path[2..18].iter().all(|points| points[0][0].abs() < 0.2), "{path:?}");
    }
}
