import { VLAError } from '../errors.js';
import { checkRclnodejs } from '../ros/load-rclnodejs.js';
import { distroForOs, environmentProblems, hostOf, installedDistros } from '../ros/ros-environment.js';
import { absent, type Examination } from './examination.js';
import { type Finding, ok } from './finding.js';
import { installedVersion } from './npm-packages.js';

const TOPIC = 'ROS 2';

/** Whether the ROS 2 node could be started; `ros doctor` looks at its surroundings. */
export function rosFindings(examination: Examination): Finding[] {
  const { machine, live } = examination;
  const host = hostOf(machine);
  const installed = installedDistros(host);
  const distro = machine.env['ROS_DISTRO'];
  if (live === undefined || !distro) return [notSourced(examination, installed)];
  const [problem] = environmentProblems(machine.env, host);
  if (problem !== undefined) return [absent(examination, 'ros', TOPIC, problem.message, problem.remedy)];
  const findings = [ok(TOPIC, `${distro} is sourced`)];
  if (!examination.required.has('ros') && installedVersion('rclnodejs', live.directory) === undefined)
    return findings;
  try {
    const { version } = checkRclnodejs({ env: { ...machine.env }, from: live.directory, host });
    return [...findings, ok(TOPIC, `rclnodejs ${version} can be loaded; jetson-vla ros doctor says more`)];
  } catch (error) {
    if (!(error instanceof VLAError)) throw error;
    return [...findings, absent(examination, 'ros', TOPIC, error.message, error.hint)];
  }
}

function notSourced(examination: Examination, installed: readonly string[]): Finding {
  const { machine } = examination;
  const suited = distroForOs(hostOf(machine));
  if (installed.length > 0) {
    const names = installed.join(', ');
    const last = installed.includes(suited ?? '') ? suited : installed.at(-1);
    return absent(
      examination,
      'ros',
      TOPIC,
      `${names} in /opt/ros, not sourced; only the ROS node needs it`,
      `source /opt/ros/${last}/setup.bash`,
    );
  }
  return suited === undefined
    ? absent(
        examination,
        'ros',
        TOPIC,
        'not installed, and it has no packages for this system; only the ROS node needs it',
        'In a container: ros:humble or ros:jazzy',
      )
    : absent(
        examination,
        'ros',
        TOPIC,
        `not installed; only the ROS node needs it, ${suited} has packages for this system`,
        `https://docs.ros.org/en/${suited}/Installation.html, or on a Jetson: npx jetson-vla setup-jetson`,
      );
}
