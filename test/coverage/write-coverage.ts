/** Writes the coverage at the end of each test file: vitest stops its workers by a signal, and then Node writes none. */
import { takeCoverage } from 'node:v8';
import { afterAll } from 'vitest';

afterAll(takeCoverage);
