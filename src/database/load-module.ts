/**
 * Loads a module by name at run time, synchronously and outside of what a bundler sees: only the driver that is used is
 * loaded, and a missing one is an error that can be explained.
 */
import { createRequire } from 'node:module';

/** @throws an error with the code MODULE_NOT_FOUND or ERR_UNKNOWN_BUILTIN_MODULE */
export function loadModule<Module>(name: string): Module {
  const load = createRequire(moduleBase());
  const module: Module = load(name);
  return module;
}

/** Where packages are looked for, if this code is not in a file. */
let basePath: string | null = null;

/** For code that a worker thread runs from a text: `path` is the `moduleBase` of the thread that started it. */
export function setModuleBase(path: string): void {
  basePath = path;
}

/** In a bundle of format CJS `import.meta.url` is empty; there `__filename` exists. */
export function moduleBase(): string {
  return basePath ?? (typeof __filename === 'string' ? __filename : import.meta.url);
}
