/** The settings that all nodes of a cluster need to share. */
import { describe, expect, it } from 'vitest';
import { settingsDigest } from '../../src/cluster/digest.js';
import { defaultConfig, loadConfig } from '../../src/config/load-config.js';
import { settings } from '../../src/config/settings.js';

describe('the digest of the settings', () => {
  it('the digest of the settings names each with its value, as text', () => {
    expect(settingsDigest(defaultConfig, ['zoe-bot', 'deploy-bot'])).toEqual({
      ANNOUNCE_LOGIN: 'false',
      HISTORY_DAYS: '0',
      MIN_PASSWORD_LENGTH: '8',
      PRESENCE_LIMIT: '2000',
      SERVER_NAME: 'partyline.local',
      botNames: 'deploy-bot,zoe-bot',
    });
  });

  it.each([
    ['ANNOUNCE_LOGIN', 'true'],
    ['HISTORY_DAYS', '30'],
    ['MIN_PASSWORD_LENGTH', '12'],
    ['PRESENCE_LIMIT', '0'],
    ['SERVER_NAME', 'irc.example.org'],
  ])('the digest of the settings shows another %s', (name, text) => {
    const own = settingsDigest(loadConfig({ env: { [name]: text } }));
    expect({ ...own, [name]: null }).toEqual({ ...settingsDigest(defaultConfig), [name]: null });
    expect(own[name]).toBe(text);
  });

  it('the digest of the settings is the same however a value is written, and has no local setting', () => {
    const own = settingsDigest(loadConfig({ env: { ANNOUNCE_LOGIN: 'off', PORT: '1', MAX_CLIENTS: '3' } }));
    expect(own).toEqual(settingsDigest(defaultConfig));
    const secrets = settings.filter(({ kind }) => 'isSecret' in kind).map(({ env }) => env);
    expect(Object.keys(own).filter((name) => secrets.some((secret) => secret === name))).toEqual([]);
  });
});
