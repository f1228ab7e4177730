import { type Finding, fail, ok, warn } from '../../doctor/finding.js';
import { VLAError } from '../../errors.js';
import { checkRclnodejs, type LoadRclnodejsOptions } from '../load-rclnodejs.js';
import { distroForOs, readOsRelease, thisHost } from '../ros-environment.js';

/** What variables and files say, before anything of ROS is loaded. One `fail` at most, of what keeps ROS from loading. */
export function environmentFindings(options: LoadRclnodejsOptions = {}): Finding[] {
  const { env = process.env, host = thisHost } = options;
  const os = readOsRelease(host).name;
  const distro = env['ROS_DISTRO'];
  const suited = distroForOs(host);
  const system =
    distro === undefined || distro === suited
      ? ok('system', distro === undefined ? os : `ROS 2 ${distro} on ${os}`)
      : warn(
          'system',
          suited === undefined
            ? `ROS 2 ${distro} on ${os}, for which ROS has no packages`
            : `ROS 2 ${distro} on ${os}, whose packages are those of ${suited}`,
        );
  return [system, ...discoveryFindings(env, distro), rclnodejsFinding(options)];
}

function discoveryFindings(env: NodeJS.ProcessEnv, distro: string | undefined): Finding[] {
  const findings: Finding[] = [];
  const domain = env['ROS_DOMAIN_ID'] || '0';
  findings.push(
    /^\d+$/.test(domain) && Number(domain) <= 232
      ? ok('domain', `ROS_DOMAIN_ID ${domain}; all nodes of the robot need the same`)
      : fail('domain', `ROS_DOMAIN_ID must be 0 … 232, got ${domain}`, 'export ROS_DOMAIN_ID=0'),
  );
  if (Number(domain) > 101 && Number(domain) <= 232)
    findings.push(
      warn(
        'domain',
        `the ports of ROS_DOMAIN_ID ${domain} can collide with those that Linux gives to others`,
        'Use 0 … 101.',
      ),
    );
  const range = env['ROS_AUTOMATIC_DISCOVERY_RANGE'];
  if (env['ROS_LOCALHOST_ONLY'] === '1')
    findings.push(
      warn(
        'discovery',
        'ROS_LOCALHOST_ONLY is 1: nodes on other machines are not seen',
        'unset ROS_LOCALHOST_ONLY',
      ),
    );
  else if (distro !== 'humble' && range === 'OFF')
    findings.push(
      fail(
        'discovery',
        'ROS_AUTOMATIC_DISCOVERY_RANGE is OFF: no node sees another',
        'unset ROS_AUTOMATIC_DISCOVERY_RANGE',
      ),
    );
  else if (distro !== 'humble' && range === 'LOCALHOST')
    findings.push(
      warn(
        'discovery',
        'ROS_AUTOMATIC_DISCOVERY_RANGE is LOCALHOST: nodes on other machines are not seen',
        'export ROS_AUTOMATIC_DISCOVERY_RANGE=SUBNET',
      ),
    );
  return findings;
}

function rclnodejsFinding(options: LoadRclnodejsOptions): Finding {
  try {
    const { version, root, addon } = checkRclnodejs(options);
    return ok('rclnodejs', `${version} in ${root}, with the addon ${addon}`);
  } catch (error) {
    if (!(error instanceof VLAError)) throw error;
    return fail('rclnodejs', error.message, error.hint);
  }
}
