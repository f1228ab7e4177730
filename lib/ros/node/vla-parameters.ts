import type { ParameterSpecs } from './parameter-spec.js';

/** The parameters of the node `vla_node`. */
export const VLA_PARAMETERS = {
  bundle: {
    type: 'string',
    default: '',
    description: 'Directory of the policy bundle, the one with policy.json in it.',
    change: 'unconfigured',
  },
  instruction: {
    type: 'string',
    default: '',
    description: 'What to do, in words, until the first message on vla/instruction; empty: wait for one.',
    change: 'unconfigured',
  },
  autostart: {
    type: 'bool',
    default: false,
    description:
      'Configure and activate the node at its start, so that the robot moves without another command.',
    change: 'unconfigured',
  },

  image_transport: {
    type: 'string',
    default: 'raw',
    oneOf: ['raw', 'compressed'],
    description:
      'raw: sensor_msgs/Image on camera/image_raw; compressed: JPEG or PNG in sensor_msgs/CompressedImage.',
    change: 'unconfigured',
  },
  image_16bit_max: {
    type: 'double',
    default: 65535,
    min: 1,
    max: 65535,
    description: 'Value of a 16-bit grey image that counts as white; larger ones are cut to it.',
    change: 'unconfigured',
  },
  max_image_age: {
    type: 'double',
    default: 0.2,
    min: 0.001,
    max: 60,
    description: 'Age of a camera frame, by its stamp, beyond which nothing moves, in seconds.',
    change: 'unconfigured',
  },
  max_joint_age: {
    type: 'double',
    default: 0.1,
    min: 0.001,
    max: 60,
    description: 'Age of a joint state, by its stamp, beyond which nothing moves, in seconds.',
    change: 'unconfigured',
  },

  joint_names: {
    type: 'string_array',
    default: [],
    description:
      "The arm's joints, as joint_states names them, in the order of the policy; empty: the policy's own names.",
    change: 'unconfigured',
  },
  urdf: {
    type: 'string',
    default: '',
    description:
      "File with the robot's URDF for its joint limits, or the word topic: the one published on robot_description.",
    change: 'unconfigured',
  },
  joint_limits: {
    type: 'string',
    default: '',
    description: 'File joint_limits.yaml, as of MoveIt; the stricter of it and the URDF holds.',
    change: 'unconfigured',
  },
  collision_model: {
    type: 'string',
    default: '',
    description:
      'MuJoCo file (MJCF) of the robot and what stands around it, for the collision checks; empty: none.',
    change: 'unconfigured',
  },
  collision_points: {
    type: 'string_array',
    default: [],
    description:
      'Sites or bodies of the collision model: the tool centre point first, then others that must stay in the workspace.',
    change: 'unconfigured',
  },
  collision_allowed: {
    type: 'string_array',
    default: [],
    description: 'Pairs of geoms or bodies that may touch, each "a b"; * stands for any characters.',
    change: 'unconfigured',
  },
  environment_margin: {
    type: 'double',
    default: 0.02,
    min: 0,
    max: 1,
    description: 'Smallest distance of the robot to anything else in the collision model, in metres.',
    change: 'unconfigured',
  },
  self_margin: {
    type: 'double',
    default: 0.01,
    min: 0,
    max: 1,
    description: 'Smallest distance between two parts of the robot in the collision model, in metres.',
    change: 'unconfigured',
  },
  workspace: {
    type: 'double_array',
    default: [],
    lengths: [0, 6],
    description:
      'Box that no part of the robot leaves, in metres in the frame of the collision model: x, y, z of its lowest corner, then of its highest; empty: none.',
    change: 'unconfigured',
  },

  control_mode: {
    type: 'string',
    default: 'asynchronous',
    oneOf: ['asynchronous', 'timer'],
    description:
      'asynchronous: the next actions are computed during the motion and merged into it; timer: an inference at each tick of inference_rate_hz.',
    change: 'unconfigured',
  },
  execute: {
    type: 'bool',
    default: true,
    description: 'Move the robot; false: publish actions and trajectories only.',
    change: 'unconfigured',
  },
  inference_rate_hz: {
    type: 'double',
    default: 10,
    min: 0.1,
    max: 100,
    description:
      'Inferences per second with control_mode timer, or without execute, in hertz; a slow one never piles up others.',
    change: 'live',
  },
  control_rate_hz: {
    type: 'double',
    default: 50,
    min: 1,
    max: 1000,
    description: 'How often the running motion is checked, in hertz.',
    change: 'unconfigured',
  },
  merge: {
    type: 'string',
    default: 'weightedAverage',
    oneOf: ['weightedAverage', 'replace', 'ensemble', 'fusion'],
    description: 'How new actions and those before them become one motion, with control_mode asynchronous.',
    change: 'unconfigured',
  },
  time_limit: {
    type: 'double',
    default: 0,
    min: 0,
    max: 86_400,
    description: 'Time for one instruction, in seconds, after which the robot stops; 0: none.',
    change: 'live',
  },
  success_condition: {
    type: 'string',
    default: 'pick',
    oneOf: ['pick', 'none'],
    description:
      'When an instruction is done. pick: the gripper holds something and has lifted it; none: never, until another instruction or the time limit.',
    change: 'live',
  },
  success_hold: {
    type: 'double',
    default: 1,
    min: 0,
    max: 60,
    description:
      'Time for which the success condition must hold before the task is done, in seconds: an arm that has grasped goes on to lift.',
    change: 'live',
  },
  give_up_after: {
    type: 'double',
    default: 10,
    min: 0,
    max: 3600,
    description:
      'Time without a chunk that could be sent after which an instruction is given up, in seconds; until then it is tried again.',
    change: 'unconfigured',
  },

  motion_factor: {
    type: 'double',
    default: 0.5,
    min: 0.01,
    max: 1,
    description: 'Share of the limits of velocity and acceleration that is used.',
    change: 'unconfigured',
  },
  max_tcp_speed: {
    type: 'double',
    default: 0.25,
    min: 0,
    max: 10,
    description: 'Highest speed of the tool centre point, in metres per second; 0: any.',
    change: 'unconfigured',
  },
  watchdog: {
    type: 'bool',
    default: true,
    description: 'Run a process of its own that cancels all motion when this one freezes or dies.',
    change: 'unconfigured',
  },
  watchdog_timeout: {
    type: 'double',
    default: 0.1,
    min: 0.01,
    max: 5,
    description: 'Silence after which the watchdog stops the robot, in seconds.',
    change: 'unconfigured',
  },
  audit: {
    type: 'string',
    default: '',
    whenFalse: 'off',
    description: 'File or directory of the audit log; empty: the default directory; off: none is kept.',
    change: 'unconfigured',
  },

  trajectory_action: {
    type: 'string',
    default: 'joint_trajectory_controller/follow_joint_trajectory',
    description: 'Name of the action (control_msgs/action/FollowJointTrajectory) that moves the arm.',
    change: 'unconfigured',
  },
  path_tolerance: {
    type: 'double',
    default: 0.1,
    min: 0.0001,
    max: 10,
    description:
      'Distance of a joint from its trajectory at which the controller aborts, in radians or metres.',
    change: 'unconfigured',
  },
  goal_tolerance: {
    type: 'double',
    default: 0.05,
    min: 0.0001,
    max: 10,
    description:
      "Distance of a joint from the trajectory's end that counts as arrived, in radians or metres.",
    change: 'unconfigured',
  },
  goal_time_tolerance: {
    type: 'double',
    default: 0.5,
    min: 0.001,
    max: 60,
    description: "Time that the arm may take beyond the trajectory's end to arrive, in seconds.",
    change: 'unconfigured',
  },
  server_timeout: {
    type: 'double',
    default: 1,
    min: 0.2,
    max: 5,
    description:
      'Time within which an action server must answer, in seconds; then the robot counts as failed.',
    change: 'unconfigured',
  },

  gripper_action: {
    type: 'string',
    default: 'gripper_controller/gripper_cmd',
    description:
      'Name of the action (GripperCommand or ParallelGripperCommand, found out at the start) of the gripper; empty: no gripper.',
    change: 'unconfigured',
  },
  gripper_joint: {
    type: 'string',
    default: '',
    description: 'Joint that tells in joint_states how far the gripper is open; empty: none does.',
    change: 'unconfigured',
  },
  gripper_open_position: {
    type: 'double',
    default: 0.04,
    min: -10,
    max: 10,
    description: 'Position of the open gripper, in metres or radians.',
    change: 'unconfigured',
  },
  gripper_closed_position: {
    type: 'double',
    default: 0,
    min: -10,
    max: 10,
    description: 'Position that is commanded to close the gripper, in metres or radians.',
    change: 'unconfigured',
  },
  gripper_max_effort: {
    type: 'double',
    default: 20,
    min: 0,
    max: 1000,
    description: "Effort with which the gripper closes, in newtons or newton metres; 0: the driver's own.",
    change: 'unconfigured',
  },
} as const satisfies ParameterSpecs;
