//! JSON documents that tell whether they were changed: their first field is the SHA-256 of the rest.

use crate::Hash;

/// What stands before the hash.
const BEFORE: &str = "{\"sha256\": \"";
/// What stands after it.
const AFTER: &str = "\",";

/// A document whose seal is missing or is not that of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenSeal {
    /// It does not begin with a seal.
    #[error("it was not written by this version of blemore, or its beginning was changed since")]
    Missing,
    /// It was changed after it was sealed.
    #[error("it was changed since it was written")]
    Changed,
}

/// Adds the seal to a JSON object of at least one field.
///
/// ```
/// let document = blemore_hash::seal(r#"{"epoch": 3}"#);
/// assert!(document.starts_with(r#"{"sha256": ""#));
/// assert_eq!(blemore_hash::unseal(&document).unwrap(), r#"{"epoch": 3}"#);
/// assert!(blemore_hash::unseal(&document.replace('3', "4")).is_err());
/// ```
#[must_use]
pub fn seal(object: &str) -> String {
    let fields = object.strip_prefix('{').unwrap_or(object);
    format!("{BEFORE}{}{AFTER}{fields}", Hash::of_bytes(fields.as_bytes()))
}

/// The object that was sealed.
///
/// # Errors
/// [`BrokenSeal`].
pub fn unseal(document: &str) -> Result<String, BrokenSeal> {
    let sealed = document.strip_prefix(BEFORE).and_then(|rest| rest.split_once(AFTER));
    let (seal, fields) = sealed.ok_or(BrokenSeal::Missing)?;
    match seal == Hash::of_bytes(fields.as_bytes()).to_string() {
        true => Ok(format!("{{{fields}")),
        false => Err(BrokenSeal::Changed),
    }
}
