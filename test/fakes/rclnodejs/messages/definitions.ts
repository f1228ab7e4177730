/**
 * The interfaces that the stand-in knows, as ROS 2 Jazzy has them: `type name` pairs, parts of services and actions
 * divided by `---`. A type without a package is of the same package.
 */
export const DEFINITIONS: Readonly<Record<string, string>> = {
  'builtin_interfaces/msg/Time': 'int32 sec; uint32 nanosec',
  'builtin_interfaces/msg/Duration': 'int32 sec; uint32 nanosec',
  'unique_identifier_msgs/msg/UUID': 'uint8[16] uuid',
  'rosgraph_msgs/msg/Clock': 'builtin_interfaces/Time clock',

  'std_msgs/msg/Header': 'builtin_interfaces/Time stamp; string frame_id',
  'std_msgs/msg/Empty': '',
  'std_msgs/msg/Bool': 'bool data',
  'std_msgs/msg/Int32': 'int32 data',
  'std_msgs/msg/Int64': 'int64 data',
  'std_msgs/msg/Float32': 'float32 data',
  'std_msgs/msg/Float64': 'float64 data',
  'std_msgs/msg/String': 'string data',
  'std_msgs/msg/MultiArrayDimension': 'string label; uint32 size; uint32 stride',
  'std_msgs/msg/MultiArrayLayout': 'MultiArrayDimension[] dim; uint32 data_offset',
  'std_msgs/msg/Float32MultiArray': 'MultiArrayLayout layout; float32[] data',
  'std_msgs/msg/Float64MultiArray': 'MultiArrayLayout layout; float64[] data',
  'std_srvs/srv/Empty': '---',
  'std_srvs/srv/SetBool': 'bool data --- bool success; string message',
  'std_srvs/srv/Trigger': '--- bool success; string message',

  'geometry_msgs/msg/Vector3': 'float64 x; float64 y; float64 z',
  'geometry_msgs/msg/Quaternion': 'float64 x; float64 y; float64 z; float64 w',
  'geometry_msgs/msg/Transform': 'Vector3 translation; Quaternion rotation',
  'geometry_msgs/msg/Twist': 'Vector3 linear; Vector3 angular',

  'sensor_msgs/msg/Image':
    'std_msgs/Header header; uint32 height; uint32 width; string encoding; uint8 is_bigendian; uint32 step; uint8[] data',
  'sensor_msgs/msg/CompressedImage': 'std_msgs/Header header; string format; uint8[] data',
  'sensor_msgs/msg/JointState':
    'std_msgs/Header header; string[] name; float64[] position; float64[] velocity; float64[] effort',

  'trajectory_msgs/msg/JointTrajectoryPoint':
    'float64[] positions; float64[] velocities; float64[] accelerations; float64[] effort; builtin_interfaces/Duration time_from_start',
  'trajectory_msgs/msg/JointTrajectory':
    'std_msgs/Header header; string[] joint_names; JointTrajectoryPoint[] points',
  'trajectory_msgs/msg/MultiDOFJointTrajectoryPoint':
    'geometry_msgs/Transform[] transforms; geometry_msgs/Twist[] velocities; geometry_msgs/Twist[] accelerations; builtin_interfaces/Duration time_from_start',
  'trajectory_msgs/msg/MultiDOFJointTrajectory':
    'std_msgs/Header header; string[] joint_names; MultiDOFJointTrajectoryPoint[] points',

  'diagnostic_msgs/msg/KeyValue': 'string key; string value',
  'diagnostic_msgs/msg/DiagnosticStatus':
    'byte level; string name; string message; string hardware_id; KeyValue[] values',
  'diagnostic_msgs/msg/DiagnosticArray': 'std_msgs/Header header; DiagnosticStatus[] status',

  'lifecycle_msgs/msg/State': 'uint8 id; string label',
  'lifecycle_msgs/msg/Transition': 'uint8 id; string label',
  'lifecycle_msgs/msg/TransitionDescription': 'Transition transition; State start_state; State goal_state',
  'lifecycle_msgs/msg/TransitionEvent':
    'uint64 timestamp; Transition transition; State start_state; State goal_state',
  'lifecycle_msgs/srv/ChangeState': 'Transition transition --- bool success',
  'lifecycle_msgs/srv/GetState': '--- State current_state',
  'lifecycle_msgs/srv/GetAvailableStates': '--- State[] available_states',
  'lifecycle_msgs/srv/GetAvailableTransitions': '--- TransitionDescription[] available_transitions',

  'action_msgs/msg/GoalInfo': 'unique_identifier_msgs/UUID goal_id; builtin_interfaces/Time stamp',
  'action_msgs/msg/GoalStatus': 'GoalInfo goal_info; int8 status',
  'action_msgs/msg/GoalStatusArray': 'GoalStatus[] status_list',
  'action_msgs/srv/CancelGoal': 'GoalInfo goal_info --- int8 return_code; GoalInfo[] goals_canceling',

  'control_msgs/msg/GripperCommand': 'float64 position; float64 max_effort',
  'control_msgs/msg/JointTolerance': 'string name; float64 position; float64 velocity; float64 acceleration',
  'control_msgs/msg/JointComponentTolerance':
    'string joint_name; uint16 component; float64 position; float64 velocity; float64 acceleration',
  'control_msgs/action/FollowJointTrajectory':
    'trajectory_msgs/JointTrajectory trajectory; trajectory_msgs/MultiDOFJointTrajectory multi_dof_trajectory; JointTolerance[] path_tolerance; JointComponentTolerance[] component_path_tolerance; JointTolerance[] goal_tolerance; JointComponentTolerance[] component_goal_tolerance; builtin_interfaces/Duration goal_time_tolerance --- int32 error_code; string error_string --- std_msgs/Header header; string[] joint_names; trajectory_msgs/JointTrajectoryPoint desired; trajectory_msgs/JointTrajectoryPoint actual; trajectory_msgs/JointTrajectoryPoint error; string[] multi_dof_joint_names; trajectory_msgs/MultiDOFJointTrajectoryPoint multi_dof_desired; trajectory_msgs/MultiDOFJointTrajectoryPoint multi_dof_actual; trajectory_msgs/MultiDOFJointTrajectoryPoint multi_dof_error',
  'control_msgs/action/GripperCommand':
    'GripperCommand command --- float64 position; float64 effort; bool stalled; bool reached_goal --- float64 position; float64 effort; bool stalled; bool reached_goal',
  'control_msgs/action/ParallelGripperCommand':
    'sensor_msgs/JointState command --- sensor_msgs/JointState state; bool stalled; bool reached_goal --- sensor_msgs/JointState state',

  'rcl_interfaces/msg/ParameterValue':
    'uint8 type; bool bool_value; int64 integer_value; float64 double_value; string string_value; byte[] byte_array_value; bool[] bool_array_value; int64[] integer_array_value; float64[] double_array_value; string[] string_array_value',
  'rcl_interfaces/msg/Parameter': 'string name; ParameterValue value',
  'rcl_interfaces/msg/FloatingPointRange': 'float64 from_value; float64 to_value; float64 step',
  'rcl_interfaces/msg/IntegerRange': 'int64 from_value; int64 to_value; uint64 step',
  'rcl_interfaces/msg/ParameterDescriptor':
    'string name; uint8 type; string description; string additional_constraints; bool read_only; bool dynamic_typing; FloatingPointRange[] floating_point_range; IntegerRange[] integer_range',
  'rcl_interfaces/msg/ParameterEvent':
    'builtin_interfaces/Time stamp; string node; Parameter[] new_parameters; Parameter[] changed_parameters; Parameter[] deleted_parameters',
  'rcl_interfaces/msg/SetParametersResult': 'bool successful; string reason',
  'rcl_interfaces/msg/ListParametersResult': 'string[] names; string[] prefixes',
  'rcl_interfaces/srv/SetParameters': 'Parameter[] parameters --- SetParametersResult[] results',
  'rcl_interfaces/srv/GetParameters': 'string[] names --- ParameterValue[] values',
  'rcl_interfaces/srv/DescribeParameters': 'string[] names --- ParameterDescriptor[] descriptors',
  'rcl_interfaces/srv/ListParameters': 'string[] prefixes; uint64 depth --- ListParametersResult result',
};
