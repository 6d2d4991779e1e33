/** The transcript's file: permissions, reopening for logrotate, and a full disk. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AppendOnlyFile } from '../../src/logging/append-only-file.js';
import { temporaryFolder } from '../support/folders.js';

describe('an append-only file', () => {
  const open = (path: string) => {
    const events: string[] = [];
    const file = new AppendOnlyFile(path, {
      onFailure: (error) => events.push(`failed ${'code' in error ? String(error.code) : ''}`),
      onRecovery: () => events.push('recovered'),
      onReopenFailure: () => events.push('not reopened'),
      onDropped: (lines) => events.push(`dropped ${lines}`),
      onUnwritten: (lines) => events.push(`unwritten ${lines}`),
    });
    onTestFinished(() => file.close(100));
    return { file, events };
  };

  it('an append-only file is readable by its owner only, and keeps its earlier content', async () => {
    const path = join(temporaryFolder(), 'log');
    const { file } = open(path);
    file.write('one\n');
    await file.close(1000);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { file: reopened } = open(path);
    reopened.write('two\n');
    await reopened.close(1000);
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  });

  it('an append-only file whose last line has no end continues on the next line', async () => {
    const path = join(temporaryFolder(), 'log');
    writeFileSync(path, 'one\nhal');
    const { file } = open(path);
    file.write('two\n');
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('one\nhal\ntwo\n'));
    file.reopen();
    file.write('three\n');
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('one\nhal\ntwo\nthree\n'));
    rmSync(path);
    writeFileSync(path, 'other hal');
    file.reopen();
    file.write('four\n');
    await file.close(1000);
    expect(readFileSync(path, 'utf8')).toBe('other hal\nfour\n');
  });

  it('an append-only file continues in a new file at the same path after reopen', async () => {
    const path = join(temporaryFolder(), 'log');
    const { file } = open(path);
    file.write('old\n');
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('old\n'));
    renameSync(path, `${path}.1`);
    file.reopen();
    expect(existsSync(path)).toBe(true);
    file.write('new\n');
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('new\n'));
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('old\n');
  });

  it('an append-only file continues in the old file if it cannot be reopened', async () => {
    const folder = join(temporaryFolder(), 'logs');
    mkdirSync(folder);
    const { file, events } = open(join(folder, 'log'));
    renameSync(folder, `${folder}.old`);
    file.reopen();
    file.write('still open\n');
    await vi.waitFor(() => expect(readFileSync(join(`${folder}.old`, 'log'), 'utf8')).toBe('still open\n'));
    expect(events).toEqual(['not reopened']);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'an append-only file that is closed while the disk is full reports how many lines are missing',
    async () => {
      const path = join(temporaryFolder(), 'log');
      symlinkSync('/dev/full', path);
      const { file, events } = open(path);
      file.write('line 1\nline 2\n');
      await vi.waitFor(() => expect(events).toEqual(['failed ENOSPC']));
      file.write('line 3\n');
      await file.close(10);
      expect(events).toEqual(['failed ENOSPC', 'unwritten 3']);
    },
  );

  it.skipIf(!existsSync('/dev/full'))(
    'an append-only file writes lines after the disk was full, and reports failure and recovery once',
    async () => {
      const path = join(temporaryFolder(), 'log');
      symlinkSync('/dev/full', path);
      const { file, events } = open(path);
      file.write('line 1\n');
      await vi.waitFor(() => expect(events).toEqual(['failed ENOSPC']));
      file.write('line 2\n');
      rmSync(path);
      file.reopen();
      await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('line 1\nline 2\n'), 5000);
      expect(events).toEqual(['failed ENOSPC', 'recovered']);
    },
  );
});
