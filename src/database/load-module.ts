/**
 * Loads a module by name at run time, synchronously and outside of what a bundler sees: only the driver that is used is
 * loaded, and a missing one is an error that can be explained.
 */
import { createRequire } from 'node:module';

/** @throws an error with the code MODULE_NOT_FOUND or ERR_UNKNOWN_BUILTIN_MODULE */
export function loadModule<Module>(name: string): Module {
  const load = createRequire(ownPath());
  const module: Module = load(name);
  return module;
}

/** In a bundle of format CJS `import.meta.url` is empty; there `__filename` exists. */
function ownPath(): string {
  return typeof __filename === 'string' ? __filename : import.meta.url;
}
