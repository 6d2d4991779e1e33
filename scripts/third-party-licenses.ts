/** Collects the licences of the packages in a bundle: most of them require that their text goes with each copy. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LEGAL_TEXT = /^(?:licen[cs]e|copying|notice|copyright)(?:[.-].*)?$/i;
const RULE = '-'.repeat(80);

/** The names, versions and legal texts of the packages that these files of `node_modules` belong to. */
export function thirdPartyLicenses(root: string, files: readonly string[]): string {
  const folders = new Set(files.flatMap((file) => packageFolder(file) ?? []));
  // A package may be there twice, in the same version.
  const parts = new Set([...folders].map((folder) => licenceOf(join(root, folder))).sort());
  return `Partyline contains these packages.\n\n${[...parts].join('\n')}`;
}

/** Such as `node_modules/a/node_modules/@b/c` for a file in it; null for a file of Partyline itself. */
function packageFolder(file: string): string | null {
  const [folder] = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? [];
  return folder ?? null;
}

/** @throws Error if the package has no text of a licence: it must not be distributed. */
function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder)
    .filter((file) => LEGAL_TEXT.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  if (texts.length === 0)
    throw new Error(`no licence in ${folder}; add its text here, or do without ${name}`);
  return `${RULE}\n${name} ${version} (${license})\n${RULE}\n${texts.join('\n\n')}\n`;
}
