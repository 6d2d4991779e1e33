/**
 * The payload of Slack's incoming webhooks, as monitoring and forges send it, and of Mattermost's and Discord's: finds
 * the text in it. What only decorates a message (channel, name, icon, colour) is ignored.
 * https://api.slack.com/reference/messaging/payload, https://api.slack.com/reference/messaging/attachments
 */
import { plainText } from './slack-text.js';

/** The text, which may be empty; null for a body that is not such a payload. */
export function textOfPayload(body: string): string | null {
  const payload = parseObject(jsonIn(body));
  return payload === null ? null : textOf(payload);
}

type Fields = Readonly<Record<string, unknown>>;

/** JSON, or a form with JSON in its field `payload`: Sentry and older senders. */
function jsonIn(body: string): string {
  if (!/^\s*payload=/.test(body)) return body;
  return new URLSearchParams(body.trim()).get('payload') ?? '';
}

function textOf(payload: Fields): string {
  const { text, content, attachments, blocks } = payload;
  // Discord calls it `content`.
  for (const whole of [text, content]) if (hasText(whole)) return plainText(whole);
  const parts = objectsIn(attachments).map(textOfAttachment).filter(hasText);
  return (parts.length > 0 ? parts : textsOfBlocks(blocks)).join('\n');
}

function textOfAttachment({ pretext, title, title_link, text, fields, fallback, blocks }: Fields): string {
  const heading = hasText(title) && hasText(title_link) ? `${title} <${title_link}>` : title;
  const named = objectsIn(fields).map(({ title: name, value }) =>
    [name, value].filter(hasText).join(hasText(value) ? ': ' : ''),
  );
  const parts = [pretext, heading, text, ...named].filter(hasText).map(plainText);
  if (parts.length > 0) return parts.join('\n');
  return hasText(fallback) ? plainText(fallback) : textsOfBlocks(blocks).join('\n');
}

/** https://api.slack.com/reference/block-kit/blocks: those that are mostly text. */
function textsOfBlocks(blocks: unknown): readonly string[] {
  return objectsIn(blocks)
    .flatMap(({ type, text, fields, elements }): readonly unknown[] => {
      switch (type) {
        case 'header':
          return [text];
        case 'section':
          return [text, ...objectsIn(fields)];
        case 'context':
          return objectsIn(elements);
        default:
          return [];
      }
    })
    .map((object) => (isObject(object) ? object.text : ''))
    .filter(hasText)
    .map(plainText);
}

function hasText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function objectsIn(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function parseObject(json: string): Fields | null {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
