/** Bundles the gallery of `test/page/gallery/` as the page is bundled, and serves it with the page's policy. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;
/** That of the page: no style attribute and no markup from text. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";
const HTML = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Partyline</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/style.css"><script type="module" src="/app.js"></script>
</head><body><div id="page"></div></body></html>`;

/** The address of the gallery; behind it goes `#<scene>/<theme>`. */
export async function openGallery(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: { app: 'test/page/gallery/main.tsx', style: 'src/page/styles/main.css' },
    outdir: 'gallery',
    write: false,
    bundle: true,
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    alias: { '@preact/signals': '@preact/signals-core' },
    logLevel: 'warning',
  });
  const server = createServer(({ url = '/' }, response) => {
    const file = outputFiles.find(({ path }) => path.endsWith(url));
    const type = url.endsWith('.js') ? 'text/javascript' : url.endsWith('.css') ? 'text/css' : 'text/html';
    response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': POLICY });
    response.end(url === '/' ? HTML : file?.contents);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}/`;
}
