/** The text of the payloads that Slack's senders send. The files have the shape that each of them makes. */
import { describe, expect, it } from 'vitest';
import { cutLines } from '../../../../../src/net/http/api/hooks/cut.js';
import { textOfPayload } from '../../../../../src/net/http/api/hooks/slack-payload.js';
import { plainText } from '../../../../../src/net/http/api/hooks/slack-text.js';
import { payload } from './payloads.js';

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  grafana: [
    '@here @S0123',
    '[FIRING:1] Disk almost full (ops db1) http://grafana.example.org:3000/alerting/grafana/abc/view?orgId=1',
    '**Firing**',
    'Value: A=93.4',
    'Labels:',
    ' - alertname = Disk almost full',
    ' - host = db1',
    'Annotations:',
    ' - summary = /var is at 93 %',
  ],
  alertmanager: ['[FIRING:2] InstanceDown (job=node) | http://am.example.org:9093/#/alerts?receiver=ops'],
  gitea: [
    '[ann/app (http://git.example.org/ann/app):main (http://git.example.org/ann/app/src/branch/main)] 2 new commits (http://git.example.org/ann/app/compare/a...b) pushed by ann',
  ],
  gitlab: [
    'Pipeline #7 has failed in 01:12 http://gitlab.example.org/ann/app/-/pipelines/7/failures',
    'Branch: main (http://gitlab.example.org/ann/app/-/commits/main)',
    'Failed job: test (http://gitlab.example.org/ann/app/-/jobs/3)',
  ],
  sentry: [
    'TypeError: x is undefined http://sentry.example.org/shop/issues/12/?referrer=slack',
    'Culprit: cart.js in total',
    'Project: shop',
    'Triggered By: new issues (http://sentry.example.org/shop/settings/alerts/rules/1/)',
  ],
  'uptime-kuma': ['Uptime Kuma Alert', '[Shop] [🔴 Down] connect ECONNREFUSED 192.0.2.7:443 @channel'],
};

const LIMITS = { maxLines: 200, maxBytes: 16 * 1024, maxLineBytes: 4096 };

function linesOf(body: string): readonly string[] | null {
  const text = textOfPayload(body);
  return text === null ? null : cutLines(text, LIMITS);
}

describe('the text of a webhook payload', () => {
  it.each(Object.entries(EXPECTED))('the payload of %s becomes lines of text', (name, lines) => {
    expect(linesOf(payload(name))).toEqual(lines);
  });

  it('a form with the payload in a field, as Sentry sends it, is read like JSON', () => {
    const form = new URLSearchParams({ payload: payload('sentry') }).toString();
    expect(linesOf(form)).toEqual(EXPECTED.sentry);
  });

  it('the text of a payload replaces its attachments, and these replace its blocks', () => {
    const blocks = [{ type: 'header', text: { type: 'plain_text', text: 'from a block' } }];
    const attachments = [{ text: 'from an attachment' }, { pretext: 'and another' }];
    expect(linesOf(JSON.stringify({ text: 'from text', attachments, blocks }))).toEqual(['from text']);
    expect(linesOf(JSON.stringify({ text: ' ', attachments, blocks }))).toEqual([
      'from an attachment',
      'and another',
    ]);
    expect(linesOf(JSON.stringify({ attachments: [{ color: 'red' }], blocks }))).toEqual(['from a block']);
  });

  it('blocks of header, section and context become text, and other blocks are left out', () => {
    const blocks = [
      { type: 'header', text: { type: 'plain_text', text: 'Deploy' } },
      { type: 'divider' },
      {
        type: 'section',
        text: { type: 'mrkdwn', text: '*done*' },
        fields: [{ type: 'mrkdwn', text: 'on <https://h|host>' }],
      },
      {
        type: 'context',
        elements: [
          { type: 'image', image_url: 'x' },
          { type: 'mrkdwn', text: 'by <@U12>' },
        ],
      },
      { type: 'actions', elements: [{ type: 'button', text: { text: 'Undo' } }] },
    ];
    expect(linesOf(JSON.stringify({ blocks }))).toEqual([
      'Deploy',
      '*done*',
      'on host (https://h)',
      'by @U12',
    ]);
    expect(linesOf(JSON.stringify({ attachments: [{ color: '#fff', blocks }] }))).toHaveLength(4);
  });

  it('the fallback of an attachment is used only if it has no other text', () => {
    const withTitle = { attachments: [{ fallback: 'f', title: 't', text: '' }] };
    expect(linesOf(JSON.stringify(withTitle))).toEqual(['t']);
    expect(linesOf(JSON.stringify({ attachments: [{ fallback: 'f', text: '' }] }))).toEqual(['f']);
  });

  it("Discord's content is the text", () => {
    expect(linesOf('{"content":"hi","embeds":[{"title":"x"}]}')).toEqual(['hi']);
  });

  it('a payload without text is empty, and what is no JSON object is none', () => {
    expect(linesOf('{"channel":"#ops"}')).toEqual([]);
    for (const body of ['', 'hi', '[]', '"hi"', 'null', 'payload=', '{"text":'])
      expect(textOfPayload(body)).toBeNull();
  });

  it('values of a wrong type in a payload are ignored', () => {
    const odd = {
      text: 7,
      attachments: [null, 'x', { title: ['a'], fields: {} }],
      blocks: { type: 'header' },
    };
    expect(linesOf(JSON.stringify(odd))).toEqual([]);
  });
});

describe("Slack's markup", () => {
  it.each([
    ['<https://h/a?b=1&amp;c=2|the label>', 'the label (https://h/a?b=1&c=2)'],
    ['<https://h>', 'https://h'],
    ['<https://h|https://h>', 'https://h'],
    ['<mailto:a@b.org|a@b.org>', 'a@b.org (mailto:a@b.org)'],
    ['<@U123> <@U123|bob> <#C1|ops> <!here> <!subteam^S1|@sre>', '@U123 @bob #ops @here @sre'],
    ['<!date^1392734382^{date}|Feb 18>', 'Feb 18'],
    ['1 &lt; 2 &amp;&amp; 3 &gt; 2', '1 < 2 && 3 > 2'],
    ['&amp;lt;', '&lt;'],
    ['*bold* _italic_ `code`', '*bold* _italic_ `code`'],
    ['a < b > c <br>', 'a < b > c <br>'],
  ])('the markup %s is shown as %s', (markup, plain) => {
    expect(plainText(markup)).toBe(plain);
  });
});

describe('a long text', () => {
  const numbered = (count: number) => Array.from({ length: count }, (_, at) => `line ${at + 1}`);

  it('a text of 233 lines is cut to 199, and the number of the others is told', () => {
    expect(cutLines(numbered(200).join('\n'), LIMITS)).toEqual(numbered(200));
    expect(cutLines(numbered(233).join('\n'), LIMITS)).toEqual([...numbered(199), '… 34 lines more']);
  });

  it('a text of more than 16 KiB is cut, and stays within it', () => {
    const lines = cutLines(Array.from({ length: 20 }, () => 'x'.repeat(1000)).join('\n'), LIMITS);
    expect(lines.at(-1)).toBe('… 4 lines more');
    expect(Buffer.byteLength(lines.join(''))).toBeLessThanOrEqual(16 * 1024);
  });

  it('a line that is too long is cut between two characters', () => {
    const [line = ''] = cutLines('ä'.repeat(3000), LIMITS);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(4096);
    expect(line).toMatch(/^ä+…$/);
  });

  it('empty lines are left out', () => {
    expect(cutLines('a\n\n \r\nb\n', LIMITS)).toEqual(['a', 'b']);
  });
});
