/** What GoTalk shows to whoever connects, before it asks for a name. */

/** Drawn for Partyline. */
export const PENGUIN = String.raw`
          .-"""-.
         /  o o  \
        |   \_/   |
       /|  .---.  |\
      / | /     \ | \
     (  ||       ||  )
      '-||       ||-'
         \       /
        .-'-----'-.
       (___)   (___)
`.slice(1);

export const PROMPT = '[ENTER YOUR NAME]: ';
export const PASSWORD_PROMPT = '[ENTER YOUR PASSWORD]: ';

/** The banner is shown as it is, and the prompt begins a line of its own. */
export function greetingWith(banner: string): string {
  const end = banner === '' || banner.endsWith('\n') ? '' : '\n';
  return `Welcome to TCP-Chat!\n${banner}${end}${PROMPT}`;
}
