//! Small checkpoints of the encoders with made-up weights, for tests that go from clips to features.

use std::fs;
use std::path::Path;

/// Channels of the speech networks' convolutions, and the width of their projections.
const CHANNELS: usize = 16;

/// Names and shapes of the tensors of an encoder (`clip`, `imagebind`, `videomaev2`, `videoswin`, `hicmae`, `hubert` or
/// `wavlm`) with
/// one block and so many heads of the published width. Pictures have 224 pixels per side, as the published ones.
///
/// # Panics
/// For another encoder.
fn tensors(encoder: &str, heads: usize) -> Vec<(String, Vec<usize>)> {
    let head_size = match encoder {
        "imagebind" => 80,
        "videomaev2" => 88,
        "videoswin" => 32,
        _ => 64,
    };
    let width = heads * head_size;
    let channels = CHANNELS;
    let mut tensors: Vec<(String, Vec<usize>)> = Vec::new();
    let mut add = |name: String, shape: &[usize]| tensors.push((name, shape.to_vec()));
    let mut pair = |name: &str, outputs: usize, inputs: Option<usize>| {
        let shape: Vec<usize> = [outputs].into_iter().chain(inputs).collect();
        add(format!("{name}.weight"), &shape);
        add(format!("{name}.bias"), &[outputs]);
    };
    match encoder {
        "clip" => {
            let block = "vision_model.encoder.layers.0";
            for norm in ["vision_model.pre_layrnorm", "vision_model.post_layernorm"] {
                pair(norm, width, None);
            }
            for norm in ["layer_norm1", "layer_norm2"] {
                pair(&format!("{block}.{norm}"), width, None);
            }
            for map in ["q_proj", "k_proj", "v_proj", "out_proj"] {
                pair(&format!("{block}.self_attn.{map}"), width, Some(width));
            }
            pair(&format!("{block}.mlp.fc1"), 4 * width, Some(width));
            pair(&format!("{block}.mlp.fc2"), width, Some(4 * width));
            let name = "vision_model.embeddings";
            add(format!("{name}.class_embedding"), &[width]);
            add(format!("{name}.patch_embedding.weight"), &[width, 3, 32, 32]);
            add(format!("{name}.position_embedding.weight"), &[50, width]);
            add("visual_projection.weight".to_owned(), &[24, width]);
        }
        "imagebind" => {
            let trunk = "modality_trunks.vision";
            pair(&format!("{trunk}.pre_transformer_layer.0"), width, None);
            for norm in ["norm_1", "norm_2"] {
                pair(&format!("{trunk}.blocks.0.{norm}"), width, None);
            }
            pair(&format!("{trunk}.blocks.0.attn.out_proj"), width, Some(width));
            pair(&format!("{trunk}.blocks.0.mlp.fc1"), 4 * width, Some(width));
            pair(&format!("{trunk}.blocks.0.mlp.fc2"), width, Some(4 * width));
            pair("modality_heads.vision.0", width, None);
            add("modality_heads.vision.2.weight".to_owned(), &[24, width]);
            add(format!("{trunk}.blocks.0.attn.in_proj_weight"), &[3 * width, width]);
            add(format!("{trunk}.blocks.0.attn.in_proj_bias"), &[3 * width]);
            let name = "modality_preprocessors.vision";
            add(format!("{name}.cls_token"), &[1, 1, width]);
            add(format!("{name}.pos_embedding_helper.pos_embed"), &[1, 257, width]);
            add(format!("{name}.rgbt_stem.proj.1.weight"), &[width, 3, 2, 14, 14]);
        }
        "videomaev2" => {
            pair("blocks.0.norm1", width, None);
            pair("blocks.0.norm2", width, None);
            pair("blocks.0.attn.proj", width, Some(width));
            // 48 / 11 of the width.
            pair("blocks.0.mlp.fc1", 384 * heads, Some(width));
            pair("blocks.0.mlp.fc2", width, Some(384 * heads));
            pair("fc_norm", width, None);
            add("blocks.0.attn.qkv.weight".to_owned(), &[3 * width, width]);
            add("blocks.0.attn.q_bias".to_owned(), &[width]);
            add("blocks.0.attn.v_bias".to_owned(), &[width]);
            add("patch_embed.proj.weight".to_owned(), &[width, 3, 2, 14, 14]);
            add("patch_embed.proj.bias".to_owned(), &[width]);
        }
        "videoswin" => {
            let block = "features.0.0";
            for norm in ["patch_embed.norm", "features.0.0.norm1", "features.0.0.norm2", "norm"] {
                pair(norm, width, None);
            }
            pair(&format!("{block}.attn.qkv"), 3 * width, Some(width));
            pair(&format!("{block}.attn.proj"), width, Some(width));
            pair(&format!("{block}.mlp.0"), 4 * width, Some(width));
            pair(&format!("{block}.mlp.3"), width, Some(4 * width));
            // Windows of 8 x 7 x 7 tokens.
            add(format!("{block}.attn.relative_position_bias_table"), &[15 * 13 * 13, heads]);
            add("patch_embed.proj.weight".to_owned(), &[width, 3, 2, 4, 4]);
            add("patch_embed.proj.bias".to_owned(), &[width]);
        }
        "hicmae" => {
            let towers = ["encoder", "encoder_audio"];
            let sides = ["encoder_fusion.blocks", "encoder_fusion.blocks_audio"];
            let blocks = [
                "encoder.blocks.0".to_owned(),
                "encoder_audio.blocks.0".to_owned(),
                format!("{}.0", sides[0]),
                format!("{}.0", sides[1]),
            ];
            for block in &blocks {
                for norm in ["norm1", "norm2"] {
                    pair(&format!("{block}.{norm}"), width, None);
                }
                pair(&format!("{block}.attn.proj"), width, Some(width));
                pair(&format!("{block}.mlp.fc1"), 4 * width, Some(width));
                pair(&format!("{block}.mlp.fc2"), width, Some(4 * width));
            }
            for side in sides {
                for norm in ["cross_norm1", "cross_norm2"] {
                    pair(&format!("{side}.0.{norm}"), width, None);
                }
                pair(&format!("{side}.0.cross_attn.proj"), width, Some(width));
            }
            for norm in
                ["encoder.norm", "encoder_audio.norm", "encoder_fusion.norm", "encoder_fusion.norm_audio"]
            {
                pair(norm, width, None);
            }
            for block in blocks {
                add(format!("{block}.attn.qkv.weight"), &[3 * width, width]);
                add(format!("{block}.attn.q_bias"), &[width]);
                add(format!("{block}.attn.v_bias"), &[width]);
            }
            for side in sides {
                let name = format!("{side}.0.cross_attn");
                add(format!("{name}.q.weight"), &[width, width]);
                add(format!("{name}.kv.weight"), &[2 * width, width]);
                add(format!("{name}.q_bias"), &[width]);
                add(format!("{name}.v_bias"), &[width]);
            }
            for (tower, shape) in towers.into_iter().zip([&[width, 3, 2, 16, 16][..], &[width, 1, 16, 16]]) {
                add(format!("{tower}.patch_embed.proj.weight"), shape);
                add(format!("{tower}.patch_embed.proj.bias"), &[width]);
            }
        }
        "hubert" | "wavlm" => {
            let block = "encoder.layers.0";
            for number in 0..7 {
                pair(&format!("feature_extractor.conv_layers.{number}.2.1"), channels, None);
            }
            pair("layer_norm", channels, None);
            pair("post_extract_proj", width, Some(channels));
            for norm in ["self_attn_layer_norm", "final_layer_norm"] {
                pair(&format!("{block}.{norm}"), width, None);
            }
            for map in ["q_proj", "k_proj", "v_proj", "out_proj"] {
                pair(&format!("{block}.self_attn.{map}"), width, Some(width));
            }
            pair(&format!("{block}.fc1"), 4 * width, Some(width));
            pair(&format!("{block}.fc2"), width, Some(4 * width));
            pair("encoder.layer_norm", width, None);
            if encoder == "wavlm" {
                pair(&format!("{block}.self_attn.grep_linear"), 8, Some(width / heads));
            }
            for (number, kernel) in [10, 3, 3, 3, 3, 2, 2].into_iter().enumerate() {
                let inputs = if number == 0 { 1 } else { channels };
                let name = format!("feature_extractor.conv_layers.{number}.0.weight");
                add(name, &[channels, inputs, kernel]);
            }
            add("encoder.pos_conv.0.weight_g".to_owned(), &[1, 1, 128]);
            add("encoder.pos_conv.0.weight_v".to_owned(), &[width, width / 16, 128]);
            add("encoder.pos_conv.0.bias".to_owned(), &[width]);
            if encoder == "wavlm" {
                add(format!("{block}.self_attn.grep_a"), &[1, heads, 1, 1]);
                add(format!("{block}.self_attn.relative_attention_bias.weight"), &[320, heads]);
            }
        }
        other => panic!("there is no small checkpoint of {other}"),
    }
    tensors
}

/// Writes a checkpoint of the tensors of one encoder with one head as a safetensors file, with the folders above it.
///
/// # Panics
/// When it cannot be written.
pub fn write_checkpoint(encoder: &str, seed: u64, path: &Path) {
    write_wide_checkpoint(encoder, 1, seed, path);
}

/// The same with several heads.
///
/// # Panics
/// When it cannot be written.
pub fn write_wide_checkpoint(encoder: &str, heads: usize, seed: u64, path: &Path) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut entries = Vec::new();
    let mut data: Vec<u8> = Vec::new();
    for (name, shape) in tensors(encoder, heads) {
        let start = data.len();
        let is_norm = shape.len() == 1 && name.ends_with("weight");
        let inputs: usize = shape.iter().skip(1).product();
        let reach = (3.0 / inputs as f32).sqrt();
        for _ in 0..shape.iter().product::<usize>() {
            // Marsaglia's xorshift.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let uniform = (state >> 40) as f32 / (1 << 23) as f32 - 1.0;
            let value = if is_norm { 1.0 + 0.1 * uniform } else { reach * uniform };
            data.extend(value.to_le_bytes());
        }
        let end = data.len();
        entries
            .push(format!(r#""{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{end}]}}"#));
    }
    let header = format!("{{{}}}", entries.join(","));
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, bytes));
    assert!(written.is_ok(), "{} cannot be written: {written:?}", path.display());
}
