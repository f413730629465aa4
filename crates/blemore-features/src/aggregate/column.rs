//! One column in plain code: what every statistic means, without the kernel's ideas about speed.

/// Where a quantile lies among `frames` sorted values: between the values at `lower` and `upper`, `fraction`
/// of the way.
///
/// numpy's rule for its `linear` method: index (T - 1) q in f64.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Position {
    pub(super) lower: usize,
    pub(super) upper: usize,
    pub(super) fraction: f64,
}

impl Position {
    pub(super) fn of(quantile: f64, frames: usize) -> Self {
        let last = frames - 1;
        let index = last as f64 * quantile;
        if index >= last as f64 {
            return Self { lower: last, upper: last, fraction: 0.0 };
        }
        let (lower, fraction) = (index.floor() as usize, index.fract());
        // On the spot, no second value is needed.
        let upper = if fraction > 0.0 { lower + 1 } else { lower };
        Self { lower, upper, fraction }
    }
}

/// Linear interpolation in W columns, in the arithmetic of numpy's `percentile(x, q)` for f32 `x` and a
/// number `q`: every step in f32, from the nearer end.
///
/// Where the difference of the two values overflows f32 (numpy then answers with an infinity or NaN) it goes
/// through f64.
#[inline(always)]
pub(super) fn interpolate<const W: usize>(lower: &[f32; W], upper: &[f32; W], fraction: f64) -> [f32; W] {
    let mut result = [0.0; W];
    let mut overflow = false;
    let (from_lower, from_upper) = (fraction as f32, (1.0 - fraction) as f32);
    if fraction < 0.5 {
        for lane in 0..W {
            let difference = upper[lane] - lower[lane];
            overflow |= difference == f32::INFINITY;
            result[lane] = lower[lane] + difference * from_lower;
        }
    } else {
        for lane in 0..W {
            let difference = upper[lane] - lower[lane];
            overflow |= difference == f32::INFINITY;
            result[lane] = upper[lane] - difference * from_upper;
        }
    }
    if overflow {
        for lane in 0..W {
            if upper[lane] - lower[lane] == f32::INFINITY {
                let (lower, upper) = (f64::from(lower[lane]), f64::from(upper[lane]));
                result[lane] = (lower + (upper - lower) * fraction) as f32;
            }
        }
    }
    result
}

/// Sums over a column of differences to its first value, `origin`.
///
/// The differences make the sums as good for values around 1e8 as for values around 0: the column holds
/// `origin` itself, hence its variance is at least (mean - origin)^2 / T, and the subtraction in
/// [`variance`](Self::variance) loses at most log2(T + 1) of 53 bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moments {
    pub(super) frames: usize,
    pub(crate) origin: f64,
    pub(super) sum: f64,
    pub(super) squares: f64,
}

impl Moments {
    /// Of no value yet.
    pub(crate) fn of(origin: f64) -> Self {
        Self { frames: 0, origin, sum: 0.0, squares: 0.0 }
    }

    /// Of a value more.
    pub(crate) fn add(&mut self, value: f64) {
        let difference = value - self.origin;
        self.frames += 1;
        self.sum += difference;
        self.squares += difference * difference;
    }

    #[inline(always)]
    pub(super) fn mean(&self) -> f32 {
        self.mean_f64() as f32
    }

    #[inline(always)]
    pub(super) fn mean_f64(&self) -> f64 {
        self.origin + self.sum / self.frames as f64
    }

    #[inline(always)]
    pub(crate) fn variance(&self) -> f64 {
        let shift = self.sum / self.frames as f64;
        (self.squares / self.frames as f64 - shift * shift).max(0.0)
    }

    #[inline(always)]
    pub(super) fn standard_deviation(&self) -> f32 {
        self.variance().sqrt() as f32
    }
}
