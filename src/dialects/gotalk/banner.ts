/** The greeting of GoTalk: a banner, and the prompts for a name and a password. */

/** The default banner, drawn for Partyline. */
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

/** The banner is unchanged; a missing line end is added, so that the prompt begins a line. */
export function greetingWith(banner: string): string {
  const end = banner === '' || banner.endsWith('\n') ? '' : '\n';
  return `Welcome to TCP-Chat!\n${banner}${end}${PROMPT}`;
}
