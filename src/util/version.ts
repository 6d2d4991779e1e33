/** The version of this package, for `--version` and the log. `npm run generate` writes it from package.json. */
export const VERSION = '0.1.0';
