/** Cuts a message into what is shown: text, links, names of rooms, code. Nothing in it is ever markup. */

export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  /** `href` is also what is shown, never decoded: a sender cannot hide where a link goes. */
  | { readonly kind: 'link'; readonly href: string }
  | { readonly kind: 'room'; readonly name: string }
  | { readonly kind: 'code'; readonly text: string };

/** A `code` span, a link, or a room. A link ends at a space and at what cannot be in one. */
const PARTS =
  /(`{1,3})([^`\n]+)\1|\bhttps?:\/\/[^\s<>"`\u0000-\u001f]+|(?<![\w#&/])#[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}_.-]{0,63}/giu;
const CLOSING: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const AFTER_LINK = /[.,:;!?'"*_~’”»…]/u;

/** @param isRoom whether a name is that of a room that is known */
export function textParts(text: string, isRoom: (name: string) => boolean): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  const addText = (until: number) => {
    if (until > end) parts.push({ kind: 'text', text: text.slice(end, until) });
  };
  for (const match of text.matchAll(PARTS)) {
    const [found, , code] = match;
    const part = partOf(found, code, isRoom);
    if (part === null) continue;
    addText(match.index);
    parts.push(part.part);
    end = match.index + part.length;
  }
  addText(text.length);
  return parts;
}

function partOf(
  found: string,
  code: string | undefined,
  isRoom: (name: string) => boolean,
): { readonly part: TextPart; readonly length: number } | null {
  if (code !== undefined) return { part: { kind: 'code', text: code }, length: found.length };
  if (found.startsWith('#')) {
    const name = found.slice(1).replace(/[.-]+$/, '');
    return isRoom(name) ? { part: { kind: 'room', name }, length: name.length + 1 } : null;
  }
  const href = withoutEnd(found);
  return isUrl(href) ? { part: { kind: 'link', href }, length: href.length } : null;
}

/** A sentence's full stop is not of the link, nor a bracket that was opened before it. */
function withoutEnd(link: string): string {
  for (;;) {
    const last = link.at(-1) ?? '';
    const opening = CLOSING[last];
    const isOpened = opening !== undefined && link.split(opening).length >= link.split(last).length;
    const isEnd = AFTER_LINK.test(last) || (opening !== undefined && !isOpened);
    if (!isEnd) return link;
    link = link.slice(0, -1);
  }
}

function isUrl(text: string): boolean {
  try {
    return new URL(text).host !== '';
  } catch {
    return false;
  }
}
