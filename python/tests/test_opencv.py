"""The native image path against OpenCV itself, on random images."""

import base64
import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
FILTERS = {
    "bilinear": cv2.INTER_LINEAR,
    "nearest": cv2.INTER_NEAREST,
    "area": cv2.INTER_AREA,
    "bicubic": cv2.INTER_CUBIC,
}
# OpenCV's conversion of each encoding to RGB.
TO_RGB = {
    "rgb8": None,
    "bgr8": cv2.COLOR_BGR2RGB,
    "rgba8": cv2.COLOR_RGBA2RGB,
    "bgra8": cv2.COLOR_BGRA2RGB,
    "mono8": cv2.COLOR_GRAY2RGB,
    "yuv422": cv2.COLOR_YUV2RGB_UYVY,
    "yuv422_yuy2": cv2.COLOR_YUV2RGB_YUY2,
}
BYTES_PER_PIXEL = {"rgb8": 3, "bgr8": 3, "rgba8": 4, "bgra8": 4, "mono8": 1, "yuv422": 2, "yuv422_yuy2": 2}


@pytest.fixture(autouse=True)
def opencv_without_ipp():
    """Intel's closed kernels round differently; what training and a Jetson have in common is OpenCV's own code."""
    used = cv2.ipp.useIPP()
    cv2.ipp.setUseIPP(False)
    yield
    cv2.ipp.setUseIPP(used)


def random_case(rng: np.random.Generator, resize: dict, dtype: str = "uint8") -> tuple[dict, np.ndarray]:
    """A frame with a random gap between its rows, and its pixels as RGB."""
    encoding = str(rng.choice(list(TO_RGB)))
    width, height = (int(size) for size in rng.integers(1, 300, 2))
    width += width % 2
    row = width * BYTES_PER_PIXEL[encoding]
    step = row + int(rng.choice([0, 5]))
    data = rng.integers(0, 256, (height, step), np.uint8)
    pixels = np.ascontiguousarray(data[:, :row]).reshape(height, width, BYTES_PER_PIXEL[encoding])
    conversion = TO_RGB[encoding]
    image = pixels if conversion is None else cv2.cvtColor(pixels, conversion)
    case = {
        "frame": {"encoding": encoding, "width": width, "height": height, "step": step},
        "data": base64.b64encode(data).decode(),
        "options": {"resize": resize, "dtype": dtype},
    }
    return case, image


def native_tensors(folder: Path, cases: list[dict], dtype: type) -> np.ndarray:
    (folder / "cases.json").write_text(json.dumps(cases))
    script = ROOT / "python" / "tests" / "image_tensors.ts"
    command = ["node", "--import", "tsx", str(script), str(folder / "cases.json"), str(folder / "tensors")]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    return np.fromfile(folder / "tensors", dtype)


@pytest.mark.parametrize(("name", "steps"), [("bilinear", 0), ("nearest", 0), ("area", 1), ("bicubic", 1)])
def test_resizing_equals_opencv(tmp_path, name, steps):
    rng = np.random.default_rng(len(name))
    cases, wanted = [], []
    for _ in range(60):
        w, h = (int(size) for size in rng.integers(1, 300, 2))
        case, image = random_case(rng, {"w": w, "h": h, "filter": name})
        cases.append(case)
        wanted.append(cv2.resize(image, (w, h), interpolation=FILTERS[name]).ravel())
    expected = np.concatenate(wanted).astype(np.int16)
    tensors = native_tensors(tmp_path, cases, np.uint8).astype(np.int16)
    assert tensors.shape == expected.shape
    off = np.abs(tensors - expected)
    assert off.max() <= steps
    assert (off > 0).mean() < 0.02


def test_the_usual_python_preprocessing_is_the_default(tmp_path):
    rng = np.random.default_rng(9)
    cases, wanted = [], []
    for _ in range(5):
        case, image = random_case(rng, {}, "float32")
        cases.append(case)
        wanted.append((cv2.resize(image, (224, 224)).astype(np.float32) / 255).ravel())
    np.testing.assert_allclose(native_tensors(tmp_path, cases, np.float32), np.concatenate(wanted), rtol=1e-6)
