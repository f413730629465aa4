//! The three networks of MTCNN (Zhang et al. 2016), as facenet-pytorch 2.6.0 has them: proposals, refinement, output.
//!
//! Each takes pictures of values (byte - 127.5) / 128, and gives the probability of a face, and by which parts of its
//! width and height the box of a face differs from the picture.

use tch::{Kind, Tensor, no_grad};

use crate::networks::{Linear, Parameters};
use crate::{Error, WeightFile};

/// Side of the pictures that the second network takes.
pub(super) const REFINEMENT_SIDE: usize = 24;
/// Side of the pictures that the third network takes.
pub(super) const OUTPUT_SIDE: usize = 48;

/// Probabilities of faces, and the changes of their boxes: left, top, right, bottom.
#[derive(Debug)]
pub(super) struct Proposals {
    pub(super) probabilities: Tensor,
    pub(super) changes: Tensor,
}

/// The first network: a probability for each cell of 12 x 12 pixels, 2 apart.
#[derive(Debug)]
pub(super) struct ProposalNetwork {
    convolutions: [Convolution; 3],
    face: Convolution,
    change: Convolution,
}

impl ProposalNetwork {
    pub(super) fn new(file: &mut WeightFile) -> Result<Self, Error> {
        let parameters = &mut Parameters::of_known(file);
        Ok(Self {
            convolutions: [
                Convolution::numbered(parameters, 1, [3, 10], 3)?,
                Convolution::numbered(parameters, 2, [10, 16], 3)?,
                Convolution::numbered(parameters, 3, [16, 32], 3)?,
            ],
            face: Convolution::named(parameters, "conv4_1", [32, 2], 1)?,
            change: Convolution::named(parameters, "conv4_2", [32, 4], 1)?,
        })
    }

    /// Pictures `(B, 3, H, W)` to probabilities `(B, h, w)` and changes `(B, 4, h, w)`.
    pub(super) fn forward(&self, pictures: &Tensor) -> Result<Proposals, Error> {
        no_grad(|| {
            let [first, second, third] = &self.convolutions;
            let cells = second.forward(&pooled(&first.forward(pictures)?, 2)?)?;
            let cells = third.forward(&cells)?;
            let probabilities = of_faces(&self.face.forward(&cells)?)?;
            Ok(Proposals { probabilities, changes: self.change.forward(&cells)? })
        })
    }
}

/// The second network: of pictures of [`REFINEMENT_SIDE`].
#[derive(Debug)]
pub(super) struct RefinementNetwork {
    convolutions: [Convolution; 3],
    hidden: Hidden,
    face: Linear,
    change: Linear,
}

impl RefinementNetwork {
    pub(super) fn new(file: &mut WeightFile) -> Result<Self, Error> {
        let parameters = &mut Parameters::of_known(file);
        Ok(Self {
            convolutions: [
                Convolution::numbered(parameters, 1, [3, 28], 3)?,
                Convolution::numbered(parameters, 2, [28, 48], 3)?,
                Convolution::numbered(parameters, 3, [48, 64], 2)?,
            ],
            hidden: Hidden::numbered(parameters, 4, [576, 128])?,
            face: Linear::new(parameters, "dense5_1", 128, 2)?,
            change: Linear::new(parameters, "dense5_2", 128, 4)?,
        })
    }

    /// Pictures `(B, 3, 24, 24)` to probabilities `(B)` and changes `(B, 4)`.
    pub(super) fn forward(&self, pictures: &Tensor) -> Result<Proposals, Error> {
        no_grad(|| {
            let [first, second, third] = &self.convolutions;
            let cells = second.forward(&pooled(&first.forward(pictures)?, 3)?)?;
            let hidden = self.hidden.forward(&third.forward(&pooled(&cells, 3)?)?)?;
            let probabilities = of_faces(&self.face.forward(&hidden)?)?;
            Ok(Proposals { probabilities, changes: self.change.forward(&hidden)? })
        })
    }
}

/// The third network: of pictures of [`OUTPUT_SIDE`].
#[derive(Debug)]
pub(super) struct OutputNetwork {
    convolutions: [Convolution; 4],
    hidden: Hidden,
    face: Linear,
    change: Linear,
    points: Linear,
}

impl OutputNetwork {
    pub(super) fn new(file: &mut WeightFile) -> Result<Self, Error> {
        let parameters = &mut Parameters::of_known(file);
        Ok(Self {
            convolutions: [
                Convolution::numbered(parameters, 1, [3, 32], 3)?,
                Convolution::numbered(parameters, 2, [32, 64], 3)?,
                Convolution::numbered(parameters, 3, [64, 64], 3)?,
                Convolution::numbered(parameters, 4, [64, 128], 2)?,
            ],
            hidden: Hidden::numbered(parameters, 5, [1152, 256])?,
            face: Linear::new(parameters, "dense6_1", 256, 2)?,
            change: Linear::new(parameters, "dense6_2", 256, 4)?,
            points: Linear::new(parameters, "dense6_3", 256, 10)?,
        })
    }

    /// Pictures `(B, 3, 48, 48)` to probabilities `(B)`, changes `(B, 4)`, and the places of five points as parts of
    /// width and height, first five x and then five y: `(B, 10)`.
    pub(super) fn forward(&self, pictures: &Tensor) -> Result<(Proposals, Tensor), Error> {
        no_grad(|| {
            let [first, second, third, fourth] = &self.convolutions;
            let cells = second.forward(&pooled(&first.forward(pictures)?, 3)?)?;
            let cells = third.forward(&pooled(&cells, 3)?)?;
            let hidden = self.hidden.forward(&fourth.forward(&pooled(&cells, 2)?)?)?;
            let probabilities = of_faces(&self.face.forward(&hidden)?)?;
            let changes = self.change.forward(&hidden)?;
            Ok((Proposals { probabilities, changes }, self.points.forward(&hidden)?))
        })
    }
}

/// A convolution without padding, bent at 0 if it has slopes.
#[derive(Debug)]
struct Convolution {
    weight: Tensor,
    bias: Tensor,
    slopes: Option<Tensor>,
}

impl Convolution {
    fn named(
        parameters: &mut Parameters<'_>,
        name: &str,
        [inputs, outputs]: [i64; 2],
        side: i64,
    ) -> Result<Self, Error> {
        let weight = parameters.tensor(&format!("{name}.weight"), &[outputs, inputs, side, side])?;
        Ok(Self { weight, bias: parameters.tensor(&format!("{name}.bias"), &[outputs])?, slopes: None })
    }

    fn numbered(
        parameters: &mut Parameters<'_>,
        number: usize,
        sizes: [i64; 2],
        side: i64,
    ) -> Result<Self, Error> {
        let convolution = Self::named(parameters, &format!("conv{number}"), sizes, side)?;
        Ok(Self { slopes: Some(slopes(parameters, number, sizes[1])?), ..convolution })
    }

    fn forward(&self, input: &Tensor) -> Result<Tensor, Error> {
        let output = input.f_conv2d(&self.weight, Some(&self.bias), [1, 1], [0, 0], [1, 1], 1)?;
        Ok(match &self.slopes {
            Some(slopes) => output.f_prelu(slopes)?,
            None => output,
        })
    }
}

/// The linear map of all cells, which lie column by column, bent at 0.
#[derive(Debug)]
struct Hidden {
    map: Linear,
    slopes: Tensor,
}

impl Hidden {
    fn numbered(
        parameters: &mut Parameters<'_>,
        number: usize,
        [inputs, outputs]: [i64; 2],
    ) -> Result<Self, Error> {
        let map = Linear::new(parameters, &format!("dense{number}"), inputs, outputs)?;
        Ok(Self { map, slopes: slopes(parameters, number, outputs)? })
    }

    fn forward(&self, cells: &Tensor) -> Result<Tensor, Error> {
        let values = cells.f_permute([0, 3, 2, 1])?.f_flatten(1, 3)?;
        Ok(self.map.forward(&values)?.f_prelu(&self.slopes)?)
    }
}

fn slopes(parameters: &mut Parameters<'_>, number: usize, channels: i64) -> Result<Tensor, Error> {
    parameters.tensor(&format!("prelu{number}.weight"), &[channels])
}

/// The largest of squares 2 apart, those that stick out included.
fn pooled(cells: &Tensor, side: i64) -> Result<Tensor, Error> {
    Ok(cells.f_max_pool2d([side, side], [2, 2], [0, 0], [1, 1], true)?)
}

/// Of two scores, no face and a face, the probability of a face.
fn of_faces(scores: &Tensor) -> Result<Tensor, Error> {
    Ok(scores.f_softmax(1, Kind::Float)?.f_select(1, 1)?)
}

#[cfg(test)]
mod tests {
    use blemore_testing::array;

    use super::*;
    use crate::faces::weights::{self, testing};

    fn tensor(name: &str) -> Tensor {
        let (shape, values) = array(testing::fixture(name));
        Tensor::from_slice(&values).reshape(shape)
    }

    #[track_caller]
    fn assert_close(found: &Tensor, file: &str) {
        let expected = tensor(file);
        assert_eq!(found.size(), expected.size(), "{file}");
        let difference = (found - &expected).abs().max().double_value(&[]);
        assert!(difference <= 1e-5, "{file}: {difference:e}");
    }

    /// What a network gives, against its files.
    #[track_caller]
    fn assert_proposals(found: &Proposals, network: &str, probabilities: &str) {
        assert_close(&found.changes, &format!("{network}_out0.npy"));
        let found = &found.probabilities;
        assert_close(&Tensor::stack(&[&(-found + 1.0), found], 1), &format!("{network}_{probabilities}.npy"));
    }

    #[test]
    fn the_networks_are_those_of_facenet_pytorch() {
        let Some(folder) = testing::folder() else { return };
        let [first, second, third] = &mut weights::open(&folder).unwrap();
        let proposals = ProposalNetwork::new(first).unwrap().forward(&tensor("pnet_in.npy")).unwrap();
        assert_proposals(&proposals, "pnet", "out1");
        let refined = RefinementNetwork::new(second).unwrap().forward(&tensor("rnet_in.npy")).unwrap();
        assert_proposals(&refined, "rnet", "out1");
        let (output, points) = OutputNetwork::new(third).unwrap().forward(&tensor("onet_in.npy")).unwrap();
        assert_proposals(&output, "onet", "out2");
        assert_close(&points, "onet_out1.npy");
    }
}
