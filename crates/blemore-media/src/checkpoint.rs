//! The checkpoints that encoders want: what they are called, where they are published, and where they are on
//! this machine.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Serialize;

use crate::encoder_kind::EncoderKind;
use crate::error::Error;
use crate::preset::PresetName;

/// A published checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Checkpoint {
    /// The encoder that wants it.
    pub encoder: EncoderKind,
    /// The presets that it belongs to.
    pub presets: &'static [PresetName],
    /// What it holds.
    pub about: &'static str,
    /// Names of files that hold the same weights; the first that is there is taken.
    pub files: &'static [&'static str],
    /// Its name on Hugging Face, where it is published there.
    pub repository: Option<&'static str>,
    /// Where it is published.
    pub page: &'static str,
    /// Its size in megabytes, about, where it is known.
    pub megabytes: Option<u32>,
    /// Its licence in a few words.
    pub licence: &'static str,
}

const BOTH: &[PresetName] = &PresetName::ALL;
const HUGGING_FACE: &[&str] = &["model.safetensors", "pytorch_model.bin"];
const TORCHVISION: &str = "https://docs.pytorch.org/vision/stable/models/video_swin_transformer.html";
const VIDEO_MAE: &str = "https://github.com/OpenGVLab/VideoMAEv2/blob/master/docs/MODEL_ZOO.md";
const SEE_PAGE: &str = "see the page";

const LIST: &[Checkpoint] = &[
    Checkpoint {
        encoder: EncoderKind::Clip,
        presets: BOTH,
        about: "CLIP ViT-B/32",
        files: HUGGING_FACE,
        repository: Some("openai/clip-vit-base-patch32"),
        page: "https://huggingface.co/openai/clip-vit-base-patch32",
        megabytes: Some(605),
        licence: "MIT (openai/CLIP)",
    },
    Checkpoint {
        encoder: EncoderKind::ImageBind,
        presets: BOTH,
        about: "ImageBind-huge",
        files: &["imagebind_huge.pth"],
        repository: None,
        page: "https://dl.fbaipublicfiles.com/imagebind/imagebind_huge.pth",
        megabytes: Some(4_500),
        licence: "CC BY-NC 4.0: no commercial use",
    },
    Checkpoint {
        encoder: EncoderKind::OpenFace,
        presets: BOTH,
        about: "OpenFace 2, the program with its models",
        files: &["FeatureExtraction"],
        repository: None,
        page: "https://github.com/TadasBaltrusaitis/OpenFace",
        megabytes: None,
        licence: "academic and other non-profit use only",
    },
    Checkpoint {
        encoder: EncoderKind::VideoMae,
        presets: &[PresetName::Published],
        about: "VideoMAE v2 giant, fine-tuned on Kinetics-710",
        files: &["vit_g_hybrid_pt_1200e_k710_ft.pth"],
        repository: None,
        page: VIDEO_MAE,
        megabytes: None,
        licence: SEE_PAGE,
    },
    Checkpoint {
        encoder: EncoderKind::VideoMae,
        presets: &[PresetName::Corrected],
        about: "VideoMAE v2 base, distilled from the giant on Kinetics-710",
        files: &["vit_b_k710_dl_from_giant.pth"],
        repository: Some("OpenGVLab/VideoMAE2"),
        page: VIDEO_MAE,
        megabytes: None,
        licence: SEE_PAGE,
    },
    Checkpoint {
        encoder: EncoderKind::VideoSwin,
        presets: BOTH,
        about: "Video Swin B, Kinetics-400 (the paper's own weights are not published)",
        files: &["swin3d_b_1k-24f7c7c6.pth"],
        repository: None,
        page: TORCHVISION,
        megabytes: Some(364),
        licence: "BSD 3-Clause (torchvision)",
    },
    Checkpoint {
        encoder: EncoderKind::VideoSwin,
        presets: BOTH,
        about: "Video Swin B, ImageNet-22K and Kinetics-400",
        files: &["swin3d_b_22k-7c6ae6fa.pth"],
        repository: None,
        page: TORCHVISION,
        megabytes: Some(364),
        licence: "BSD 3-Clause (torchvision)",
    },
    Checkpoint {
        encoder: EncoderKind::VideoSwin,
        presets: BOTH,
        about: "Video Swin S, Kinetics-400",
        files: &["swin3d_s-da41c237.pth"],
        repository: None,
        page: TORCHVISION,
        megabytes: Some(218),
        licence: "BSD 3-Clause (torchvision)",
    },
    Checkpoint {
        encoder: EncoderKind::VideoSwin,
        presets: BOTH,
        about: "Video Swin T, Kinetics-400",
        files: &["swin3d_t-7615ae03.pth"],
        repository: None,
        page: TORCHVISION,
        megabytes: Some(122),
        licence: "BSD 3-Clause (torchvision)",
    },
    Checkpoint {
        encoder: EncoderKind::Hubert,
        presets: BOTH,
        about: "HuBERT Large LL-60k as s3prl converted it",
        files: &["hubert_large_ll60k.pt"],
        repository: Some("s3prl/converted_ckpts"),
        page: "https://huggingface.co/s3prl/converted_ckpts",
        megabytes: Some(1_260),
        licence: "MIT (facebookresearch/fairseq)",
    },
    Checkpoint {
        encoder: EncoderKind::Hubert,
        presets: BOTH,
        about: "HuBERT Large LL-60k for transformers",
        files: HUGGING_FACE,
        repository: Some("facebook/hubert-large-ll60k"),
        page: "https://huggingface.co/facebook/hubert-large-ll60k",
        megabytes: Some(1_260),
        licence: "Apache 2.0 (its page)",
    },
    Checkpoint {
        encoder: EncoderKind::WavLm,
        presets: BOTH,
        about: "WavLM Large as s3prl converted it",
        files: &["wavlm_large.pt", "WavLM-Large.pt"],
        repository: Some("s3prl/converted_ckpts"),
        page: "https://huggingface.co/s3prl/converted_ckpts",
        megabytes: Some(1_260),
        licence: "MIT (microsoft/unilm)",
    },
    Checkpoint {
        encoder: EncoderKind::WavLm,
        presets: BOTH,
        about: "WavLM Large for transformers",
        files: HUGGING_FACE,
        repository: Some("microsoft/wavlm-large"),
        page: "https://huggingface.co/microsoft/wavlm-large",
        megabytes: Some(1_260),
        licence: SEE_PAGE,
    },
    Checkpoint {
        encoder: EncoderKind::HiCmae,
        presets: BOTH,
        about: "HiCMAE-Base, pre-trained on VoxCeleb2",
        files: &["checkpoint-99.pth"],
        repository: None,
        page: "https://github.com/sunlicai/HiCMAE",
        megabytes: None,
        licence: SEE_PAGE,
    },
];

impl Checkpoint {
    /// The checkpoints that an encoder can take with a preset, the one that is taken first before others.
    ///
    /// ```
    /// use blemore_media::{Checkpoint, EncoderKind, PresetName};
    ///
    /// let clip = Checkpoint::of(EncoderKind::Clip, PresetName::Published).next().unwrap();
    /// assert_eq!(clip.repository, Some("openai/clip-vit-base-patch32"));
    /// ```
    pub fn of(encoder: EncoderKind, preset: PresetName) -> impl Iterator<Item = &'static Self> {
        LIST.iter().filter(move |one| one.encoder == encoder && one.presets.contains(&preset))
    }

    /// Looks for the file below a folder: in a Hugging Face cache (`models--ORG--NAME/snapshots`, also below
    /// `hub`), in folders `ORG/NAME`, `NAME` and one with the encoder's name, and, unless its name says
    /// nothing (`model.safetensors`), in the folder itself.
    ///
    /// # Errors
    /// A folder that is not there or cannot be read.
    pub fn find(&self, folder: &Path) -> Result<Option<PathBuf>, Error> {
        fs::read_dir(folder).map_err(Error::read(folder))?;
        let mut places = Vec::new();
        if let Some(repository) = self.repository {
            let cache = format!("models--{}", repository.replace('/', "--"));
            for cache in [folder.join(&cache), folder.join("hub").join(&cache)] {
                places.extend(snapshots(&cache)?);
            }
            places.push(folder.join(repository));
            places.extend(repository.split_once('/').map(|(_, name)| folder.join(name)));
        }
        places.push(folder.join(self.encoder.name()));
        let is_named = self.files != HUGGING_FACE;
        places.extend(is_named.then(|| folder.to_owned()));
        let mut files = places.iter().flat_map(|place| self.files.iter().map(|file| place.join(file)));
        Ok(files.find(|file| file.is_file()))
    }
}

/// The snapshots of a cached model: the one that `refs/main` names, then the others by name.
fn snapshots(cache: &Path) -> Result<Vec<PathBuf>, Error> {
    let folder = cache.join("snapshots");
    let entries = match fs::read_dir(&folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        entries => entries.map_err(Error::read(&folder))?,
    };
    let main = fs::read_to_string(cache.join("refs/main")).unwrap_or_default();
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.sort_by_key(|path| (!path.ends_with(main.trim()), path.clone()));
    Ok(found)
}
