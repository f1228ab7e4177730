"""The training loop."""

import math
import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F

from .dataset import Demonstrations
from .kinematics import tool_position
from .network import PickPolicy

#: A metre at the tool weighs as much as this many standardised radians.
TOOL_WEIGHT = 10.0
GRIPPER_WEIGHT = 0.1
WARM_UP_STEPS = 200
EMA_DECAY = 0.998


def chunk_loss(net: PickPolicy, image: torch.Tensor, text: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    joints, gripper = net.raw(image, text)
    wanted = (target[..., :6] - net.joint_mean) / net.joint_std
    angles = joints * net.joint_std + net.joint_mean
    tool = (tool_position(angles) - tool_position(target[..., :6])).abs().mean()
    closing = F.binary_cross_entropy_with_logits(gripper, target[..., 6])
    return F.smooth_l1_loss(joints, wanted, beta=0.1) + TOOL_WEIGHT * tool + GRIPPER_WEIGHT * closing


def validate(net: PickPolicy, data: Demonstrations, limit: int = 1024) -> tuple[float, float]:
    """Mean tool error (mm) and gripper accuracy on frames that training never sees."""
    net.eval()
    errors, right = [], []
    with torch.no_grad():
        for start in range(0, min(len(data.validation), limit), 128):
            image, text, target = data.batch(data.validation[start : start + 128], augment=False)
            out = net(image, text)
            errors.append((tool_position(out[..., :6]) - tool_position(target[..., :6])).norm(dim=-1).flatten())
            right.append(((out[..., 6] > 0.5) == (target[..., 6] > 0.5)).float().flatten())
    net.train()
    return 1000 * torch.cat(errors).mean().item(), torch.cat(right).mean().item()


def train(
    net: PickPolicy,
    data: Demonstrations,
    steps: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    report: Callable[[str], None],
) -> PickPolicy:
    """Runs `steps` of AdamW with a cosine schedule; returns the exponential moving average of the weights."""
    rng = np.random.default_rng(seed)
    net = net.to(memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(EMA_DECAY)
    )
    optimiser = torch.optim.AdamW(net.parameters(), lr=learning_rate, weight_decay=1e-4)
    net.train()
    order, position, running = rng.permutation(data.training), 0, None
    began = time.monotonic()
    warm_up = min(WARM_UP_STEPS, max(1, steps // 10))
    every = max(1, min(500, steps // 4))
    for step in range(1, steps + 1):
        rate = learning_rate * min(1.0, step / warm_up) * (0.5 * (1 + math.cos(math.pi * step / steps)) + 0.005)
        for group in optimiser.param_groups:
            group["lr"] = rate
        if position + batch_size > len(order):
            order, position = rng.permutation(data.training), 0
        index = np.sort(order[position : position + batch_size])
        position += batch_size
        loss = chunk_loss(net, *data.batch(index, augment=True))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        average.update_parameters(net)
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if step % every == 0 or step == steps:
            # The average trails far behind while the rate is high; it is what counts, and is measured, at the end.
            tool, gripper = validate(average.module if step == steps else net, data)
            spent = time.monotonic() - began
            left = spent / step * (steps - step)
            report(
                f"step {step}/{steps}  loss {running:.4f}  tool error {tool:.1f} mm  gripper {100 * gripper:.1f} %"
                f"  {spent:.0f} s, {left:.0f} s to go"
            )
    return average.module.eval().to(memory_format=torch.contiguous_format)
