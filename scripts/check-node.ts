/** Ends `npm ci` with one line on a Node.js that is too old. The other scripts cannot be loaded by it. */
import { oldNode } from '../src/cli/old-node.js';

const problem = oldNode(process.versions.node);
if (problem !== null) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
