/**
 * Slack's markup as plain text: links, mentions and entities (https://api.slack.com/reference/surfaces/formatting). Marks
 * such as `*bold*` stay as they are typed.
 */

/** `<https://host|label>`, `<@U123>`, `<#C123|room>`, `<!here>`; any other text in angles is not markup. */
const ANGLES = /<((?:[@#!]|[a-z][a-z\d+.-]*:)[^<>\n]+)>/gi;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&amp;', '&'],
]);

/**
 * @example plainText('<https://ci.example.org/42|build 42> failed, <!here>') // 'build 42 (https://ci.example.org/42) failed, @here'
 */
export function plainText(markup: string): string {
  return markup
    .replace(ANGLES, (_, inside: string) => textOfAngles(inside))
    .replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES.get(entity) ?? entity);
}

function textOfAngles(inside: string): string {
  const bar = inside.indexOf('|');
  const target = (bar < 0 ? inside : inside.slice(0, bar)).trim();
  const label = bar < 0 ? '' : inside.slice(bar + 1).trim();
  switch (target[0]) {
    case '@':
      return `@${(label || target.slice(1)).replace(/^@/, '')}`;
    case '#':
      return `#${(label || target.slice(1)).replace(/^#/, '')}`;
    case '!':
      return textOfCommand(target.slice(1), label);
    default:
      return label === '' || label === target ? target : `${label} (${target})`;
  }
}

/** `<!here>`, `<!subteam^S123|@ops>`, and `<!date^1392734382^{date}|2014-02-18>`, whose label is for those without dates. */
function textOfCommand(command: string, label: string): string {
  const [name = ''] = command.split('^');
  if (name === 'date') return label;
  return `@${(label || command.replace(/^subteam\^/, '')).replace(/^@/, '')}`;
}
