/** Whether a node that joins a cluster has data of its own. */
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/database/open.js';
import { isEmpty } from '../../src/server/cluster.js';
import { migrations } from '../../src/server/migrations.js';
import { message } from '../history/common.js';
import { DiskHistory } from '../support/disk-history.js';
import { temporaryFolder } from '../support/folders.js';

it('a data file with one message is not empty, whether or not the message has its row', () => {
  const file = openDatabase(temporaryFolder(), migrations);
  onTestFinished(() => file.close());
  const history = new DiskHistory(file.database);
  expect(isEmpty(file.database)).toBe(true);

  history.append(message(1));
  history.commit();
  expect(isEmpty(file.database)).toBe(false);

  history.index();
  expect(isEmpty(file.database)).toBe(false);
});
