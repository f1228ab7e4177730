"""The trained network as a file of weights, and from it again: what `jetson-vla export` starts from."""

from pathlib import Path

from safetensors.torch import load_file, save_file

from .network import PickPolicy


def save(net: PickPolicy, path: Path) -> None:
    save_file({name: tensor.contiguous() for name, tensor in net.state_dict().items()}, path)


def load(checkpoint: str) -> PickPolicy:
    """The network that `save` wrote; how large it is stands in the shapes of its weights."""
    weights = load_file(checkpoint)
    vocabulary, width = weights["embedding.weight"].shape[0], weights["points.weight"].shape[1]
    net = PickPolicy(vocabulary, width, weights["joint_mean"], weights["joint_std"])
    net.load_state_dict(weights)
    return net.eval()
