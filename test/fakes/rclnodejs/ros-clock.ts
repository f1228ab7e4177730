import { PARAMETER_TYPE } from '../../../lib/ros/rcl.js';
import { messageSchema } from './messages/schema.js';
import type { NodeCore } from './node-core.js';
import type { NodeParameters } from './parameters/node-parameters.js';
import { Parameter } from './parameters/parameter.js';
import { qosProfile } from './qos.js';
import { Subscription } from './subscription.js';
import { Time } from './time.js';

/** System time, or that of `/clock` while the parameter `use_sim_time` is true: zero until the first message. */
export class RosClock {
  readonly #core: NodeCore;
  #subscription: Subscription | undefined;
  #simulated = new Time(0n);

  constructor(core: NodeCore, parameters: NodeParameters) {
    this.#core = core;
    const { value } = parameters.declare(
      new Parameter('use_sim_time', PARAMETER_TYPE.bool, false),
      undefined,
      false,
    );
    this.#simulate(value === true);
    parameters.onSet((changed) => {
      for (const { name, value } of changed) if (name === 'use_sim_time') this.#simulate(value === true);
      return { successful: true, reason: '' };
    });
  }

  now(): Time {
    return this.#subscription ? this.#simulated : Time.system();
  }

  #simulate(on: boolean): void {
    if (on === (this.#subscription !== undefined)) return;
    this.#subscription?.destroy();
    this.#subscription = on
      ? new Subscription(
          this.#core,
          messageSchema('rosgraph_msgs/msg/Clock'),
          { name: '/clock', type: 'rosgraph_msgs/msg/Clock', qos: qosProfile(undefined), isRaw: false },
          (message) => {
            const { clock } = message as {
              readonly clock: { readonly sec: number; readonly nanosec: number };
            };
            this.#simulated = Time.fromMessage(clock);
          },
        )
      : undefined;
  }
}
