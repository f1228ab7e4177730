"""
Starts the node, and with autostart:=true configures and then activates it.

    ros2 launch jetson_vla vla.launch.py bundle:=/path/to/bundle image:=/wrist_camera/image_raw
"""

from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    OpaqueFunction,
    RegisterEventHandler,
)
from launch.event_handlers import OnProcessStart
from launch.events import matches_action
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import LifecycleNode
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare
from lifecycle_msgs.msg import Transition

# Launch argument: the topic that it remaps.
TOPICS = {
    'image': 'camera/image_raw',
    'joint_states': 'joint_states',
    'instruction': 'vla/instruction',
}

FALSE = ('false', '0', 'no', 'off')
TRUE = ('true', '1', 'yes', 'on')


def generate_launch_description():
    default_params = PathJoinSubstitution([FindPackageShare('jetson_vla'), 'config', 'params.yaml'])
    return LaunchDescription([
        DeclareLaunchArgument(
            'bundle', default_value='', description='Policy bundle; default: as in params_file'),
        DeclareLaunchArgument(
            'params_file', default_value=default_params, description='Parameters of the node'),
        DeclareLaunchArgument('name', default_value='vla_node', description='Name of the node'),
        DeclareLaunchArgument('namespace', default_value='', description='Namespace of the node'),
        DeclareLaunchArgument(
            'autostart', default_value='true',
            description='Configure and activate the node: it may move the robot then'),
        DeclareLaunchArgument(
            'use_sim_time', default_value='',
            description='Take the time from /clock; default: as in params_file'),
        *[
            DeclareLaunchArgument(argument, default_value=topic, description=f'Topic for {topic}')
            for argument, topic in TOPICS.items()
        ],
        DeclareLaunchArgument(
            'log_level', default_value='info', description='debug, info, warn, error or fatal'),
        OpaqueFunction(function=start),
    ])


def start(context):
    def value(name):
        return LaunchConfiguration(name).perform(context)

    # The node's own autostart does the same as ours, and both at once would meet.
    overrides = {'autostart': False}
    # An argument that was not given must not take the place of what the file says.
    if value('bundle'):
        # As text, even where YAML reads a number in it.
        overrides['bundle'] = ParameterValue(value('bundle'), value_type=str)
    if value('use_sim_time'):
        overrides['use_sim_time'] = boolean('use_sim_time', value('use_sim_time'))

    node = LifecycleNode(
        package='jetson_vla',
        executable='vla_node',
        name=value('name'),
        namespace=value('namespace'),
        parameters=[value('params_file'), overrides],
        remappings=[
            (topic, value(argument))
            for argument, topic in TOPICS.items()
            if value(argument) != topic
        ],
        ros_arguments=['--log-level', value('log_level')],
        output='screen',
        # A node that died did so for a reason that nobody has looked at yet. Its successor must not take up the
        # motion by itself, so there is none: start it again by hand.
        respawn=False,
    )
    if not boolean('autostart', value('autostart')):
        return [node]
    return [
        # Before the node itself, so that no event is missed.
        RegisterEventHandler(OnStateTransition(
            target_lifecycle_node=node,
            start_state='configuring',
            entities=[OpaqueFunction(function=activate_if_inactive, args=[node])],
            # Once, failed or not: whoever configures the node later wants to activate it himself.
            handle_once=True,
        )),
        RegisterEventHandler(OnProcessStart(
            target_action=node,
            on_start=[change_state(node, Transition.TRANSITION_CONFIGURE)],
        )),
        node,
    ]


def activate_if_inactive(context, node):
    if context.locals.event.goal_state != 'inactive':
        return []
    return [change_state(node, Transition.TRANSITION_ACTIVATE)]


def change_state(node, transition):
    return EmitEvent(event=ChangeState(
        lifecycle_node_matcher=matches_action(node), transition_id=transition))


def boolean(argument, text):
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise RuntimeError(f'{argument} must be true or false, got "{text}"')
