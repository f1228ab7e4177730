import { join } from 'node:path';
import { backendDirectory } from '../../../lib/native/load-addon.js';

/** Where the build that the addon comes from put the stand-in libraries. */
export const standinDirectory = () => join(backendDirectory(), '..', 'standins');
