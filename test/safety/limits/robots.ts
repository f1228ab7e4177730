/** An industrial arm with six turning joints, as its description package has it: soft limits on some of them. */
export const SIX_AXIS_URDF = `<?xml version="1.0" encoding="utf-8"?>
<!-- six axes, made by hand for the tests -->
<robot name="six_axis" xmlns:xacro="http://wiki.ros.org/xacro">
  <material name="grey"><color rgba="0.5 0.5 0.5 1"/></material>
  <link name="base_link"><inertial><mass value="4.0"/></inertial></link>
  <link name="tool0"/>
  <joint name="base_fixed" type="fixed">
    <parent link="world"/>
    <child link="base_link"/>
  </joint>
  <joint name="shoulder_pan_joint" type="revolute">
    <parent link="base_link"/>
    <child link="shoulder_link"/>
    <origin rpy="0 0 0" xyz="0 0 0.1625"/>
    <axis xyz="0 0 1"/>
    <limit effort="150.0" lower="-6.283185307179586" upper="6.283185307179586" velocity="3.141592653589793"/>
    <safety_controller k_position="20" k_velocity="0.0" soft_lower_limit="-6.133185307179586" soft_upper_limit="6.133185307179586"/>
    <dynamics damping="0" friction="0"/>
  </joint>
  <joint name="shoulder_lift_joint" type="revolute">
    <limit effort="150.0" lower="-6.283185307179586" upper="6.283185307179586" velocity="3.141592653589793"/>
    <safety_controller k_velocity="1.0"/>
  </joint>
  <joint name="elbow_joint" type="revolute">
    <limit effort="150.0" lower="-3.141592653589793" upper="3.141592653589793" velocity="3.141592653589793"/>
    <joint_properties friction="0.0"/>
  </joint>
  <joint name="wrist_1_joint" type="revolute">
    <limit effort="28.0" lower='-6.283185307179586' upper='6.283185307179586' velocity="3.5"/>
  </joint>
  <joint name="wrist_2_joint" type="revolute">
    <limit effort="28.0" lower="-6.283185307179586" upper="6.283185307179586" velocity="3.5" acceleration="40" deceleration="30" jerk="4e2"/>
  </joint>
  <joint name="wrist_3_joint" type="revolute">
    <limit effort="28.0" lower="-6.283185307179586" upper="6.283185307179586" velocity="3.5"/>
  </joint>
  <transmission name="wrist_3_trans">
    <joint name="wrist_3_joint"><hardwareInterface>position</hardwareInterface></joint>
  </transmission>
</robot>
`;

export const SIX_AXIS_JOINTS = [
  'shoulder_pan_joint',
  'shoulder_lift_joint',
  'elbow_joint',
  'wrist_1_joint',
  'wrist_2_joint',
  'wrist_3_joint',
];

/** As MoveIt has it for that arm: some limits switched off, angles in degrees. */
export const SIX_AXIS_YAML = `# Limits for planning
default_velocity_scaling_factor: 0.1
default_acceleration_scaling_factor: 0.1
joint_limits:
  shoulder_pan_joint:
    has_position_limits: true
    min_position: !degrees -180.0
    max_position: !degrees 180
    has_velocity_limits: true
    max_velocity: 2.0
    has_acceleration_limits: true
    max_acceleration: 5.0
    has_effort_limits: true
    max_effort: 150.0
  elbow_joint:
    has_velocity_limits: false
    max_velocity: 0.5
    has_acceleration_limits: true
    max_acceleration: 4.0
    has_deceleration_limits: true
    max_deceleration: 3.0
    has_jerk_limits: true
    max_jerk: 50
`;

/** A small printed arm whose second finger follows the first one, mirrored and twice as fast. */
export const GRIPPER_URDF = `<robot name="printed_arm">
  <joint name="rotation" type="revolute">
    <limit lower="-2.1" upper="2.1" effort="35" velocity="1"/>
  </joint>
  <joint name="pitch" type="revolute">
    <limit lower="-0.1" upper="3.45" effort="35" velocity="1"/>
  </joint>
  <joint name="finger_left" type="prismatic">
    <limit lower="-0.01" upper="0.05" effort="10" velocity="0.2"/>
  </joint>
  <joint name="finger_right" type="prismatic">
    <mimic joint="finger_left" multiplier="-2" offset="0.02"/>
    <limit lower="-0.06" upper="0.03" effort="10" velocity="0.1"/>
  </joint>
  <joint name="finger_tip" type="revolute">
    <mimic joint="finger_right" multiplier="10"/>
    <limit lower="-10" upper="10" effort="10" velocity="0.8"/>
  </joint>
</robot>
`;

export const GRIPPER_JOINTS = ['rotation', 'pitch', 'finger_left'];

/** An arm with joints that turn without end. */
export const ENDLESS_URDF = `<robot name="endless">
  <joint name="turret" type="continuous">
    <limit effort="39" velocity="0.8727"/>
    <safety_controller k_velocity="10"/>
  </joint>
  <joint name="elbow" type="revolute">
    <limit effort="39" lower="-2.66" upper="2.66" velocity="0.8727"/>
  </joint>
  <joint name="wrist" type="continuous">
    <limit effort="9" velocity="0.8727"/>
  </joint>
</robot>
`;

export const ENDLESS_JOINTS = ['turret', 'elbow', 'wrist'];
