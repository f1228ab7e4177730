"""The network that a LeRobot ACT directory is run with."""

import math

import pytest
import torch
from torch import nn

from fixtures.act_directory import CONFIG, features, random_weights
from jetson_vla_tools.errors import ToolError
from jetson_vla_tools.lerobot import resnet
from jetson_vla_tools.lerobot.act import Act, sinusoid_2d
from jetson_vla_tools.lerobot.act_config import read_act_config
from jetson_vla_tools.lerobot.resnet import BasicBlock, FrozenBatchNorm, ResNet, fold_batch_norms
from jetson_vla_tools.lerobot.transformer import Attention, DecoderLayer, EncoderLayer, LayerOptions

WIDTH, HEADS = 16, 4


@pytest.fixture(autouse=True)
def small_backbone(monkeypatch):
    monkeypatch.setattr(resnet, "WIDTHS", (4, 8, 8, 16))


def filled(module, seed=0):
    module.load_state_dict(random_weights(module.state_dict().items(), seed))
    return module.eval()


def act(cameras=None, state=6, **changes):
    config = CONFIG | changes | features(cameras or {"front": (64, 64)}, state, 7)
    return filled(Act(read_act_config(config)))


def test_frozen_batch_norm_is_batch_norm_in_eval_mode():
    ours, reference = filled(FrozenBatchNorm(5)), nn.BatchNorm2d(5).eval()
    reference.load_state_dict(ours.state_dict(), strict=False)
    x = torch.randn(2, 5, 3, 4)
    torch.testing.assert_close(ours(x), reference(x))


def test_frozen_batch_norm_learns_nothing():
    assert list(FrozenBatchNorm(5).parameters()) == []


@pytest.mark.parametrize(("name", "dilate"), [("resnet18", False), ("resnet50", True)])
def test_a_folded_network_gives_the_same_and_has_no_batch_norm_left(name, dilate):
    net, x = filled(ResNet(name, dilate)), torch.randn(1, 3, 64, 64)
    before = net(x)
    fold_batch_norms(net)
    assert not any(isinstance(module, FrozenBatchNorm) for module in net.modules())
    torch.testing.assert_close(net(x), before, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50"])
def test_a_feature_map_has_a_32nd_of_the_image_rounded_up(name):
    net = filled(ResNet(name, dilate=False))
    with torch.no_grad():
        assert net(torch.randn(1, 3, 65, 96)).shape == (1, net.channels, 3, 3)


def test_dilation_keeps_the_resolution_of_the_last_stage():
    net = filled(ResNet("resnet50", dilate=True))
    with torch.no_grad():
        assert net(torch.randn(1, 3, 64, 96)).shape == (1, 64, 4, 6)
    assert net.layer4[0].conv2.dilation == (1, 1)
    assert net.layer4[1].conv2.dilation == (2, 2)


def test_a_block_whose_residual_is_nothing_passes_what_is_positive():
    block = BasicBlock(8, 8, stride=1, dilation=1)
    nn.init.zeros_(block.bn2.weight)
    x = torch.randn(1, 8, 4, 4)
    torch.testing.assert_close(block(x), x.relu())


def test_positions_count_from_one_to_two_pi_row_by_row():
    positions = sinusoid_2d(2, 3, 8)
    assert positions.shape == (6, 8)
    for index in range(6):
        row, column = index // 3 + 1, index % 3 + 1
        expected = []
        for angle in (row / 2 * 2 * math.pi, column / 3 * 2 * math.pi):
            for wavelength in (1, 10_000 ** (2 / 4)):
                expected += [math.sin(angle / wavelength), math.cos(angle / wavelength)]
        torch.testing.assert_close(positions[index], torch.tensor(expected), atol=1e-5, rtol=0)


def test_attention_is_the_one_of_pytorch():
    ours, reference = filled(Attention(WIDTH, HEADS)), nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
    reference.load_state_dict(ours.state_dict())
    query, key, value = torch.randn(2, 5, WIDTH), torch.randn(2, 7, WIDTH), torch.randn(2, 7, WIDTH)
    torch.testing.assert_close(ours(query, key, value), reference(query, key, value)[0])


@pytest.mark.parametrize("pre_norm", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_an_encoder_layer_without_positions_is_the_one_of_pytorch(pre_norm, activation):
    ours = filled(EncoderLayer(LayerOptions(WIDTH, HEADS, 32, activation, pre_norm)))
    reference = nn.TransformerEncoderLayer(
        WIDTH, HEADS, 32, dropout=0, activation=activation, norm_first=pre_norm, batch_first=True
    )
    reference.load_state_dict(ours.state_dict())
    x = torch.randn(2, 5, WIDTH)
    # PyTorch's layer takes another way in eval mode that rounds differently.
    torch.testing.assert_close(ours(x, torch.zeros(WIDTH)), reference.train()(x), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("pre_norm", [False, True])
def test_a_decoder_layer_without_positions_is_the_one_of_pytorch(pre_norm):
    ours = filled(DecoderLayer(LayerOptions(WIDTH, HEADS, 32, "relu", pre_norm)))
    reference = nn.TransformerDecoderLayer(WIDTH, HEADS, 32, dropout=0, norm_first=pre_norm, batch_first=True)
    reference.load_state_dict(ours.state_dict())
    x, memory, none = torch.randn(2, 5, WIDTH), torch.randn(2, 7, WIDTH), torch.zeros(WIDTH)
    torch.testing.assert_close(ours(x, none, memory, none), reference(x, memory), atol=1e-5, rtol=1e-5)


def test_the_values_of_an_attention_have_no_positions():
    layer = filled(EncoderLayer(LayerOptions(WIDTH, HEADS, 32, "relu", pre_norm=False)))
    x = torch.randn(1, 1, WIDTH)
    # One token can only look at itself, wherever it is.
    torch.testing.assert_close(layer(x, torch.randn(WIDTH)), layer(x, torch.zeros(WIDTH)))


def test_a_chunk_has_one_row_per_step_for_every_observation():
    actions = act(chunk_size=9, n_action_steps=2)(torch.randn(3, 3, 64, 64), torch.randn(3, 6))
    assert actions.shape == (3, 9, 7)


def test_observations_of_a_batch_do_not_see_each_other():
    net, images, state = act(), torch.randn(3, 3, 64, 64), torch.randn(3, 6)
    alone = torch.cat([net(images[i : i + 1], state[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(net(images, state), alone, atol=1e-5, rtol=1e-5)


def test_cameras_of_one_size_go_together_as_they_go_alone():
    net = act({"a": (64, 64), "b": (64, 64), "c": (64, 96)})
    images = [torch.randn(2, 3, 64, 64), torch.randn(2, 3, 64, 64), torch.randn(2, 3, 64, 96)]
    state = torch.randn(2, 6)
    assert net.groups == [(2, 64, 64), (1, 64, 96)]
    together = net(*images, state)
    net.groups = [(1, 64, 64), (1, 64, 64), (1, 64, 96)]
    torch.testing.assert_close(net(*images, state), together, atol=1e-5, rtol=1e-5)


def test_every_input_matters():
    net = act({"a": (64, 64), "b": (64, 64)})
    a, b, state = torch.randn(1, 3, 64, 64), torch.randn(1, 3, 64, 64), torch.randn(1, 6)
    actions = net(a, b, state)
    for changed in ((a.flip(3), b, state), (a, b.flip(2), state), (a, b, -state)):
        assert (net(*changed) - actions).abs().max() > 1e-3


def test_act_does_not_know_which_camera_is_which():
    net = act({"a": (64, 64), "b": (64, 64)})
    a, b, state = torch.randn(1, 3, 64, 64), torch.randn(1, 3, 64, 64), torch.randn(1, 6)
    # Both have the same positions, and the paper gives them nothing else to tell them apart.
    torch.testing.assert_close(net(a, b, state), net(b, a, state), atol=1e-5, rtol=1e-5)


def test_a_policy_may_do_without_the_state():
    net = act(state=None)
    assert not hasattr(net, "encoder_robot_state_input_proj")
    assert net(torch.randn(2, 3, 64, 64)).shape == (2, 8, 7)


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"type": "diffusion"}, "UNSUPPORTED_POLICY", '"diffusion"'),
        ({"type": None}, "CHECKPOINT_INVALID", "the policy's type"),
        ({"n_obs_steps": 2}, "UNSUPPORTED_POLICY", "n_obs_steps is 2"),
        ({"use_peft": True}, "UNSUPPORTED_POLICY", "adapter"),
        ({"vision_backbone": "vit_b_16"}, "CHECKPOINT_INVALID", "vision_backbone to be one of resnet18"),
        ({"replace_final_stride_with_dilation": True}, "CHECKPOINT_INVALID", "needs resnet50"),
        ({"feedforward_activation": "glu"}, "CHECKPOINT_INVALID", "one of relu, gelu, got 'glu'"),
        ({"dim_model": 30}, "CHECKPOINT_INVALID", "multiple of 4 and of n_heads = 4, got 30"),
        ({"n_action_steps": 9}, "CHECKPOINT_INVALID", "at most chunk_size = 8, got 9"),
        ({"chunk_size": 0}, "CHECKPOINT_INVALID", "chunk_size to be a whole number above 0, got 0"),
        ({"n_heads": "4"}, "CHECKPOINT_INVALID", "n_heads to be a whole number above 0, got '4'"),
        ({"pre_norm": None}, "CHECKPOINT_INVALID", "pre_norm to be true or false, got None"),
        ({"input_features": {}}, "CHECKPOINT_INVALID", "at least one VISUAL feature, got none"),
        ({"output_features": None}, "CHECKPOINT_INVALID", "output_features to be an object"),
        ({"output_features": {}}, "CHECKPOINT_INVALID", "expected action to be an object, got nothing"),
    ],
)
def test_a_config_that_cannot_be_run_says_why(changes, code, message):
    with pytest.raises(ToolError) as caught:
        read_act_config(CONFIG | features({"front": (64, 64)}, 6, 7) | changes)
    assert caught.value.code == code
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        ({"observation.environment_state": {"type": "ENV", "shape": [4]}}, "only a simulator"),
        ({"observation.images.depth": {"type": "VISUAL", "shape": [1, 64, 64]}}, "RGB image"),
    ],
)
def test_inputs_that_a_robot_cannot_give_are_refused(feature, message):
    config = CONFIG | features({"front": (64, 64)}, 6, 7)
    with pytest.raises(ToolError, match=message) as caught:
        read_act_config(config | {"input_features": config["input_features"] | feature})
    assert caught.value.code == "UNSUPPORTED_POLICY"
