"""The peer of the ROS benchmarks: the Python node that this project began with, on rclpy.

    seed_node.py MODEL PERIOD --ros-args ...

PERIOD is that of its timer in seconds, 0.1 in the original; 0 runs an inference for each image instead. What else differs
from the original: images come best effort, since its reliable subscription gets nothing from a camera that sends so; an
empty instruction ends the work; and where there is no cv_bridge, numpy takes its place, as a view that copies nothing.
The first line of output says what was used and how long the model alone takes, as JSON.
"""

import json
import sys
import time

import cv2
import numpy as np
import onnxruntime as rt
import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image
from std_msgs.msg import Float32MultiArray, String

try:
    from cv_bridge import CvBridge

    BRIDGE = "cv_bridge"
except ImportError:
    BRIDGE = "numpy for cv_bridge"

    class CvBridge:
        def imgmsg_to_cv2(self, msg, encoding):
            if msg.encoding != encoding:
                raise ValueError(f"expected {encoding}, got {msg.encoding}")
            return np.frombuffer(msg.data, np.uint8).reshape(msg.height, msg.step)[:, : 3 * msg.width].reshape(
                msg.height, msg.width, 3
            )


RUNS = 300


class VLAInferenceNode(Node):
    def __init__(self, model_path, period):
        super().__init__("vla_inference")
        self.model = rt.InferenceSession(model_path)
        self.bridge = CvBridge()
        self.per_frame = period == 0
        self.image_sub = self.create_subscription(
            Image, "camera/image_raw", self.image_callback, qos_profile_sensor_data
        )
        self.instruction_sub = self.create_subscription(String, "vla/instruction", self.instruction_callback, 10)
        self.action_pub = self.create_publisher(Float32MultiArray, "vla/actions", 10)
        self.current_image = None
        self.current_instruction = None
        if not self.per_frame:
            self.timer = self.create_timer(period, self.run_inference)

    def image_callback(self, msg):
        self.current_image = self.bridge.imgmsg_to_cv2(msg, "bgr8")
        if self.per_frame:
            self.run_inference()

    def instruction_callback(self, msg):
        self.current_instruction = msg.data or None
        self.get_logger().info(f"Instruction: {self.current_instruction}")

    def run_inference(self):
        if self.current_image is None or self.current_instruction is None:
            return
        try:
            input_image = self.preprocess_image(self.current_image)
            start_time = self.get_clock().now()
            output = self.model.run(None, {"image": input_image, "text": np.array([self.current_instruction])})
            inference_time = (self.get_clock().now() - start_time).nanoseconds / 1e9
            actions = output[0]
            action_msg = Float32MultiArray()
            action_msg.data = actions.flatten().tolist()
            self.action_pub.publish(action_msg)
            self.get_logger().info(f"Inference time: {inference_time * 1000:.1f}ms, Actions: {actions.shape}")
        except Exception as e:
            self.get_logger().error(f"Inference error: {e}")

    def preprocess_image(self, image):
        resized = cv2.resize(image, (224, 224))
        normalized = resized.astype(np.float32) / 255.0
        return np.expand_dims(normalized, axis=0)


def model_time(model):
    feeds = {"image": np.zeros((1, 224, 224, 3), np.float32), "text": np.array(["pick"])}
    times = []
    for _ in range(RUNS):
        start = time.perf_counter_ns()
        model.run(None, feeds)
        times.append((time.perf_counter_ns() - start) / 1e6)
    return sorted(times)[RUNS // 2]


def main():
    model_path, period = sys.argv[1], float(sys.argv[2])
    rclpy.init(args=sys.argv)
    node = VLAInferenceNode(model_path, period)
    used = f"rclpy, {BRIDGE}, OpenCV {cv2.__version__}, onnxruntime {rt.__version__}"
    print(json.dumps({"used": used, "modelMs": model_time(node.model)}), flush=True)
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass


main()
