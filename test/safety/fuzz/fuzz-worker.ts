import { runShare } from './run-share.js';
import type { ShareRequest } from './share.js';

const request: ShareRequest = JSON.parse(process.argv[2] ?? '{}');
const share = await runShare(request, (chunks) => process.send?.({ chunks }));
process.send?.({ share });
process.disconnect();
