"""The reference implementations at their published sizes, with made-up weights.

Each parameter is named and shaped as in the checkpoint that blemore reads first.
"""

import importlib.util
import re
import sys
import types

import torch
from made_up import made_up
from torch import nn


def filled(network, weight=lambda name, shape: made_up(name, shape)):
    """The network with the weights that `weight` gives by name and shape."""
    for name, parameter in network.named_parameters():
        parameter.copy_(torch.from_numpy(weight(name, tuple(parameter.shape))))
    return network


def clip():
    import transformers

    return filled(transformers.CLIPVisionModelWithProjection(transformers.CLIPVisionConfig(patch_size=32)))


def imagebind():
    """ImageBind-huge's vision branch. The other senses are made small, and have weights of their own."""
    # The package's first module imports what prepares clips, and with it more than is needed.
    package = types.ModuleType("imagebind")
    package.__path__ = importlib.util.find_spec("imagebind").submodule_search_locations
    sys.modules["imagebind"] = package
    from imagebind.models.imagebind_model import ImageBindModel

    senses = ["text", "audio", "depth", "thermal", "imu"]
    small = {f"{sense}_{size}": value for sense in senses for size, value in [("num_blocks", 1), ("num_heads", 1)]}
    small |= {f"{sense}_embed_dim": 8 for sense in senses}
    network = ImageBindModel(
        out_embed_dim=1024, vision_embed_dim=1280, vision_num_blocks=32, vision_num_heads=16, **small
    )
    for part in ("preprocessors", "trunks", "heads", "postprocessors"):
        modules = getattr(network, f"modality_{part}")
        for sense in senses:
            del modules[sense]
    return filled(network)


class VideoMae(nn.Module):
    """VideoMAE v2 giant: transformers' encoder, and the norm of the mean of its tokens."""

    def __init__(self):
        import transformers

        super().__init__()
        self.encoder = transformers.VideoMAEModel(
            transformers.VideoMAEConfig(
                patch_size=14,
                hidden_size=1408,
                num_hidden_layers=40,
                num_attention_heads=16,
                intermediate_size=6144,
                layer_norm_eps=1e-6,
                use_mean_pooling=True,
            )
        )
        self.fc_norm = nn.LayerNorm(1408, eps=1e-6)

    def forward(self, groups):
        return self.fc_norm(self.encoder(groups).last_hidden_state.mean(1))


VIDEOMAE_NAMES = [
    ("encoder.embeddings.patch_embeddings.projection", "patch_embed.proj"),
    ("encoder.encoder.layer", "blocks"),
    ("attention.output.dense", "attn.proj"),
    ("attention.attention.query.bias", "attn.q_bias"),
    ("attention.attention.value.bias", "attn.v_bias"),
    ("intermediate.dense", "mlp.fc1"),
    ("output.dense", "mlp.fc2"),
    ("layernorm_before", "norm1"),
    ("layernorm_after", "norm2"),
]
# Of which a checkpoint of VideoMAE v2 has one.
PARTS = re.compile(r"attention\.attention\.(query|key|value)\.weight$")


def renamed(name, names):
    for theirs, ours in names:
        name = name.replace(theirs, ours)
    return name


def videomae():
    def weight(name, shape):
        part = PARTS.search(name)
        name = renamed(name, VIDEOMAE_NAMES)
        if part is None:
            return made_up(name, shape)
        first = ["query", "key", "value"].index(part[1]) * shape[0]
        return made_up(PARTS.sub("attn.qkv.weight", name), (3 * shape[0], shape[1]))[first : first + shape[0]]

    return filled(VideoMae(), weight)


def video_swin():
    from torchvision.models.video import swin3d_b

    network = swin3d_b()
    # What the published script reads before it.
    network.head = nn.Identity()
    return filled(network)


SPEECH_NAMES = [
    ("encoder.pos_conv_embed.conv.parametrizations.weight.original0", "encoder.pos_conv.0.weight_g"),
    ("encoder.pos_conv_embed.conv.parametrizations.weight.original1", "encoder.pos_conv.0.weight_v"),
    ("encoder.pos_conv_embed.conv", "encoder.pos_conv.0"),
    (".conv.weight", ".0.weight"),
    ("feature_projection.layer_norm", "layer_norm"),
    ("feature_projection.projection", "post_extract_proj"),
    ("attention.gru_rel_pos_linear", "self_attn.grep_linear"),
    ("attention.gru_rel_pos_const", "self_attn.grep_a"),
    ("attention.rel_attn_embed", "self_attn.relative_attention_bias"),
    (".attention.", ".self_attn."),
    ("feed_forward.intermediate_dense", "fc1"),
    ("feed_forward.output_dense", "fc2"),
]
# The norm of a convolution, and that of a block's attention.
CONVOLUTION = re.compile(r"(conv_layers\.\d+)\.layer_norm")
ATTENTION = re.compile(r"(layers\.\d+)\.layer_norm")


def speech(model, config):
    sizes = config(
        hidden_size=1024,
        num_hidden_layers=24,
        num_attention_heads=16,
        intermediate_size=4096,
        feat_extract_norm="layer",
        do_stable_layer_norm=True,
        conv_bias=False,
        apply_spec_augment=False,
    )

    def weight(name, shape):
        name = ATTENTION.sub(r"\1.self_attn_layer_norm", CONVOLUTION.sub(r"\1.2.1", name))
        return made_up(renamed(name, SPEECH_NAMES), shape)

    return filled(model(sizes), weight)


def hubert():
    import transformers

    return speech(transformers.HubertModel, transformers.HubertConfig)


def wavlm():
    import transformers

    return speech(transformers.WavLMModel, transformers.WavLMConfig)


def faces():
    """With the weights that the package has in it."""
    from facenet_pytorch import MTCNN

    return MTCNN(keep_all=True)


NETWORKS = {
    "clip": clip,
    "imagebind": imagebind,
    "videomaev2": videomae,
    "videoswin": video_swin,
    "hubert": hubert,
    "wavlm": wavlm,
    "faces": faces,
}
