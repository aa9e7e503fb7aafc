/** The door for child processes: nothing behind it loads Nest. */
import { fileURLToPath } from 'node:url';

export type {
  ChildRequest,
  DryCorrectionRequest,
  DryRunRequest,
  ExplainRequest,
  PatchReport,
  PatchRequest,
  PatchResult,
  PreviewRequest,
  ProfileCheck,
} from './child-message.js';
export { endWithParent } from './end-with-parent.js';
export { MARK_FD } from './mark-fd.js';

/** The folder of the step types that come with Feedmill. */
export const BUILT_IN_PLUGINS = fileURLToPath(new URL('../../../../plugins', import.meta.url));
