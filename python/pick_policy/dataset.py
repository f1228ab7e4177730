"""Demonstrations written by `examples/sim/generate-data.ts`, as batches with instructions drawn on the fly."""

from pathlib import Path

import numpy as np
import torch

from .language import Language

SIZE = 128
HORIZON = 5
ACTION_DIM = 7
BLOCKS = 3
_CHUNK = HORIZON * ACTION_DIM
_FLOATS = 2 * BLOCKS + (BLOCKS + 1) * _CHUNK
#: How often the instruction names a colour that is not on the table, and how often it names no single colour.
ABSENT_SHARE, NOTHING_SHARE = 0.1, 0.1
_POOL = 4096
VALIDATION_SHARE = 0.04


class Demonstrations:
    """All frames in memory: images uint8 (N, 128, 128, 3), with the expert's chunk for each block and a retreat."""

    def __init__(self, prefixes: list[Path], language: Language, seed: int):
        images, labels = [], []
        for prefix in prefixes:
            label = np.fromfile(prefix.with_suffix(".f32"), dtype=np.float32).reshape(-1, _FLOATS)
            image = np.fromfile(prefix.with_suffix(".rgb"), dtype=np.uint8).reshape(-1, SIZE, SIZE, 3)
            if len(image) != len(label):
                raise ValueError(f"{prefix}: {len(image)} images but {len(label)} labels; generate the data again")
            images.append(image)
            labels.append(label)
        validation = [np.arange(len(part)) >= len(part) * (1 - VALIDATION_SHARE) for part in labels]
        self.images = np.concatenate(images)
        table = np.concatenate(labels)
        held_out = np.concatenate(validation)
        self.training = np.flatnonzero(~held_out)
        self.validation = np.flatnonzero(held_out)
        self.block_colors = torch.from_numpy(table[:, :BLOCKS].astype(np.int64))
        self.may_ask = torch.from_numpy(table[:, BLOCKS : 2 * BLOCKS].copy())
        chunks = table[:, 2 * BLOCKS :].reshape(-1, BLOCKS + 1, HORIZON, ACTION_DIM)
        self.chunks = torch.from_numpy(chunks.copy())
        self._rng = np.random.default_rng(seed)
        encoded = [
            [language.encode(language.random_request(c, self._rng)) for _ in range(_POOL)] for c in language.colors
        ]
        self._requests = torch.from_numpy(np.array(encoded))
        nothing = [language.encode(language.random_nothing(self._rng)) for _ in range(_POOL)]
        self._nothing = torch.from_numpy(np.array(nothing))
        self._noise = torch.randn(256, SIZE, SIZE, 3)

    def joint_statistics(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and standard deviation (6,) of the expert's joint angles, rad."""
        joints = self.chunks[self.training][..., :6].reshape(-1, 6)
        return joints.mean(0), joints.std(0).clamp(min=0.05)

    def batch(self, index: np.ndarray, augment: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Images (B, 3, 128, 128) in 0..1, token ids (B, T), target chunks (B, 5, 7)."""
        size = len(index)
        rows = torch.arange(size)
        colors = self.block_colors[index]
        block = torch.multinomial(self.may_ask[index], 1).squeeze(1)
        color = colors[rows, block]
        absent = 6 - colors.sum(1)  # the four colour indices sum to six, and three of them are on the table
        draw = torch.from_numpy(self._rng.random(size))
        is_absent = draw < ABSENT_SHARE
        is_nothing = draw > 1 - NOTHING_SHARE
        wanted = torch.where(is_absent, absent, color)
        pool = torch.from_numpy(self._rng.integers(_POOL, size=size))
        tokens = torch.where(is_nothing.unsqueeze(1), self._nothing[pool], self._requests[wanted, pool])
        target = torch.where(is_absent | is_nothing, torch.tensor(BLOCKS), block)
        images = torch.from_numpy(self.images[index]).float().div_(255)
        if augment:
            images = self._augment(images)
        return images.permute(0, 3, 1, 2), tokens, self.chunks[index][rows, target]

    def _augment(self, images: torch.Tensor) -> torch.Tensor:
        """Exposure, colour cast and pixel noise of a real camera."""
        size = len(images)
        images = images * (1 + 0.1 * torch.randn(size, 1, 1, 1)) + 0.03 * torch.randn(size, 1, 1, 3)
        strength = 0.04 * torch.rand(size, 1, 1, 1)
        start = int(self._rng.integers(len(self._noise) - size + 1))
        return images.add_(self._noise[start : start + size] * strength).clamp_(0, 1)
