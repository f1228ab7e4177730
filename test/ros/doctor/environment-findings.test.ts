import { describe, expect, it } from 'vitest';
import { environmentFindings } from '../../../lib/ros/doctor/environment-findings.js';
import { fakeInstallation } from '../fake-installation.js';

/** The findings about one topic, of a complete installation in this environment. */
function findings(topic: string, changes: NodeJS.ProcessEnv = {}, osRelease?: string) {
  const installation = fakeInstallation();
  const { host, project } = installation;
  if (osRelease !== undefined) installation.write(host.osReleaseFile, osRelease);
  const env = { ...installation.env, ...changes };
  return environmentFindings({ env, host, from: project }).filter((finding) => finding.topic === topic);
}

describe('what the doctor says of the environment', () => {
  it('is that all is well where it is', () => {
    const installation = fakeInstallation();
    const { env, host, project, root } = installation;
    const all = environmentFindings({ env, host, from: project });
    expect(all.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok']);
    expect(all.at(-1)?.message).toContain(`2.2.0 in ${root}`);
    expect(installation.wasLoaded()).toBe(false);
  });

  it.each([
    ['VERSION_CODENAME=noble', 'ok', /jazzy/],
    ['VERSION_CODENAME=jammy', 'warn', /jazzy on .*packages are those of humble/],
    ['VERSION_CODENAME=bookworm', 'warn', /ROS has no packages/],
  ])('compares the distribution with the system: %s', (osRelease, level, message) => {
    expect(findings('system', {}, osRelease)).toEqual([
      expect.objectContaining({ level, message: expect.stringMatching(message) }),
    ]);
  });

  it.each([
    ['7', ['ok']],
    ['', ['ok']],
    ['101', ['ok']],
    ['102', ['ok', 'warn']],
    ['232', ['ok', 'warn']],
    ['233', ['fail']],
    ['-1', ['fail']],
    ['robot', ['fail']],
  ])('takes ROS_DOMAIN_ID "%s" for what it is', (domain, levels) => {
    expect(findings('domain', { ROS_DOMAIN_ID: domain }).map(({ level }) => level)).toEqual(levels);
  });

  it.each([
    [{ ROS_LOCALHOST_ONLY: '1' }, ['warn']],
    [{ ROS_LOCALHOST_ONLY: '0' }, []],
    [{ ROS_AUTOMATIC_DISCOVERY_RANGE: 'SUBNET' }, []],
    [{ ROS_AUTOMATIC_DISCOVERY_RANGE: 'LOCALHOST' }, ['warn']],
    [{ ROS_AUTOMATIC_DISCOVERY_RANGE: 'OFF' }, ['fail']],
    [{ ROS_AUTOMATIC_DISCOVERY_RANGE: 'OFF', ROS_DISTRO: 'humble' }, []],
  ])('tells who cannot be seen with %j', (env, levels) => {
    expect(findings('discovery', env).map(({ level }) => level)).toEqual(levels);
  });

  it('has the error of the loader, with its commands', () => {
    const [finding] = findings('rclnodejs', { ROS_DISTRO: undefined });
    expect(finding).toMatchObject({
      level: 'fail',
      message: expect.stringContaining('ROS_DISTRO is not set'),
      remedy: expect.stringMatching(/^source .*jazzy\/setup\.bash$/),
    });
  });
});
