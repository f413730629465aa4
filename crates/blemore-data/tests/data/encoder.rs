//! Names of feature folders.

use blemore_data::{Encoder, Modality};

#[test]
fn names_as_participants_have_them() {
    for (name, shown) in [
        ("ImageBind_train", "ImageBind"),
        ("VideoMAEv2_train", "VideoMAEv2"),
        ("videomae-v2-large_TEST", "VideoMAEv2"),
        ("HuBERT_large_train", "HuBERT"),
        ("hubert-base-ls960", "HuBERT"),
        ("WavLM_large_test", "WavLM"),
        ("HiCMAE_train", "HiCMAE"),
        ("CLIP_train", "CLIP"),
        ("OpenFace_train", "OpenFace"),
        ("OpenFace_2.0_train", "OpenFace"),
        ("OpenFace_3.0_train", "OpenFace 3"),
        ("openface3.0_features_test", "OpenFace 3"),
        ("VideoSwin_train", "VideoSwin"),
        ("Video-Swin-Transformer_train", "VideoSwin"),
        ("test", ""),
        ("latest", "latest"),
        ("éé_train", "éé"),
    ] {
        assert_eq!(Encoder::of_folder(name).to_string(), shown, "{name}");
    }
}

#[test]
fn folder_names_read_back() {
    let generated = [Modality::Video, Modality::Audio, Modality::Multimodal].map(Encoder::Generated);
    let published = [
        Encoder::Clip,
        Encoder::ImageBind,
        Encoder::OpenFace,
        Encoder::OpenFace3,
        Encoder::VideoMaeV2,
        Encoder::VideoSwin,
        Encoder::Hubert,
        Encoder::WavLm,
        Encoder::HiCmae,
    ];
    for encoder in published.iter().chain(&generated) {
        assert_eq!(Encoder::of_folder(&format!("{}_train", encoder.folder_name())), *encoder);
    }
}
