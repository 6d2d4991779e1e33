/** What JSX is compiled to: `scripts/page.ts` adds these to each file that uses it. */
export { Fragment, h } from 'preact';
