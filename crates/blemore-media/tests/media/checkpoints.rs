//! The list of checkpoints, and where they are looked for.

use blemore_base::Blame;
use std::fs;
use std::path::Path;

use blemore_media::{Checkpoint, EncoderKind, PresetName};

fn first(encoder: EncoderKind) -> &'static Checkpoint {
    Checkpoint::of(encoder, PresetName::Published).next().unwrap()
}

fn touch(folder: &Path, file: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "").unwrap();
}

#[test]
fn every_encoder_has_a_checkpoint_for_both_presets() {
    for encoder in EncoderKind::ALL {
        for name in PresetName::ALL {
            let checkpoint = Checkpoint::of(encoder, name).next().unwrap();
            assert!(checkpoint.page.starts_with("https://") && !checkpoint.files.is_empty());
        }
    }
    let file = |name| Checkpoint::of(EncoderKind::VideoMae, name).next().unwrap().files[0];
    assert!(
        file(PresetName::Published).starts_with("vit_g_")
            && file(PresetName::Corrected).starts_with("vit_b_")
    );
}

#[test]
fn checkpoints_are_found_in_folders_and_in_caches() {
    let hubert = first(EncoderKind::Hubert);
    let clip = first(EncoderKind::Clip);
    for (checkpoint, file) in [
        (hubert, "hubert_large_ll60k.pt"),
        (hubert, "hubert/hubert_large_ll60k.pt"),
        (hubert, "models--s3prl--converted_ckpts/snapshots/0123/hubert_large_ll60k.pt"),
        (clip, "clip/pytorch_model.bin"),
        (clip, "clip-vit-base-patch32/model.safetensors"),
        (clip, "openai/clip-vit-base-patch32/model.safetensors"),
        (clip, "models--openai--clip-vit-base-patch32/snapshots/0123/model.safetensors"),
        (clip, "hub/models--openai--clip-vit-base-patch32/snapshots/0123/pytorch_model.bin"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(checkpoint.find(folder.path()).unwrap(), None);
        touch(folder.path(), file);
        assert_eq!(checkpoint.find(folder.path()).unwrap(), Some(folder.path().join(file)), "{file}");
    }
    let folder = tempfile::tempdir().unwrap();
    // A name that every model has says nothing.
    touch(folder.path(), "model.safetensors");
    assert_eq!(clip.find(folder.path()).unwrap(), None);
    // Of two snapshots, the one in use.
    for snapshot in ["aaaa", "bbbb"] {
        touch(
            folder.path(),
            &format!("models--openai--clip-vit-base-patch32/snapshots/{snapshot}/model.safetensors"),
        );
    }
    touch(folder.path(), "models--openai--clip-vit-base-patch32/refs/main");
    fs::write(folder.path().join("models--openai--clip-vit-base-patch32/refs/main"), "bbbb").unwrap();
    assert!(clip.find(folder.path()).unwrap().unwrap().to_string_lossy().contains("bbbb"));
    assert!(clip.find(&folder.path().join("none")).unwrap_err().is_bad_input());
}
