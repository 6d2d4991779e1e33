/** The three ways in, for the first screen and for an empty room. */
import { CopyLine } from './copy-button.js';
import { usePage } from './page-context.js';
import { tracked } from './tracked.js';

export const WaysIn = tracked(({ room }: { readonly room?: string }) => {
  const { host, port, url } = usePage().state.about.value;
  const address = new URL(url);
  address.hash = room === undefined ? '' : `#${room}`;
  // curl takes http for granted.
  const origin = address.protocol === 'http:' ? address.host : address.origin;
  return (
    <div class="ways">
      <Way title="In a terminal" line={`ncat ${host} ${port}`} />
      <Way title="In a browser" line={address.href} />
      <Way title="From a script" line={`curl -d hello ${origin}/${room ?? 'lobby'}`} />
    </div>
  );
});

function Way({ title, line }: { readonly title: string; readonly line: string }) {
  return (
    <div>
      <h3>{title}</h3>
      <CopyLine text={line} />
    </div>
  );
}
