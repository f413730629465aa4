//! Tests of `blemore-hash` through its public interface.

mod hashes;
