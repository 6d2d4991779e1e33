/** Applies SQLITE_DRIVER to the tests that open a data file in their own process; the command line reads it itself. */
import { forceDriver } from '../../src/database/driver.js';

forceDriver(process.env.SQLITE_DRIVER ?? '');
