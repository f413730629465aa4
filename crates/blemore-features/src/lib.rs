//! Aggregation, subsampling, standardisation and fusion of per-clip feature arrays.

mod aggregate;

pub use aggregate::{AggregationError, Aggregator, CustomStatistic, InstructionSet, Statistic, Workspace};
