/** Names and texts as PROTOCOL §1 allows them: no look-alike of a name in use, no control character in a text. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { skeletonOf, skeleton } from '../../../src/core/text/confusables.js';
import {
  cleanText,
  foldName,
  isObsolete,
  isReserved,
  parseRoomName,
  parseUserName,
} from '../../../src/core/text/text.js';

const SPOOFS_OF_NAMAN = [
  ['NAMAN', 'another case'],
  ['nаmаn', 'Cyrillic а'],
  ['пaman', 'Cyrillic п'],
  ['nαman', 'Greek α'],
  ['Νaman', 'Greek Ν'],
  ['ΝΑΜΑΝ', 'Greek throughout'],
  ['ꓠꓮꓟꓮꓠ', 'Lisu throughout'],
  ['ոaman', 'Armenian ո'],
  ['𐌽aman', 'Gothic'],
  ['nɑman', 'Latin alpha'],
  ['naɱan', 'm with a hook'],
  ['ƞaman', 'n with a leg'],
  ['narnan', 'rn for m'],
  ['ｎａｍａｎ', 'full-width'],
  ['nａmaＮ', 'partly full-width'],
  ['𝐧𝐚𝐦𝐚𝐧', 'mathematical bold'],
  ['𝓷𝓪𝓶𝓪𝓷', 'mathematical script'],
  ['𝚗𝚊𝚖𝚊𝚗', 'mathematical monospace'],
  ['ℕaman', 'double-struck'],
  ['naⅿan', 'Roman numeral'],
  ['ⁿaman', 'superscript n'],
  ['naᵐan', 'superscript m'],
  ['ᴺᴬᴹᴬᴺ', 'superscript capitals'],
  ['ₙaₘaₙ', 'subscript'],
  ['nªman', 'ordinal'],
  ['ⓝⓐⓜⓐⓝ', 'circled'],
  ['🅝🅐🅜🅐🅝', 'negative circled'],
  ['🇳🇦🇲🇦🇳', 'regional indicators'],
  ['ɴᴀᴍᴀɴ', 'small capitals'],
  ['naᴍan', 'one small capital'],
  ['námán', 'composed diacritics'],
  ['naḿan', 'a composed diacritic on m'],
  ['nạmạn', 'dots below'],
  ['na\u0301man', 'the same diacritics, not composed'],
  ['nam\u0336an', 'struck through'],
  ['n\u20ddaman', 'enclosed'],
  ['naman\u0489', 'Cyrillic millions sign'],
  ['n\u0300\u0301\u0302\u0303aman', 'Zalgo'],
  ['nam\u1dd3an', 'a letter above'],
  ['na\u200bman', 'zero width space'],
  ['na\u200cman', 'zero width non-joiner'],
  ['na\u200dman', 'zero width joiner'],
  ['na\u2060man', 'word joiner'],
  ['naman\ufeff', 'byte order mark'],
  ['na\u00adman', 'soft hyphen'],
  ['na\u034fman', 'combining grapheme joiner'],
  ['naman\ufe0f', 'variation selector'],
  ['na\u{e0100}man', 'supplementary variation selector'],
  ['na\u180bman', 'Mongolian variation selector'],
  ['na\u{e0061}man', 'tag letter'],
  ['\u202enaman', 'bidi override'],
  ['\u2066naman\u2069', 'bidi isolates'],
  ['na\u200eman', 'direction mark'],
  ['na\u061cman', 'Arabic letter mark'],
  ['na\u{1d173}man', 'musical format character'],
  ['naman\u3164', 'Hangul filler'],
  ['naman\u115f', 'Hangul choseong filler'],
  ['naman\uffa0', 'half-width Hangul filler'],
  ['naman\u2800', 'blank Braille'],
  ['naman\u00a0', 'no-break space'],
  ['naman ', 'space'],
  ['naman\n', 'line feed'],
  ['na\u0008man', 'backspace'],
  ['na\ud800man', 'lone surrogate'],
] as const;

const SPOOFS_OF_ADMIN = [
  ['аdmin', 'Cyrillic а'],
  ['admіn', 'Cyrillic і'],
  ['ꓮꓓꓟꓲꓠ', 'Lisu throughout'],
  ['ᎪᎠᎷIN', 'Cherokee'],
  ['admiո', 'Armenian'],
  ['adm\u05d5n', 'Hebrew vav'],
  ['adm\u0627n', 'Arabic alef'],
  ['adrnin', 'rn for m'],
  ['adm1n', '1 for I'],
  ['ADM1N', '1 for I, capitals'],
  ['ADMlN', 'l for I'],
  ['admın', 'dotless'],
  ['ADMİN', 'dotted'],
  ['ādmīn', 'long vowels'],
  ['ađmin', 'struck d'],
  ['admⅰn', 'Roman numeral'],
  ['ａｄｍｉｎ', 'full-width'],
  ['ᴀᴅᴍɪɴ', 'small capitals'],
  ['ᵃᵈᵐⁱⁿ', 'superscript'],
  ['𝒶𝒹𝓂𝒾𝓃', 'mathematical script'],
  ['ad\u00admin', 'soft hyphen'],
  ['@dmin', 'at sign'],
] as const;

const SPOOFS_OF_SYSTEM = [
  ['SYSTEM', 'another case'],
  ['ѕуѕтем', 'Cyrillic throughout'],
  ['ЅУЅТЕМ', 'Cyrillic capitals'],
  ['ѕystem', 'Cyrillic ѕ'],
  ['ᏚᎽᏚᎢᎬᎷ', 'Cherokee throughout'],
  ['ᏚᎽᏚᎢᎬᎷ\u0301', 'Cherokee throughout, with a mark that Cherokee may take'],
  ['ꓢꓬꓢꓔꓰꓟ', 'Lisu throughout'],
  ['systern', 'rn for m'],
  ['SYSTEＭ', 'partly full-width'],
  ['ꜱʏꜱᴛᴇᴍ', 'small capitals'],
  ['śÿstèm', 'diacritics'],
  ['ſystem', 'long s'],
  ['syﬆem', 'ligature'],
  ['sys\u200dtem', 'zero width joiner'],
  ['𝘀𝘆𝘀𝘁𝗲𝗺', 'mathematical sans'],
] as const;

describe('a look-alike cannot be used beside the name it imitates', () => {
  it.each(SPOOFS_OF_NAMAN)(
    'a look-alike cannot be used beside the name it imitates beside naman, %s is refused (%s)',
    (typed) => expect(canCoexist(typed, 'naman')).toBe(false),
  );
  it.each(SPOOFS_OF_ADMIN)(
    'a look-alike cannot be used beside the name it imitates beside admin, %s is refused (%s)',
    (typed) => expect(canCoexist(typed, 'admin')).toBe(false),
  );
  it.each(SPOOFS_OF_SYSTEM)(
    'a look-alike cannot be used beside the name it imitates beside system, %s is refused (%s)',
    (typed) => expect(canCoexist(typed, 'system')).toBe(false),
  );
});

const SPOOFS = readFileSync(new URL('spoofs.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((row) => row.split(' '));

describe("the spoofs generated from Unicode's confusables", () => {
  it("the table of spoofs from Unicode's confusables has 500 of them", () =>
    expect(SPOOFS).toHaveLength(500));

  it('no spoof can be used beside the name it imitates, nor the name beside the spoof', () => {
    for (const [original = '', spoof = ''] of SPOOFS)
      if (canCoexist(spoof, original)) expect.fail(`${spoof} beside ${original}`);
  });
});

describe('look-alikes in Latin letters', () => {
  it.each([
    ['admln_ops', 'admin_ops'],
    ['admIn_ops', 'admin_ops'],
    ['adm1n_ops', 'admin_ops'],
    ['ian', 'lan'],
    ['10bby7', 'lobby7'],
    ['rnod', 'mod'],
    ['vvanda', 'Wanda'],
    ['VVanda', 'wanda'],
    ['ann_', 'ann-'],
    ['a.b', 'a_b'],
    ['a-b', 'a_b'],
    ['ɓoƀ', 'bob'],
    ['ⱥnn', 'ann'],
    ['Ⱥnn', 'ANN'],
    ['ɗanił', 'danil'],
    ['ꞓaꞓa', 'caca'],
    ['paʋl', 'paul'],
    ['daʋe', 'dave'],
    ['aŋŋ', 'ann'],
    ['қат', 'кат'],
  ])('the name %s cannot be used beside %s', (typed, original) =>
    expect(canCoexist(typed, original)).toBe(false),
  );
});

describe('modifier letters', () => {
  it.each(['adminˍops', 'ʻokina', 'annʹ', 'a\ua71b', 'ann\u02b0'])(
    'a name with a modifier letter such as %s is obsolete',
    (typed) => {
      const name = parseUserName(typed);
      expect(name === null || isObsolete(name)).toBe(true);
    },
  );
});

describe('reserved names', () => {
  it.each(['system', 'Server', 'LOBBY', 'everyone', 'you', 'HTTP', 'NickServ', 'chanserv'])(
    'the name %s is reserved',
    (typed) => {
      expect(isReservedName(typed)).toBe(true);
    },
  );

  it.each(['ѕуѕтем', 'systern', 'l0bby', 'Iobby', '1obby', 'y0u', 'YОU', 'sërver', 'ꓬꓳꓴ'])(
    'the name %s looks like a reserved name, so it is reserved or invalid',
    (typed) => expect(parseUserName(typed) === null || isReservedName(typed)).toBe(true),
  );

  it.each(['systems', 'serve', 'bobby', 'young', 'naman'])('the name %s is not reserved', (typed) => {
    expect(isReservedName(typed)).toBe(false);
  });
});

const VALID_NAMES = `naman Ann_2 j.doe jean-luc 007 José Łukasz Bjørn Nguyễn İbrahim straße Ɓala Ọláwálé
  Ελένη Ωμέγα_7 Γιώργος Владимир Ђорђе Қайрат Їжак-2 محمد فاطمة_2 علی٣ مُحَمَّد נועם דוד-5 שָׁלוֹם नमन क्षितिज हिन्दी२
  বাংলা தமிழ் భాష ಕನ್ನಡ മലയാളം සිංහල ਪੰਜਾਬੀ ગુજરાતી ଓଡ଼ିଆ สมชาย น้ำฝน ລາວ ខ្មែរ မြန်မာ བོད さくら タロウ ﾊﾟﾊﾟ
  田中さくら_2 コーヒー 佐々木 김민준 金민준 王小明 王.ㄨㄤ Հայկ ნინო አበበ ᏣᎳᎩ ދިވެހި ⵣⵉⵔⵉ ߒߞߏ ᐃᓄᒃ 𞤀𞤣𞤤𞤢𞤥 ٣٤`.split(
  /\s+/,
);

describe('a valid name', () => {
  it.each(VALID_NAMES)('the name %s is valid for users and rooms', (typed) => {
    expect(parseUserName(typed)?.shown).toBe(typed.normalize('NFC'));
    expect(parseRoomName(`#${typed}`)?.shown).toBe(typed.normalize('NFC'));
  });

  it.each([
    ['パパ', 'ハハ'],
    ['భాష', 'భావ'],
    ['น้ำ', 'น้า'],
    ['نبيل', 'تبيل'],
    ['bob', 'bop'],
    ['ann_', 'ann'],
    ['ann-phone', 'ann'],
    ['ann__', 'ann_'],
    ['Мария', 'Марина'],
    ['u1', 'u2'],
  ])('the name %s can be used beside %s', (one, other) => expect(canCoexist(one, other)).toBe(true));

  it('the maximum length of a name is counted in characters', () => {
    expect(parseUserName('я'.repeat(32))).not.toBeNull();
    expect(parseUserName('𞤀'.repeat(32))).not.toBeNull();
    expect(parseUserName('a\u0301'.repeat(32))?.shown).toBe('á'.repeat(32));
    expect(parseRoomName(`#${'x'.repeat(64)}`)).not.toBeNull();
    for (const char of ['x', 'я', '𞤀', 'e\u0301']) {
      expect(parseUserName(char.repeat(33))).toBeNull();
      expect(parseRoomName(char.repeat(65))).toBeNull();
    }
  });

  it('a name is shown in NFC, and every spelling of it folds to the same name', () => {
    const name = parseUserName('Jose\u0301');
    expect(name?.shown).toBe('José');
    for (const typed of ['JOSÉ', 'josé', 'jose\u0301', 'ｊｏｓé']) expect(foldName(typed)).toBe(name?.fold);
    for (const typed of ['STRASSE', 'STRAẞE']) expect(foldName(typed)).toBe(foldName('straße'));
    expect(foldName('ΟΔΥΣΣΕΎΣ')).toBe(foldName('οδυσσεύσ'));
  });

  it('a name as shown parses to the same name again', () => {
    const name = fc.constantFrom(...VALID_NAMES, 'Ｎａｍａｎ', 'ŉ', 'ẞa', 'ΐα', 'ﷲ', 'ﬃ');
    const typed = fc.oneof(
      name,
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(typed, (raw) => {
        const parsed = parseUserName(raw);
        if (parsed === null) return;
        expect(parseUserName(parsed.shown)).toEqual(parsed);
        expect(foldName(parsed.fold)).toBe(parsed.fold);
        expect(parsed.skeletons).toContain(skeletonOf(parsed.fold));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('an invalid name', () => {
  it.each([
    ['', 'empty'],
    ['_naman', 'does not begin with a letter or digit'],
    ['-x', 'does not begin with a letter or digit'],
    ['.', 'does not begin with a letter or digit'],
    ['\u0903', 'begins with a mark'],
    ['a b', 'holds a space'],
    ['a/b', 'holds a symbol'],
    ['a#', 'holds a symbol'],
    ['##a', 'holds a symbol'],
    ['na😀', 'holds an emoji'],
    ['a\u0660', 'digits of another script'],
    ['नमन\u0663', 'digits of another script'],
    ['ａ１', 'full-width digits, which belong to no script'],
    ['яa', 'two scripts'],
    ['さくらx', 'two scripts'],
    ['한글かな', 'scripts that no language mixes'],
    ['नमनก', 'two scripts'],
    ['क\u0e34', 'a mark of another script'],
    ['น\u0e49\u0e49', 'the same mark twice in a row'],
    ['مح\u0640مد', 'stretched by a tatweel'],
    ['ﷺ', 'invalid once folded'],
    ['𐌲𐌿𐍄', 'a script of no living language'],
  ])('the name %j is refused: %s', (typed) => {
    expect(parseUserName(typed)).toBeNull();
    expect(parseRoomName(typed)).toBeNull();
  });
});

it('the fast path for ASCII gives the same skeletons as the table of Unicode', () => {
  const ascii = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/);
  fc.assert(fc.property(ascii, (name) => skeletonOf(name) === skeleton(name)));
  for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-') {
    expect(skeletonOf(char)).toBe(skeleton(char));
  }
});

/** The characters that PROTOCOL §1 forbids, range by range. TAB is the only allowed one of C0. */
const FORBIDDEN =
  `0-8 A-1F 7F-9F 202A-202E 2066-2069 2028 2029 AD 61C 180E 200B 200E 200F 2060-2064 206A-206F FEFF
  FFF9-FFFB E0000-E007F`
    .split(/\s+/)
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map((hex) => Number.parseInt(hex, 16));
      return Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i));
    });

const LONE_SURROGATE = /\p{Surrogate}/u;

describe('cleanText', () => {
  it('cleanText removes forbidden characters at every position', () => {
    for (const bad of FORBIDDEN) {
      expect(cleanText(bad)).toBe('');
      expect(cleanText(`${bad}nà${bad}${bad}man${bad}`)).toBe('nàman');
    }
  });

  it('cleanText keeps every other character unchanged', () => {
    const forbidden = new Set(FORBIDDEN);
    for (let code = 0; code <= 0x10ffff; code++) {
      const char = String.fromCodePoint(code);
      if (forbidden.has(char) || LONE_SURROGATE.test(char)) continue;
      if (cleanText(char) !== char) expect.fail(code.toString(16));
    }
  });

  it.each([
    'plain ASCII, ~ and all',
    'a\ttab',
    '  spaces stay  ',
    'می\u200cخواهم', // ZWNJ separates letters
    'क्\u200dष', // ZWJ joins letters
    '👩\u200d👩\u200d👧 ❤\ufe0f 👍🏽 🇳🇱 1\ufe0f\u20e3', // emoji
    'na\u0308ive \u00a0 Zoë',
    '',
  ])('cleanText keeps %j unchanged', (raw) => expect(cleanText(raw)).toBe(raw));

  it.each([
    ['\u001b[31mred\u001b[0m', '[31mred[0m'],
    ['hi\r\nMSG system forged', 'hiMSG system forged'],
    ['hi\u2028MSG system forged', 'hiMSG system forged'],
    ['\u202egnp.exe', 'gnp.exe'],
    ['a\ud800b\udc00c', 'a\ufffdb\ufffdc'],
    ['\ud83d\u200b\ude00', '\ufffd\ufffd'], // does not become an emoji
    ['\udb40\u200b\udc01', '\ufffd\ufffd'], // nor a tag character
    ['🏴\u{e0067}\u{e0062}\u{e007f}', '🏴'],
  ])('cleanText makes of %j the text %j', (raw, sent) => expect(cleanText(raw)).toBe(sent));

  it('a clean text is not changed by a second cleaning', () => {
    const unit = fc.oneof(
      fc.constantFrom(...FORBIDDEN, '\t', '\u200c', '\u200d'),
      fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code)),
      fc.string({ unit: 'binary', maxLength: 2 }),
    );
    fc.assert(
      fc.property(
        fc.array(unit).map((units) => units.join('')),
        (raw) => {
          const clean = cleanText(raw);
          expect(cleanText(clean)).toBe(clean);
          expect(clean).not.toMatch(LONE_SURROGATE);
          expect(FORBIDDEN.some((bad) => clean.includes(bad))).toBe(false);
        },
      ),
    );
  });
});

/** Whether `typed` can be used as a name while `original` is in use. */
function canCoexist(typed: string, original: string): boolean {
  const name = parseUserName(typed);
  const taken = parseUserName(original);
  if (taken === null) throw new Error(`invalid user name: ${original}`);
  if (name === null || isObsolete(name)) return false;
  return !name.skeletons.some((one) => taken.skeletons.includes(one));
}

function isReservedName(typed: string): boolean {
  const name = parseUserName(typed);
  return name !== null && isReserved(name);
}
