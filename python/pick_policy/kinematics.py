"""Where the tool is: the arm of `examples/sim/kinematics.ts`, differentiable."""

import torch

SHOULDER_HEIGHT, UPPER_ARM, FOREARM, WRIST_TO_TCP = 0.18, 0.32, 0.30, 0.18


def tool_position(joints: torch.Tensor) -> torch.Tensor:
    """Tool centre point (…, 3) in metres for joint angles (…, 6) in rad with the forearm roll at 0."""
    lift = joints[..., 1]
    forearm = lift + joints[..., 2]
    tool = forearm + joints[..., 4]
    radius = UPPER_ARM * lift.sin() + FOREARM * forearm.sin() + WRIST_TO_TCP * tool.sin()
    height = SHOULDER_HEIGHT + UPPER_ARM * lift.cos() + FOREARM * forearm.cos() + WRIST_TO_TCP * tool.cos()
    pan = joints[..., 0]
    return torch.stack([radius * pan.cos(), radius * pan.sin(), height], -1)
