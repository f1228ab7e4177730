import { runShare } from './run-share.js';
import type { ShareMessage, ShareRequest } from './share.js';

// Whoever asked is gone.
process.once('disconnect', () => process.exit());

const request: ShareRequest = JSON.parse(process.argv[2] ?? '{}');
const tell = (message: ShareMessage) => process.send?.(message);
tell({ share: await runShare(request, (share) => tell({ share, whole: false })), whole: true });
process.disconnect();
