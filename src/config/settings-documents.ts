/** The documents that are generated from the table of settings: `.env.example` and the table of docs/settings.md. */
import { type Group, type Setting, settings, usageOf } from './settings.js';

/** The text of `.env.example`: every setting with its default, so that a copy of the file changes nothing. */
export function exampleEnv(): string {
  const intro = [
    '# The settings of Partyline with their defaults. Copy this file to .env, and change values there.',
    '# An environment variable overrides .env, and a flag (--idle-timeout 5) overrides both.',
    '# The file is UTF-8. A # begins a comment only at the start of a line or after a blank.',
  ];
  const groups = settingGroups().map(([group, members]) => [
    `# ${group}`,
    ...members.flatMap((setting) => [
      `# ${setting.env} (${setting.kind.unit}): ${setting.help}`,
      `${setting.env}=${setting.default}`,
    ]),
  ]);
  return `${[intro, ...groups].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The table of docs/settings.md in Markdown, without a line end at the end. */
export function settingsTable(): string {
  const rows = settings.map(
    (setting) =>
      `| \`${setting.env}\` | ${setting.kind.isSecret ? 'none' : `\`${usageOf(setting)}\``} | ${setting.default === '' ? 'none' : `\`${setting.default}\``} | ${setting.help} |`,
  );
  return ['| setting | flag | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function settingGroups(): [Group, Setting[]][] {
  const groups = new Map<Group, Setting[]>();
  for (const setting of settings) groups.set(setting.group, [...(groups.get(setting.group) ?? []), setting]);
  return [...groups];
}
