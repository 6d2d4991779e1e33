/** The two forms of the suite: whole, and shortened by FAULT_TESTS=short, with every kind of fault in both. */
import { formOf } from '../support/form.js';

export const { shortened } = formOf('FAULT_TESTS');
