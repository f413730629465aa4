//! How a command fails that trains or runs a model.

use std::io;

/// A failure of the program, made from the errors of more crates than those that need no libtorch.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) blemore_cli::Failure);

impl Failure {
    /// The input is wrong: exit code 2.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self(blemore_cli::Failure::input(message))
    }

    /// The work failed: exit code 1.
    pub(crate) fn work(message: impl Into<String>) -> Self {
        Self(blemore_cli::Failure::work(message))
    }
}

impl From<blemore_cli::Failure> for Failure {
    fn from(failure: blemore_cli::Failure) -> Self {
        Self(failure)
    }
}

impl From<io::Error> for Failure {
    /// An error of writing to stdout.
    fn from(error: io::Error) -> Self {
        Self(error.into())
    }
}

impl From<blemore::Error> for Failure {
    fn from(error: blemore::Error) -> Self {
        Self(blemore_cli::Failure::of(&error, error.is_bad_input()))
    }
}

impl From<blemore_encoders::Error> for Failure {
    fn from(error: blemore_encoders::Error) -> Self {
        Self(blemore_cli::Failure::of(&error, error.is_bad_input()))
    }
}

impl From<blemore_media::Error> for Failure {
    fn from(error: blemore_media::Error) -> Self {
        Self(error.into())
    }
}

macro_rules! failure_from_layer {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                blemore::Error::from(error).into()
            }
        })*
    };
}

failure_from_layer!(
    blemore::labels::Error,
    blemore::eval::Error,
    blemore::features::Error,
    blemore::data::Error,
    blemore::models::Error,
    blemore::run::Error
);
