/** The colours of the page, read from its file of tokens, against the contrast that WCAG 2.2 AA asks for. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COLOURS } from '../../src/page/ui/name-colour.js';

const TOKENS = readFileSync(new URL('../../src/page/styles/tokens.css', import.meta.url), 'utf8');
const THEMES = ['light', 'dark'] as const;
const NAMES = Array.from({ length: COLOURS }, (_, index) => `name-${index + 1}`);

type Theme = (typeof THEMES)[number];

describe.each(THEMES)('in the %s theme', (theme) => {
  it.each(['text', 'dim', 'faint', 'accent', 'mention', 'failure', ...NAMES])(
    '%s has a contrast of at least 4.5 on every ground that text stands on',
    (colour) => {
      for (const ground of ['main', 'side', 'hover', 'mention-tint', 'accent-tint'])
        expect(contrast(theme, colour, ground), `${colour} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    },
  );

  it.each([
    ['on-accent', 'accent'],
    ['on-accent', 'failure'],
    ['on-mention', 'mention'],
    ['text', 'active'],
    ['dim', 'active'],
    ['text', 'raised'],
    ['dim', 'raised'],
    ['faint', 'raised'],
    ['accent', 'raised'],
    ['failure', 'failure-tint'],
    ['text', 'failure-tint'],
  ])('%s has a contrast of at least 4.5 on %s', (colour, ground) => {
    expect(contrast(theme, colour, ground)).toBeGreaterThanOrEqual(4.5);
  });

  it.each([
    ['edge', 'main'],
    ['edge', 'raised'],
    ['accent', 'main'],
    ['accent', 'active'],
  ])('the outline %s has a contrast of at least 3 on %s', (colour, ground) => {
    expect(contrast(theme, colour, ground)).toBeGreaterThanOrEqual(3);
  });

  it('the colours of names differ from each other', () => {
    expect(new Set(NAMES.map((name) => valueOf(theme, name))).size).toBe(NAMES.length);
  });
});

/** WCAG's ratio, 1 to 21. */
function contrast(theme: Theme, one: string, other: string): number {
  const [dark = 0, light = 0] = [one, other]
    .map((name) => luminance(valueOf(theme, name)))
    .sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function valueOf(theme: Theme, name: string): string {
  const [, light, dark] =
    new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(TOKENS) ?? [];
  const value = theme === 'light' ? light : dark;
  if (value === undefined) throw new Error(`tokens.css has no colour --${name}`);
  return value;
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
    linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255),
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
