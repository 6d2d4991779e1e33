/** A user's name, isolated from the direction of the text around it, in the colour that belongs to it. */
import { colourOf } from './name-colour.js';

export function Name({ name, extra = '' }: { readonly name: string; readonly extra?: string }) {
  return <bdi class={`${extra} c${colourOf(name)}`}>{name}</bdi>;
}
