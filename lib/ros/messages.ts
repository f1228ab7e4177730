/**
 * The ROS 2 interfaces that the bridge speaks, as rclnodejs gives and takes them: nested plain objects, `data` of
 * images and numeric arrays as typed arrays when received. Field names and units are those of the .msg files.
 */
export interface TimeMessage {
  readonly sec: number;
  readonly nanosec: number;
}

export interface Header {
  readonly stamp: TimeMessage;
  readonly frame_id: string;
}

export interface ImageMessage {
  readonly header: Header;
  readonly height: number;
  readonly width: number;
  readonly encoding: string;
  readonly is_bigendian: number;
  /** Bytes per row. */
  readonly step: number;
  readonly data: Uint8Array;
}

export interface CompressedImageMessage {
  readonly header: Header;
  readonly format: string;
  readonly data: Uint8Array;
}

export interface StringMessage {
  readonly data: string;
}

export interface JointStateMessage {
  readonly header: Header;
  readonly name: readonly string[];
  /** rad or m; may be empty, as may be the other two. */
  readonly position: ArrayLike<number>;
  readonly velocity: ArrayLike<number>;
  readonly effort: ArrayLike<number>;
}

export interface MultiArrayDimension {
  readonly label: string;
  readonly size: number;
  readonly stride: number;
}

export interface Float32MultiArrayMessage {
  readonly layout: { readonly dim: readonly MultiArrayDimension[]; readonly data_offset: number };
  readonly data: Float32Array;
}

export interface JointTrajectoryPointMessage {
  readonly positions: readonly number[];
  readonly velocities: readonly number[];
  readonly accelerations: readonly number[];
  readonly effort: readonly number[];
  readonly time_from_start: TimeMessage;
}

export interface JointTrajectoryMessage {
  readonly header: Header;
  readonly joint_names: readonly string[];
  readonly points: readonly JointTrajectoryPointMessage[];
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface DiagnosticStatusMessage {
  /** 0 OK, 1 WARN, 2 ERROR, 3 STALE. */
  readonly level: number;
  readonly name: string;
  readonly message: string;
  readonly hardware_id: string;
  readonly values: readonly KeyValue[];
}

export interface DiagnosticArrayMessage {
  readonly header: Header;
  readonly status: readonly DiagnosticStatusMessage[];
}

export interface LifecycleState {
  readonly id: number;
  readonly label: string;
}

export interface LifecycleTransition {
  readonly id: number;
  readonly label: string;
}

export interface TransitionEventMessage {
  /** Nanoseconds of ROS time. */
  readonly timestamp: bigint;
  readonly transition: LifecycleTransition;
  readonly start_state: LifecycleState;
  readonly goal_state: LifecycleState;
}

export interface TransitionDescription {
  readonly transition: LifecycleTransition;
  readonly start_state: LifecycleState;
  readonly goal_state: LifecycleState;
}

/** control_msgs/msg/JointTolerance: 0 leaves the controller's own value, −1 means no tolerance at all. */
export interface JointToleranceMessage {
  readonly name: string;
  readonly position: number;
  readonly velocity: number;
  readonly acceleration: number;
}

export interface FollowJointTrajectoryGoal {
  readonly trajectory: JointTrajectoryMessage;
  readonly path_tolerance: readonly JointToleranceMessage[];
  readonly goal_tolerance: readonly JointToleranceMessage[];
  readonly goal_time_tolerance: TimeMessage;
}

export interface FollowJointTrajectoryResult {
  /** 0 successful, −1 invalid goal, −2 invalid joints, −3 old header, −4 path, −5 goal tolerance violated. */
  readonly error_code: number;
  readonly error_string: string;
}

export interface GripperCommandGoal {
  /** `position` in the gripper's unit (m or rad), `max_effort` in N or Nm, 0 = as much as there is. */
  readonly command: { readonly position: number; readonly max_effort: number };
}

export interface GripperCommandResult {
  readonly position: number;
  readonly effort: number;
  readonly stalled: boolean;
  readonly reached_goal: boolean;
}

export interface ParallelGripperCommandGoal {
  readonly command: {
    readonly header: Header;
    readonly name: readonly string[];
    readonly position: readonly number[];
    readonly velocity: readonly number[];
    readonly effort: readonly number[];
  };
}

export interface ParallelGripperCommandResult {
  readonly state: JointStateMessage;
  readonly stalled: boolean;
  readonly reached_goal: boolean;
}

/** action_msgs/srv/CancelGoal: an all-zero id with an all-zero stamp means every goal. */
export interface CancelGoalRequest {
  readonly goal_info: { readonly goal_id: { readonly uuid: Uint8Array }; readonly stamp: TimeMessage };
}

export interface CancelGoalResponse {
  /** 0 accepted, 1 rejected, 2 unknown goal, 3 goal has ended. */
  readonly return_code: number;
  readonly goals_canceling: readonly unknown[];
}

export interface Topics {
  'sensor_msgs/msg/Image': ImageMessage;
  'sensor_msgs/msg/CompressedImage': CompressedImageMessage;
  'sensor_msgs/msg/JointState': JointStateMessage;
  'std_msgs/msg/String': StringMessage;
  'std_msgs/msg/Float32MultiArray': Float32MultiArrayMessage;
  'trajectory_msgs/msg/JointTrajectory': JointTrajectoryMessage;
  'diagnostic_msgs/msg/DiagnosticStatus': DiagnosticStatusMessage;
  'diagnostic_msgs/msg/DiagnosticArray': DiagnosticArrayMessage;
  'lifecycle_msgs/msg/TransitionEvent': TransitionEventMessage;
}

export interface Services {
  'std_srvs/srv/Trigger': {
    request: Record<string, never>;
    response: { readonly success: boolean; readonly message: string };
  };
  'action_msgs/srv/CancelGoal': { request: CancelGoalRequest; response: CancelGoalResponse };
  'lifecycle_msgs/srv/GetState': {
    request: Record<string, never>;
    response: { readonly current_state: LifecycleState };
  };
  'lifecycle_msgs/srv/ChangeState': {
    request: { readonly transition: LifecycleTransition };
    response: { readonly success: boolean };
  };
  'lifecycle_msgs/srv/GetAvailableStates': {
    request: Record<string, never>;
    response: { readonly available_states: readonly LifecycleState[] };
  };
  'lifecycle_msgs/srv/GetAvailableTransitions': {
    request: Record<string, never>;
    response: { readonly available_transitions: readonly TransitionDescription[] };
  };
}

export interface Actions {
  'control_msgs/action/FollowJointTrajectory': {
    goal: FollowJointTrajectoryGoal;
    result: FollowJointTrajectoryResult;
  };
  'control_msgs/action/GripperCommand': { goal: GripperCommandGoal; result: GripperCommandResult };
  'control_msgs/action/ParallelGripperCommand': {
    goal: ParallelGripperCommandGoal;
    result: ParallelGripperCommandResult;
  };
}

export type TopicType = keyof Topics;
export type ServiceType = keyof Services;
export type ActionType = keyof Actions;
