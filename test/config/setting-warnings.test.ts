/** The warnings about settings that have no effect beside the others. */
import { describe, expect, it } from 'vitest';
import { loadConfig, type Values } from '../../src/config/load-config.js';
import { settingWarnings } from '../../src/config/setting-warnings.js';

const warningsOf = (env: Values) => settingWarnings(loadConfig({ env }));

describe('the warnings about settings', () => {
  it('there are none for the defaults, nor where each setting has its effect', () => {
    expect(warningsOf({})).toEqual([]);
    expect(warningsOf({ HISTORY_DAYS: '30' })).toEqual([]);
    expect(warningsOf({ HISTORY: 'memory' })).toEqual([]);
    const cluster = { CLUSTER_STREAM: 'CHAT', CLUSTER_REPLICAS: '3', CLUSTER_LEASE: '20', NODE_NAME: 'a' };
    expect(warningsOf({ CLUSTER: 'nats://127.0.0.1', ...cluster })).toEqual([]);
    expect(warningsOf({ NODE_NAME: 'a', CLUSTER_REPLICAS: '1' })).toEqual([]);
  });

  it('HISTORY_DAYS deletes nothing from memory', () => {
    expect(warningsOf({ HISTORY: 'memory', HISTORY_DAYS: '30' })).toEqual([
      'HISTORY_DAYS=30 has no effect with HISTORY=memory, which keeps messages until the server stops; set HISTORY=disk, or remove HISTORY_DAYS',
    ]);
  });

  it('a setting of the cluster is named that has no CLUSTER', () => {
    expect(warningsOf({ CLUSTER_STREAM: 'CHAT', CLUSTER_REPLICAS: '3', CLUSTER_LEASE: '20' })).toEqual(
      ['CLUSTER_STREAM', 'CLUSTER_REPLICAS', 'CLUSTER_LEASE'].map(
        (name) =>
          `${name} has no effect without CLUSTER; set CLUSTER to the URLs of the NATS servers, or remove ${name}`,
      ),
    );
  });
});
