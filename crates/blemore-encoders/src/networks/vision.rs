//! What CLIP and ImageBind have in common: from patches to the features of a picture.

use tch::Tensor;

use super::blocks::{Block, Linear, Norm};
use crate::Error;

/// A transformer over the patches of a picture, of which the class token is kept.
#[derive(Debug)]
pub(super) struct VisionTransformer {
    /// The class token, `width` values.
    pub(super) class: Tensor,
    /// A place for the class token and for each patch.
    pub(super) positions: Tensor,
    pub(super) first_norm: Norm,
    pub(super) blocks: Vec<Block>,
    pub(super) last_norm: Norm,
    pub(super) projection: Linear,
}

impl VisionTransformer {
    /// Patches `(B, P, width)` to features `(B, D)`.
    pub(super) fn forward(&self, patches: &Tensor) -> Result<Tensor, Error> {
        let (batch, _, width) = patches.size3()?;
        let class = self.class.f_expand([batch, 1, width], false)?;
        let tokens = Tensor::f_cat(&[class, patches.shallow_clone()], 1)?.f_add(&self.positions)?;
        let mut tokens = self.first_norm.forward(&tokens)?;
        for block in &self.blocks {
            tokens = block.forward(&tokens)?;
        }
        self.projection.forward(&self.last_norm.forward(&tokens.f_select(1, 0)?)?)
    }
}
