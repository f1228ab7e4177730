"""What config.json of an ACT policy says about the network."""

from dataclasses import dataclass
from typing import Any

from .fields import Fields
from .files import invalid, unsupported
from .resnet import DEEP, DEPTHS

STATE = "observation.state"
ACTION = "action"
OTHER_WAY = (
    "Give the policy as module:factory, where factory(checkpoint) returns a torch.nn.Module whose forward takes "
    "tensors and returns the actions."
)


@dataclass(frozen=True)
class Camera:
    #: Name of the feature, such as `observation.images.front`.
    key: str
    #: Pixels.
    height: int
    width: int


@dataclass(frozen=True)
class ActConfig:
    #: In the order in which the network takes them.
    cameras: tuple[Camera, ...]
    #: Values of the joint state; None for a policy that does not look at it.
    state_width: int | None
    action_width: int
    chunk_size: int
    n_action_steps: int
    ensemble_coeff: float | None
    backbone: str
    #: The last stage of the backbone keeps its resolution and dilates its kernels.
    dilate: bool
    pre_norm: bool
    dim_model: int
    n_heads: int
    dim_feedforward: int
    activation: str
    n_encoder_layers: int
    n_decoder_layers: int
    latent_dim: int


def read_act_config(config: dict[str, Any]) -> ActConfig:
    """
    Raises ToolError UNSUPPORTED_POLICY for what this version does not run, CHECKPOINT_INVALID for what cannot be.
    """
    fields = Fields("config.json", config)
    _check_supported(fields)
    inputs = fields.inner("input_features")
    cameras = tuple(_camera(inputs.inner(key), key) for key in inputs.values if _type(inputs, key) == "VISUAL")
    if any(_type(inputs, key) == "ENV" for key in inputs.values):
        raise unsupported(
            "the policy takes observation.environment_state, which only a simulator can give",
            "Train the policy on cameras and joint state.",
        )
    if not cameras:
        raise invalid("config.json: expected input_features to have at least one VISUAL feature, got none")
    ensemble = None if config.get("temporal_ensemble_coeff") is None else fields.number("temporal_ensemble_coeff")
    result = ActConfig(
        cameras=cameras,
        state_width=_width(inputs.inner(STATE)) if STATE in inputs.values else None,
        action_width=_width(fields.inner("output_features").inner(ACTION)),
        chunk_size=fields.count("chunk_size"),
        n_action_steps=fields.count("n_action_steps"),
        ensemble_coeff=ensemble,
        backbone=fields.one_of("vision_backbone", tuple(DEPTHS)),
        dilate=fields.flag("replace_final_stride_with_dilation"),
        pre_norm=fields.flag("pre_norm"),
        dim_model=fields.count("dim_model"),
        n_heads=fields.count("n_heads"),
        dim_feedforward=fields.count("dim_feedforward"),
        activation=fields.one_of("feedforward_activation", ("relu", "gelu")),
        n_encoder_layers=fields.count("n_encoder_layers"),
        n_decoder_layers=fields.count("n_decoder_layers"),
        latent_dim=fields.count("latent_dim"),
    )
    _check_sizes(result)
    return result


def _check_supported(fields: Fields) -> None:
    kind = fields.values.get("type")
    if kind is None:
        raise invalid(
            'config.json: expected the policy\'s type, such as "act", got nothing',
            "The oldest versions of LeRobot left it out; load the policy with a newer one and save it again.",
        )
    if kind != "act":
        raise unsupported(
            f'config.json: expected a policy of type "act", got "{kind}", which is not converted from its directory',
            OTHER_WAY,
        )
    if fields.values.get("n_obs_steps", 1) != 1:
        raise unsupported(f"config.json: n_obs_steps is {fields.values['n_obs_steps']}, expected 1", OTHER_WAY)
    if fields.values.get("use_peft"):
        raise unsupported(
            "config.json: the weights are an adapter (use_peft)", "Merge the adapter into the policy and save it again."
        )


def _check_sizes(config: ActConfig) -> None:
    if config.n_action_steps > config.chunk_size:
        raise invalid(
            f"config.json: expected n_action_steps to be at most chunk_size = {config.chunk_size}, "
            f"got {config.n_action_steps}"
        )
    if config.dim_model % config.n_heads or config.dim_model % 4:
        raise invalid(
            f"config.json: expected dim_model to be a multiple of 4 and of n_heads = {config.n_heads}, "
            f"got {config.dim_model}"
        )
    if config.dilate and config.backbone not in DEEP:
        raise invalid(f"config.json: replace_final_stride_with_dilation needs {', '.join(DEEP)}, got {config.backbone}")


def _type(features: Fields, key: str) -> object:
    return features.inner(key).values.get("type")


def _shape(feature: Fields) -> list[int]:
    shape = feature.values.get("shape")
    if not isinstance(shape, list) or not shape or any(type(size) is not int or size < 1 for size in shape):
        raise feature.wrong("shape", "a list of sizes")
    return shape


def _camera(feature: Fields, key: str) -> Camera:
    shape = _shape(feature)
    if len(shape) != 3 or shape[0] != 3:
        raise unsupported(f"{feature.where}: expected an RGB image of shape [3, height, width], got {shape}", OTHER_WAY)
    return Camera(key, height=shape[1], width=shape[2])


def _width(feature: Fields) -> int:
    shape = _shape(feature)
    if len(shape) != 1:
        raise invalid(f"{feature.where}: expected a shape of one size, got {shape}")
    return shape[0]
