import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Machine } from '../../../lib/engine/machine.js';
import { temporaryDirectory } from '../fixtures.js';

/** Contents by path below the root. */
export type Files = Readonly<Record<string, string>>;

/** A machine of which only these files are there. */
export async function machineOf(files: Files): Promise<Machine> {
  const root = await temporaryDirectory();
  for (const [file, content] of Object.entries(files)) {
    const target = path.join(root, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  return { root, env: {} };
}

/** Puts each file into a directory. */
function under(directory: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([file, text]) => [`${directory}/${file}`, text]));
}

const POLICY = 'sys/devices/system/cpu/cpufreq';

function cpuPolicy(
  first: number,
  cpus: string,
  governor: string,
  kHz: readonly [number, number, number],
): Files {
  const [current, least, most] = kHz;
  return under(`${POLICY}/policy${first}`, {
    affected_cpus: `${cpus}\n`,
    scaling_governor: `${governor}\n`,
    scaling_cur_freq: `${current}\n`,
    scaling_min_freq: `${least}\n`,
    scaling_max_freq: `${most}\n`,
  });
}

function devfreq(name: string, governor: string, hz: readonly [number, number, number]): Files {
  const [current, least, most] = hz;
  return under(`sys/class/devfreq/${name}`, {
    governor: `${governor}\n`,
    cur_freq: `${current}\n`,
    min_freq: `${least}\n`,
    max_freq: `${most}\n`,
  });
}

function zone(
  index: number,
  type: string,
  temp: string,
  trips: readonly (readonly [string, number])[] = [],
): Files {
  return under(`sys/class/thermal/thermal_zone${index}`, {
    type: `${type}\n`,
    temp,
    ...Object.fromEntries(
      trips.flatMap(([kind, at], trip) => [
        [`trip_point_${trip}_type`, `${kind}\n`],
        [`trip_point_${trip}_temp`, `${at}\n`],
      ]),
    ),
  });
}

function cooling(index: number, type: string, state: number): Files {
  return under(`sys/class/thermal/cooling_device${index}`, { type: `${type}\n`, cur_state: `${state}\n` });
}

/** AGX Orin with JetPack 5: mode 30 W of four, clocks free, idle. */
export const AGX_ORIN_JETPACK_5: Files = {
  'var/lib/nvpmodel/status': 'pmode:0002',
  'etc/nvpmodel.conf': [
    '< PARAM TYPE=FILE NAME=CPU_ONLINE >',
    '< POWER_MODEL ID=0 NAME=MAXN >',
    'CPU_ONLINE CORE_0 1',
    '< POWER_MODEL ID=1 NAME=MODE_15W >',
    '< POWER_MODEL ID=2 NAME=MODE_30W >',
    '< POWER_MODEL ID=3 NAME=MODE_50W >',
    '< PM_CONFIG DEFAULT=2 >',
  ].join('\n'),
  ...cpuPolicy(0, '0 1 2 3', 'schedutil', [1190400, 729600, 1728000]),
  ...cpuPolicy(4, '4 5 6 7', 'schedutil', [729600, 729600, 1728000]),
  ...devfreq('17000000.ga10b', 'nvhost_podgov', [306000000, 306000000, 624750000]),
  ...zone(0, 'CPU-therm', '48312\n', [
    ['passive', 97000],
    ['critical', 103000],
  ]),
  ...zone(1, 'GPU-therm', '45687\n', [['passive', 97000]]),
  ...zone(2, 'CV0-therm', '-256000\n'),
  ...cooling(0, 'cpu-throttle-alert', 0),
  ...cooling(1, 'pwm-fan', 2),
  ...under('sys/class/hwmon/hwmon3', { oc1_event_cnt: '0\n', oc2_event_cnt: '2\n', oc3_event_cnt: '5\n' }),
  'proc/loadavg': '0.42 0.30 0.25 1/512 4242\n',
};

/** Orin Nano with JetPack 6 in its fastest mode after `jetson_clocks`. */
export const ORIN_NANO_JETPACK_6: Files = {
  'var/lib/nvpmodel/status': 'pmode:0002 fmode:quiet',
  'etc/nvpmodel.conf':
    '< POWER_MODEL ID=0 NAME=15W >\n< POWER_MODEL NAME=25W ID=1 >\n< POWER_MODEL ID=2 NAME=MAXN_SUPER >\n< POWER_MODEL ID=3 NAME=7W >\n',
  ...cpuPolicy(0, '0 1 2 3', 'schedutil', [1728000, 1728000, 1728000]),
  ...devfreq('17000000.gpu', 'nvhost_podgov', [1020000000, 1020000000, 1020000000]),
  ...zone(0, 'cpu-thermal', '51750\n', [
    ['active', 70000],
    ['passive', 99000],
    ['critical', 104500],
  ]),
  ...zone(8, 'tj-thermal', '52031\n', [['passive', 99000]]),
  ...zone(10, 'gpu-thermal', '50093\n', [['passive', 99000]]),
};

/** Thor with JetPack 7: 120 W of MAXN, its GPU without power. */
export const THOR_JETPACK_7: Files = {
  'var/lib/nvpmodel/status': 'pmode:0001',
  'etc/nvpmodel.conf':
    '< POWER_MODEL ID=0 NAME=MAXN >\n< POWER_MODEL ID=1 NAME=120W >\n< PM_CONFIG DEFAULT=1 >\n',
  ...cpuPolicy(0, '0', 'schedutil', [972000, 972000, 2601000]),
  ...devfreq('gpu-gpc-0', 'nvhost_podgov', [315000000, 315000000, 1575000000]),
  ...devfreq('gpu-nvd-0', 'nvhost_podgov', [315000000, 315000000, 1692000000]),
  ...devfreq('bwmgr', 'performance', [4266000000, 665600000, 4266000000]),
  ...zone(0, 'cpu-thermal', '53700\n', [['critical', 114500]]),
  ...zone(1, 'gpu-thermal', ''),
  ...zone(2, 'tj-thermal', '110200\n', [['critical', 114500]]),
  ...cooling(8, 'gpu-throttle-alert', 1),
  ...cooling(12, 'devfreq-gpu-gpc-0', 18),
  ...cooling(13, 'hot-surface-alert', 1),
  ...under('sys/class/hwmon/hwmon5', { oc3_event_cnt: '179\n' }),
};

/** A laptop on its battery, with a mouse that has one too. */
export const LAPTOP: Files = {
  ...cpuPolicy(0, '0', 'powersave', [1400000, 400000, 4700000]),
  ...zone(0, 'x86_pkg_temp', '61000\n', [
    ['passive', -274000],
    ['critical', 100000],
  ]),
  ...cooling(0, 'Processor', 3),
  'sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count': '3\n',
  'sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count': '4\n',
  'sys/class/power_supply/BAT0/type': 'Battery\n',
  'sys/class/power_supply/BAT0/status': 'Discharging\n',
  'sys/class/power_supply/AC/type': 'Mains\n',
  'sys/class/power_supply/hidpp_battery_0/type': 'Battery\n',
  'sys/class/power_supply/hidpp_battery_0/scope': 'Device\n',
  'sys/class/power_supply/hidpp_battery_0/status': 'Discharging\n',
};
