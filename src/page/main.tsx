/** Starts the page: the model on this browser, and the components on the model. */
import { render } from 'preact';
import { createPlatform, listenToBrowser } from './browser/platform.js';
import { createPage } from './model/page.js';
import { App } from './ui/app.js';

const page = createPage(createPlatform());
const root = document.getElementById('page');
if (root !== null) render(<App state={page.state} actions={page.actions} />, root);
listenToBrowser(page.events);
page.start();
