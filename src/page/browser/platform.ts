/** The browser as the model sees it: the only code of the page, besides its components, that uses one. */
import type { Platform, PlatformEvents, Store } from '../model/ports.js';
import { notifier } from './notifier.js';
import { openSocket } from './socket.js';

const CHANNEL = 'partyline';
const ABOUT_TIMEOUT_MS = 5000;
/** Hidden pages draw no frames. */
const HIDDEN_FRAME_MS = 50;

export function createPlatform(): Platform {
  return {
    clock: {
      now: () => Date.now(),
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return { cancel: () => clearTimeout(timer) };
      },
    },
    openSocket: (listener) => openSocket(`${location.origin.replace(/^http/, 'ws')}/ws`, listener),
    local: storeOf(() => localStorage),
    session: storeOf(() => sessionStorage),
    openChannel,
    hash: { get: readHash, set: writeHash, isOwn: () => history.state !== null },
    isLookedAt: () => document.visibilityState === 'visible' && document.hasFocus(),
    fetchAbout,
    notifier,
    setTitle,
    copy: copyText,
    reload: () => location.reload(),
    tab: `${Date.now()}-${Math.random()}`,
    random: () => Math.random(),
    onFrame: (run) => {
      if (document.visibilityState === 'visible') requestAnimationFrame(run);
      else setTimeout(run, HIDDEN_FRAME_MS);
    },
    origin: {
      host: location.hostname,
      port: location.port === '' ? (location.protocol === 'https:' ? '443' : '80') : location.port,
      url: `${location.origin}/`,
    },
    version: document.documentElement.dataset.version ?? null,
  };
}

export function listenToBrowser({ onWake, onHashChange }: PlatformEvents): void {
  addEventListener('online', onWake);
  addEventListener('pageshow', onWake);
  addEventListener('focus', onWake);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') onWake();
  });
  addEventListener('hashchange', onHashChange);
}

/** Reading the property itself fails where the user forbids storage. */
function storeOf(storage: () => Storage): Store {
  return {
    get(key) {
      try {
        return storage().getItem(key);
      } catch {
        return null;
      }
    },
    set(key, value) {
      try {
        if (value === null) storage().removeItem(key);
        else storage().setItem(key, value);
      } catch {
        // Full, or forbidden.
      }
    },
  };
}

function openChannel(onMessage: (message: unknown) => void): { post(message: unknown): void } {
  if (typeof BroadcastChannel === 'undefined') return { post: () => {} };
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => onMessage(data);
  return { post: (message) => channel.postMessage(message) };
}

/** Browsers have a clipboard on https and localhost alone; elsewhere an invisible field is copied, as long as they can. */
function copyText(text: string): void {
  if (isSecureContext) {
    void navigator.clipboard.writeText(text).catch(() => {});
    return;
  }
  const focused = document.activeElement;
  const field = document.createElement('textarea');
  field.className = 'vh';
  field.value = text;
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
}

function readHash(): string {
  const hash = location.hash.slice(1);
  try {
    return decodeURI(hash);
  } catch {
    return hash;
  }
}

function writeHash(value: string, isStep: boolean): void {
  try {
    history[isStep ? 'pushState' : 'replaceState'](true, '', `#${encodeURI(value)}`);
  } catch {
    // Browsers limit how often an address changes.
  }
}

async function fetchAbout(): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const signal = AbortSignal.timeout(ABOUT_TIMEOUT_MS);
    const response = await fetch('/about', { headers: { Accept: 'application/json' }, signal });
    const about: unknown = response.ok ? await response.json() : null;
    return isRecord(about) ? about : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function setTitle(title: string, hasUnread: boolean): void {
  document.title = title;
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  if (icon === null) return;
  icon.dataset.plain ??= icon.getAttribute('href') ?? '';
  const wanted = (hasUnread ? icon.dataset.unread : icon.dataset.plain) ?? '';
  if (icon.getAttribute('href') !== wanted) icon.setAttribute('href', wanted);
}
