"""Transformer layers (Vaswani et al., 2017, arXiv 1706.03762) as ACT uses them: positions enter queries and keys only.

Batch first, without dropout, and without the fused attention of PyTorch: matrix products and a softmax are what every
ONNX runtime and every TensorRT can run and fuse by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "gelu": F.gelu}


@dataclass(frozen=True)
class LayerOptions:
    width: int
    heads: int
    feedforward: int
    activation: str
    #: Normalise what enters each part of a layer, rather than the sum that leaves it.
    pre_norm: bool


class Attention(nn.Module):
    """Multi-head attention. Queries may have batch 1 where they are the same for the whole batch."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Queries [b, n, width], keys and values [b, m, width] to [b, n, width]."""
        q, k, v = (self._heads(x, part) for part, x in enumerate((query, key, value)))
        attention = torch.softmax(q @ k.transpose(2, 3) * q.shape[-1] ** -0.5, dim=-1)
        return self.out_proj((attention @ v).transpose(1, 2).flatten(2))

    def _heads(self, x: Tensor, part: int) -> Tensor:
        """[b, n, width] to [b, heads, n, width / heads], by the rows of part 0 (queries), 1 (keys) or 2 (values)."""
        rows = slice(part * x.shape[-1], (part + 1) * x.shape[-1])
        y = F.linear(x, self.in_proj_weight[rows], self.in_proj_bias[rows])
        return y.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class Layer(nn.Module):
    """What encoder and decoder layers share: a feed-forward net, and normalised sums around every part."""

    def __init__(self, options: LayerOptions) -> None:
        super().__init__()
        self.pre_norm = options.pre_norm
        self.activation = ACTIVATIONS[options.activation]
        self.self_attn = Attention(options.width, options.heads)
        self.linear1 = nn.Linear(options.width, options.feedforward)
        self.linear2 = nn.Linear(options.feedforward, options.width)

    def feed_forward(self, x: Tensor) -> Tensor:
        return self.linear2(self.activation(self.linear1(x)))

    def add(self, x: Tensor, norm: nn.Module, part: Callable[[Tensor], Tensor]) -> Tensor:
        return x + part(norm(x)) if self.pre_norm else norm(x + part(x))


class EncoderLayer(Layer):
    def __init__(self, options: LayerOptions) -> None:
        super().__init__(options)
        self.norm1 = nn.LayerNorm(options.width)
        self.norm2 = nn.LayerNorm(options.width)

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        x = self.add(x, self.norm1, lambda y: self.self_attn(y + positions, y + positions, y))
        return self.add(x, self.norm2, self.feed_forward)


class DecoderLayer(Layer):
    def __init__(self, options: LayerOptions) -> None:
        super().__init__(options)
        self.multihead_attn = Attention(options.width, options.heads)
        self.norm1 = nn.LayerNorm(options.width)
        self.norm2 = nn.LayerNorm(options.width)
        self.norm3 = nn.LayerNorm(options.width)

    def forward(self, x: Tensor, queries: Tensor, memory: Tensor, positions: Tensor) -> Tensor:
        x = self.add(x, self.norm1, lambda y: self.self_attn(y + queries, y + queries, y))
        x = self.add(x, self.norm2, lambda y: self.multihead_attn(y + queries, memory + positions, memory))
        return self.add(x, self.norm3, self.feed_forward)


class Encoder(nn.Module):
    def __init__(self, layers: int, options: LayerOptions) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(options) for _ in range(layers))
        self.norm = nn.LayerNorm(options.width) if options.pre_norm else nn.Identity()

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x, positions)
        return self.norm(x)


class Decoder(nn.Module):
    def __init__(self, layers: int, options: LayerOptions) -> None:
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(options) for _ in range(layers))
        self.norm = nn.LayerNorm(options.width)

    def forward(self, x: Tensor, queries: Tensor, memory: Tensor, positions: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x, queries, memory, positions)
        return self.norm(x)
