"""ResNet up to its last feature map, with the batch statistics frozen (He et al., 2015, arXiv 1512.03385)."""

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional as F

#: Blocks per stage.
DEPTHS = {
    "resnet18": (2, 2, 2, 2),
    "resnet34": (3, 4, 6, 3),
    "resnet50": (3, 4, 6, 3),
    "resnet101": (3, 4, 23, 3),
    "resnet152": (3, 8, 36, 3),
}
#: Made of bottleneck blocks of three convolutions, whose output is four times as wide.
DEEP = ("resnet50", "resnet101", "resnet152")
WIDTHS = (64, 128, 256, 512)


class FrozenBatchNorm(nn.Module):
    """Batch normalisation with the statistics and factors of the training, none of which are learnt any more."""

    EPS = 1e-5

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.ones(channels))
        self.register_buffer("bias", torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.EPS)


def fold_batch_norms(module: nn.Module) -> None:
    """
    Moves every batch normalisation into the convolution before it, everywhere inside `module`: the same function, half
    the nodes, and nothing between convolution and activation that quantisation would have to round.
    """
    children = list(module.named_children())
    for (_, before), (name, after) in itertools.pairwise(children):
        if isinstance(before, nn.Conv2d) and isinstance(after, FrozenBatchNorm):
            scale = after.weight.double() / (after.running_var.double() + after.EPS).sqrt()
            bias = after.bias.double() - after.running_mean.double() * scale
            before.weight = nn.Parameter((before.weight.double() * scale[:, None, None, None]).float())
            before.bias = nn.Parameter(bias.float())
            module.set_submodule(name, nn.Identity())
    for _, child in children:
        fold_batch_norms(child)


def convolution(inputs: int, outputs: int, size: int, stride: int = 1, dilation: int = 1) -> nn.Conv2d:
    padding = dilation * (size // 2)
    return nn.Conv2d(inputs, outputs, size, stride, padding, dilation, bias=False)


class Block(nn.Module):
    """A residual block; what becomes of the input is added to the input, brought to the same shape where it differs."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(convolution(inputs, outputs, 1, stride), FrozenBatchNorm(outputs))

    def residual(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.residual(x) + (x if self.downsample is None else self.downsample(x)))


class BasicBlock(Block):
    EXPANSION = 1

    def __init__(self, inputs: int, width: int, stride: int, dilation: int) -> None:
        super().__init__(inputs, width, stride)
        self.conv1 = convolution(inputs, width, 3, stride, dilation)
        self.bn1 = FrozenBatchNorm(width)
        self.conv2 = convolution(width, width, 3)
        self.bn2 = FrozenBatchNorm(width)

    def residual(self, x: Tensor) -> Tensor:
        return self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))


class Bottleneck(Block):
    EXPANSION = 4

    def __init__(self, inputs: int, width: int, stride: int, dilation: int) -> None:
        outputs = width * self.EXPANSION
        super().__init__(inputs, outputs, stride)
        self.conv1 = convolution(inputs, width, 1)
        self.bn1 = FrozenBatchNorm(width)
        self.conv2 = convolution(width, width, 3, stride, dilation)
        self.bn2 = FrozenBatchNorm(width)
        self.conv3 = convolution(width, outputs, 1)
        self.bn3 = FrozenBatchNorm(outputs)

    def residual(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return self.bn3(self.conv3(x))


class ResNet(nn.Module):
    """Images [n, 3, h, w] to feature maps [n, channels, ⌈h / stride⌉, ⌈w / stride⌉]."""

    def __init__(self, name: str, dilate: bool) -> None:
        super().__init__()
        block = Bottleneck if name in DEEP else BasicBlock
        self.conv1 = convolution(3, WIDTHS[0], 7, stride=2)
        self.bn1 = FrozenBatchNorm(WIDTHS[0])
        inputs = WIDTHS[0]
        for stage, (depth, width) in enumerate(zip(DEPTHS[name], WIDTHS, strict=True)):
            last = dilate and stage == len(WIDTHS) - 1
            blocks = nn.Sequential()
            for index in range(depth):
                stride = 2 if index == 0 and stage > 0 and not last else 1
                # The first block still sees the resolution that its own stride would have halved.
                blocks.append(block(inputs, width, stride, dilation=2 if last and index > 0 else 1))
                inputs = width * block.EXPANSION
            self.add_module(f"layer{stage + 1}", blocks)
        self.channels = inputs
        self.stride = 16 if dilate else 32

    def forward(self, images: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(images)))
        x = F.max_pool2d(x, kernel_size=3, stride=2, padding=1)
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))
