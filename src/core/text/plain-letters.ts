/**
 * Letters that are another letter with a stroke, a hook, a tail or the like, as Unicode's names of them say, and
 * letters that Unicode 17 calls confusable with another one. Unhomoglyph's table, which is older, keeps each of them
 * apart from the plain letter.
 */

/** A group begins with the plain letter. Capitals are listed where only they are missing from unhomoglyph's table. */
const GROUPS = `aᶏⱥɑᶐ bᵬᶀꞗɃƁƋᑳ cƈɕꞓꞔ𝼝Ȼငၚ dȡᵭᶁᶑꟈƊ eᶒⱸꬴ fᶂẜ gꞡꬶƓ hⱨꞕⱧꞪᏲᏺ iᶖ𝼚ւ kᶄⱪꝁꝃꝅꞣƘ lȴɬᶅⱡꝉꞎꬷꬸꬹ𝼑𝼓ȽⱢ
  mᶆꬺⱮ nȵɲᶇꞑꞥꬻȠŋꬼ𝼔ղ oⱺꝍ𝼛០ۿ pᵱᶈꝑꝓꝕⱣƤþꝥꝧƿϸ qɋꝗꝙ rɾᵳᶉꞧꭉ𝼖ɌⱤ sȿᶊꞩꟊ𝼞Ʂട tƫȶʈⱦ𝼉Ƭ uᶙꞹџ vʋᶌⱱⱴꝟ wⱳш xᶍꭖꭗꭘꭙ
  yƳỾ zɀʑᶎⱬ 3३૩ ȷɟʄ ɔᶗ əɚᶕ ɛᶓ ɜɝᶔ ɥʮʯ ɮ𝼅 ɯɰ ɹɺɻⱹꭨ𝼈𝼕 ʃʆᶋᶘ𝼋𝼌 ʇ𝼍 ʉꭏ ʎ𝼆 ʒƺʓᶚ𝼘 ʣʥꭦ ʤ𝼒𝼙 ʦꭧ ʧ𝼗𝼜
  гґҕӷӻ йҋ кҝӄ лԓԡԯ нԣԩ пҧԥ рҏ тꚋ хҳӽӿ чҷҹ һԧ ᴑᴓ ꜧɧ ꭃꭄ ꭈꭊ ꭋꭌ ꭓꭔ`;

const PLAIN_OF = new Map(GROUPS.split(/\s+/).flatMap(pairsOf));
const MARKED_LETTER = new RegExp(`[${[...PLAIN_OF.keys()].join('')}]`, 'gu');

/** Replaces each letter with a stroke, a hook or a tail by its plain letter, in small. */
export function plainLetters(text: string): string {
  return text.replace(MARKED_LETTER, (letter) => PLAIN_OF.get(letter) ?? letter);
}

function pairsOf(group: string): [marked: string, plain: string][] {
  const [plain = '', ...marked] = group;
  return marked.flatMap((letter) =>
    [letter, letter.toUpperCase()].map((form): [string, string] => [form, plain]),
  );
}
