//! Aligned faces that are kept from before.

use std::path::Path;

use blemore_media::Faces;

use crate::Error;

/// The faces of a clip in the folder where faces are kept, if there is one; `None` where that has no folder of the clip.
///
/// # Errors
/// Those of [`Faces::find`] for a folder of the clip that cannot be used.
pub(crate) fn kept_faces(kept: Option<&Path>, clip: &str) -> Result<Option<Faces>, Error> {
    let has_folder = |kept: &&Path| {
        // A path that cannot be looked at is left to `Faces::find`, which says why.
        let is_there = |name: &str| kept.join(name).try_exists().unwrap_or(true);
        is_there(&format!("{clip}_aligned")) || is_there(clip)
    };
    Ok(kept.filter(has_folder).map(|kept| Faces::find(kept, clip)).transpose()?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_clip_has_faces_or_none_and_a_folder_without_pictures_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let found = |clip: &str| kept_faces(Some(folder.path()), clip);
        assert_eq!(kept_faces(None, "clip").unwrap(), None);
        assert_eq!(found("clip").unwrap(), None);
        let aligned = folder.path().join("clip_aligned");
        fs::create_dir(&aligned).unwrap();
        assert!(found("clip").unwrap_err().to_string().contains("no aligned faces of clip"));
        fs::write(aligned.join("frame_det_00_000001.png"), "a picture").unwrap();
        assert_eq!(found("clip").unwrap().unwrap().len(), 1);
    }
}
