/**
 * Renders a component again when a signal changes that it has read. `@preact/signals` does so for every component, by
 * hooks into Preact that are as large as all dialogs of the page together; `scripts/page.ts` leaves them out.
 */
import { effect } from '@preact/signals';
import type { ComponentChild, FunctionComponent } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

export function tracked<Props extends object = object>(
  render: (props: Props) => ComponentChild,
): FunctionComponent<Props> {
  return function Tracked(props: Props) {
    const [, renderAgain] = useState({});
    const stop = useRef<(() => void) | null>(null);
    useLayoutEffect(() => () => stop.current?.(), []);
    stop.current?.();
    let view: ComponentChild = null;
    let isRendered = false;
    stop.current = effect(() => {
      // The second run is a change: it reads nothing, so it is the last one.
      if (isRendered) renderAgain({});
      else view = render(props);
      isRendered = true;
    });
    return view;
  };
}
