//! What a fit is given.

use crate::{Error, Examples};

/// The examples to train on, and those to choose thresholds and the epoch on, if there are any: checked to go together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a, 't, 'v> {
    pub(crate) train: &'a Examples<'t>,
    pub(crate) validation: Option<&'a Examples<'v>>,
}

impl<'a, 't, 'v> Parts<'a, 't, 'v> {
    pub(crate) fn new(train: &'a Examples<'t>, validation: Option<&'a Examples<'v>>) -> Result<Self, Error> {
        if train.is_empty() {
            return Err(Error::NoExamples { part: "training" });
        }
        if let Some(validation) = validation {
            if validation.is_empty() {
                return Err(Error::NoExamples { part: "validation" });
            }
            if validation.width() != train.width() {
                let (expected, found) = (train.width(), validation.width());
                return Err(Error::WidthMismatch { part: "validation part", expected, found });
            }
        }
        Ok(Self { train, validation })
    }
}
