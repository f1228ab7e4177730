"""The policy network: a small convolutional eye that the sentence tells what to look for."""

import torch
import torch.nn.functional as F
from torch import nn

from .dataset import ACTION_DIM, HORIZON

_GRID = 32
_TEXT = 64


class PickPolicy(nn.Module):
    """
    image (B, 3, 128, 128) in 0..1 and token ids (B, T) to actions (B, 5, 7): six joint angles in rad and the
    gripper, 0 open to 1 closed. The sentence modulates the feature maps channel by channel (FiLM, Perez et al.
    2018); a spatial soft-argmax (Levine et al. 2016) turns them into points in the image, and a perceptron turns
    the points into joint angles.
    """

    def __init__(self, vocabulary: int, width: int, joint_mean: torch.Tensor, joint_std: torch.Tensor):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 32, padding_idx=0)
        self.word = nn.Linear(32, _TEXT)
        # Batch normalisation makes training several times faster, and the export folds it into the convolutions.
        self.conv1 = _normalised(nn.Conv2d(3, width // 2, 5, stride=2, padding=2, bias=False))
        self.conv2 = _normalised(nn.Conv2d(width // 2, width, 3, stride=2, padding=1, bias=False))
        self.conv3 = _normalised(nn.Conv2d(width, width, 3, padding=1, bias=False))
        self.conv4 = _normalised(nn.Conv2d(width, width, 3, padding=2, dilation=2, bias=False))
        self.points = nn.Conv2d(width, 2 * width, 1)
        self.film3 = nn.Linear(_TEXT, 2 * width)
        self.film4 = nn.Linear(_TEXT, 2 * width)
        for film in (self.film3, self.film4):
            nn.init.normal_(film.weight, 0, 0.05)
            nn.init.zeros_(film.bias)
        # Well above one: a softmax over a thousand pixels starts almost flat, and nothing would be learned from it.
        self.sharpness = nn.Parameter(torch.full((1,), 10.0))
        axis = torch.linspace(-1, 1, _GRID)
        grid = torch.stack([axis.repeat(_GRID), axis.repeat_interleave(_GRID)], 1)
        self.register_buffer("grid", grid)
        # Two maps, since their inputs differ in range: sharing one 8-bit scale would cost the points their precision.
        self.from_points = nn.Linear(4 * width, 256)
        self.from_peaks_and_text = nn.Linear(2 * width + _TEXT, 256)
        self.head = nn.Sequential(
            nn.ReLU(),
            nn.Linear(256, 256),
            nn.ReLU(),
            nn.Linear(256, HORIZON * ACTION_DIM),
        )
        self.register_buffer("joint_mean", joint_mean)
        self.register_buffer("joint_std", joint_std)

    def raw(self, image: torch.Tensor, text: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Standardised joint angles (B, 5, 6) and gripper logits (B, 5)."""
        # The strongest response of any word, not the mean: one colour word counts the same in a long sentence.
        words = F.relu(self.word(self.embedding(text))) * (text > 0).unsqueeze(-1).float()
        sentence = words.amax(1)
        x = F.relu(self.conv1(image - 0.5))
        x = F.relu(self.conv2(x))
        x = F.relu(_modulate(self.conv3(x), self.film3(sentence)))
        x = F.relu(_modulate(self.conv4(x), self.film4(sentence)))
        maps = self.points(x).flatten(2)
        points = torch.matmul(F.softmax(maps * self.sharpness, -1), self.grid).flatten(1)
        # Soft-argmax tells where the strongest response is but not whether there is one: the peak does.
        features = self.from_points(points) + self.from_peaks_and_text(torch.cat([maps.amax(-1), sentence], 1))
        out = self.head(features).view(-1, HORIZON, ACTION_DIM)
        return out[..., :6], out[..., 6]

    def forward(self, image: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        joints, gripper = self.raw(image, text)
        joints = joints * self.joint_std + self.joint_mean
        return torch.cat([joints, torch.sigmoid(gripper).unsqueeze(-1)], -1)


def _normalised(conv: nn.Conv2d) -> nn.Sequential:
    return nn.Sequential(conv, nn.BatchNorm2d(conv.out_channels))


def _modulate(x: torch.Tensor, film: torch.Tensor) -> torch.Tensor:
    scale, shift = film.unsqueeze(-1).unsqueeze(-1).chunk(2, 1)
    return x * (1 + scale) + shift
