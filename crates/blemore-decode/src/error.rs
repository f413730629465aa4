//! The one error type of the crate.

use std::path::PathBuf;

use blemore_base::{Blame, is_given_wrong};

/// What can go wrong in learning and using a decoder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What scoring says.
    #[error(transparent)]
    Eval(#[from] blemore_eval::Error),
    /// No system was given.
    #[error("there are no outputs: give the table of at least one system")]
    NoSystems,
    /// Two tables do not have the same clips.
    #[error(
        "{second} has not the same clips as {first}: {first_only} only in the first, {second_only} only in the second, \
         such as {example}; give tables of the same clips"
    )]
    DifferentClips {
        /// The name of the first table.
        first: String,
        /// The name of the other one.
        second: String,
        /// How many clips only the first has.
        first_only: usize,
        /// How many clips only the second has.
        second_only: usize,
        /// One of these clips.
        example: String,
    },
    /// A decoder was learned from another number of systems.
    #[error(
        "the decoder was learned from {expected} ({names}), found {found}: give as many tables, in this order"
    )]
    SystemCount {
        /// The number of systems, in words.
        expected: String,
        /// The names of the systems that it was learned from.
        names: String,
        /// The number given.
        found: usize,
    },
    /// A list does not have one entry per clip.
    #[error("there are {expected} clips and {found} {what}: give one for each clip")]
    LengthMismatch {
        /// What is listed.
        what: &'static str,
        /// The number of clips.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// The way of decoding looks at all clips of an actor, and the actors are not known.
    #[error(
        "{what} looks at all clips of an actor together, and the name of {clip} does not tell the actor: give names that \
         do, or the actors themselves"
    )]
    UnknownActor {
        /// What needs the actors.
        what: &'static str,
        /// The first clip without an actor.
        clip: String,
    },
    /// There are too few folds to choose a strength.
    #[error(
        "{what} needs clips of at least {needed} folds, found {found}: give outputs for more folds, each with actors of \
         its own"
    )]
    TooFewFolds {
        /// What needs them.
        what: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// An actor has clips in two folds.
    #[error(
        "actor {actor} has clips in folds {first} and {second}: put all clips of an actor into one fold, or leave out the \
         folds"
    )]
    ActorInTwoFolds {
        /// The actor.
        actor: String,
        /// A fold with clips of the actor.
        first: i64,
        /// Another one.
        second: i64,
    },
    /// A file that holds no decoder that can be used.
    #[error("{}: {problem}; a decoder is written by `blemore decode --save`", .path.display())]
    NotADecoder {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A file could not be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Blame for Error {
    fn is_bad_input(&self) -> bool {
        match self {
            Self::Eval(error) => error.is_bad_input(),
            Self::Read { source, .. } => is_given_wrong(source),
            Self::Write { .. } => false,
            _ => true,
        }
    }
}
