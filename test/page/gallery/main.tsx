/**
 * Draws the page in one of its states, which the hash names: `#talk`. The states are made up, so that each can be looked
 * at and checked for accessibility, also those that a server hardly ever causes.
 */
import { signal } from '@preact/signals';
import { render } from 'preact';
import type { Actions, PageState } from '../../../src/page/model/state.js';
import { App } from '../../../src/page/ui/app.js';
import { BASE, SCENES } from './scenes.js';

type Signals = { [Key in keyof PageState]: PageState[Key] };

const [scene = 'talk', theme = 'light'] = location.hash.slice(1).split('/');
const preferences = { ...BASE.preferences, theme: theme === 'dark' ? ('dark' as const) : ('light' as const) };
const values = { ...BASE, ...SCENES[scene], preferences };
const signals = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, signal(value)]));
// The only cast: the entries of an object lose the type of each.
const state = signals as unknown as Signals;
const nothing = () => null;
const actions = new Proxy({}, { get: () => nothing }) as Actions;

const root = document.getElementById('page');
if (root !== null) render(<App state={state} actions={actions} />, root);
