import { VLAError } from '../errors.js';

/** Something in a node that is given back once. */
export interface Lease {
  isOpen(): boolean;
  /** @throws VLAError DISPOSED */
  checkOpen(): void;
  /** Idempotent. */
  dispose(): void;
}

/** rclnodejs throws, or worse, when something is used after it was destroyed, or destroyed twice. */
export function lease(destroy: () => void, nodeIsOpen: () => boolean): Lease {
  let givenBack = false;
  const isOpen = () => !givenBack && nodeIsOpen();
  return {
    isOpen,
    checkOpen: () => {
      if (!nodeIsOpen()) throw new VLAError('DISPOSED', 'the ROS node was disposed of');
      if (givenBack) throw new VLAError('DISPOSED', 'it was disposed of');
    },
    dispose: () => {
      if (!isOpen()) return;
      givenBack = true;
      destroy();
    },
  };
}
