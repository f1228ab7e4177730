"""ACT, the Action Chunking Transformer (Zhao et al., 2023, arXiv 2304.13705), for inference.

At inference the style variable of the paper is zero, so its encoder is left out. Modules are named as the weights are.
"""

import itertools
import math

import torch
from torch import Tensor, nn

from .act_config import ActConfig
from .resnet import ResNet
from .transformer import Decoder, Encoder, LayerOptions


def sinusoid_2d(height: int, width: int, channels: int) -> Tensor:
    """
    Positions of a feature map, row by row: [height × width, channels]. Half of the channels tell the row, half the
    column; each counts from 1 up to 2π at the last, in sines and cosines of wavelengths that grow to 10 000.
    """
    half = channels // 2
    pair = torch.arange(half, dtype=torch.float64) // 2
    frequency = 10_000 ** (-2 * pair / half)

    def waves(count: int) -> Tensor:
        angle = torch.arange(1, count + 1, dtype=torch.float64) / (count + 1e-6) * 2 * math.pi
        phase = angle[:, None] * frequency
        return torch.where(torch.arange(half) % 2 == 0, phase.sin(), phase.cos())

    rows = waves(height)[:, None].expand(height, width, half)
    columns = waves(width)[None].expand(height, width, half)
    return torch.cat([rows, columns], dim=2).flatten(0, 1).float()


class Act(nn.Module):
    def __init__(self, config: ActConfig) -> None:
        super().__init__()
        width = config.dim_model
        options = LayerOptions(width, config.n_heads, config.dim_feedforward, config.activation, config.pre_norm)
        self.config = config
        self.backbone = ResNet(config.backbone, config.dilate)
        self.encoder_img_feat_input_proj = nn.Conv2d(self.backbone.channels, width, kernel_size=1)
        self.encoder_latent_input_proj = nn.Linear(config.latent_dim, width)
        if config.state_width is not None:
            self.encoder_robot_state_input_proj = nn.Linear(config.state_width, width)
        self.encoder_1d_feature_pos_embed = nn.Embedding(1 if config.state_width is None else 2, width)
        self.encoder = Encoder(config.n_encoder_layers, options)
        self.decoder = Decoder(config.n_decoder_layers, options)
        self.decoder_pos_embed = nn.Embedding(config.chunk_size, width)
        self.action_head = nn.Linear(width, config.action_width)
        maps = [self._feature_map(camera.height, camera.width) for camera in config.cameras]
        positions = torch.cat([sinusoid_2d(*size, width) for size in maps])
        self.register_buffer("camera_positions", positions, persistent=False)
        #: Neighbouring cameras of one size go through the backbone together.
        self.groups = [
            (len(list(group)), *size)
            for size, group in itertools.groupby((camera.height, camera.width) for camera in config.cameras)
        ]

    def forward(self, *inputs: Tensor) -> Tensor:
        """Normalised cameras [b, 3, h, w] in order, then the normalised state [b, state], to [b, chunk, action]."""
        tokens = [self._constant_token(inputs[0])]
        if self.config.state_width is not None:
            tokens.append(self.encoder_robot_state_input_proj(inputs[-1]).unsqueeze(1))
        tokens += self._camera_tokens(inputs)
        positions = torch.cat([self.encoder_1d_feature_pos_embed.weight, self.camera_positions])
        memory = self.encoder(torch.cat(tokens, dim=1), positions)
        queries = self.decoder_pos_embed.weight.unsqueeze(0)
        # Batch 1: up to its first look at the memory the decoder computes a constant.
        return self.action_head(self.decoder(torch.zeros_like(queries), queries, memory, positions))

    def _constant_token(self, like: Tensor) -> Tensor:
        latent = torch.zeros(1, 1, self.config.latent_dim)
        return self.encoder_latent_input_proj(latent).expand(like.shape[0], -1, -1)

    def _camera_tokens(self, inputs: tuple[Tensor, ...]) -> list[Tensor]:
        """Per group [b, cameras × feature map, width]: camera by camera, row by row."""
        tokens = []
        first = 0
        for count, height, width in self.groups:
            images = torch.stack(inputs[first : first + count], dim=1).reshape(-1, 3, height, width)
            features = self.encoder_img_feat_input_proj(self.backbone(images)).flatten(2).transpose(1, 2)
            rows, columns = self._feature_map(height, width)
            tokens.append(features.reshape(-1, count * rows * columns, self.config.dim_model))
            first += count
        return tokens

    def _feature_map(self, height: int, width: int) -> tuple[int, int]:
        return math.ceil(height / self.backbone.stride), math.ceil(width / self.backbone.stride)
