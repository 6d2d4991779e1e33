/** The rows of the list of messages: messages, pastes, rules between days, and what happened in the room. */
import type { Message, Row } from '../model/state.js';
import { CopyButton } from './copy-button.js';
import { Name } from './name.js';
import { usePage } from './page-context.js';
import { PasteBlock } from './paste-block.js';
import { RichText } from './rich-text.js';
import { clock, dayName, Time } from './time.js';

export function RowView({ row }: { readonly row: Row }) {
  switch (row.kind) {
    case 'day':
      return <div class="rule">{dayName(row.at, Date.now())}</div>;
    case 'new':
      return <div class="rule new">New</div>;
    case 'message':
      return <MessageRow message={row.message} isFirst={row.isFirst} />;
    case 'paste':
      return <PasteRow messages={row.messages} isFirst={row.isFirst} />;
    case 'presence':
    case 'notice':
      return (
        <div class="folded">
          <Time at={row.at} />
          <span dir="auto">{row.text}</span>
        </div>
      );
    case 'gap':
      return <GapRow gapKey={row.key} count={row.count} isLoading={row.isLoading} />;
    case 'reset':
      return <div class="rule">The server began anew; older messages are gone</div>;
    default:
      return row satisfies never;
  }
}

function MessageRow({ message, isFirst }: { readonly message: Message; readonly isFirst: boolean }) {
  const { isAction, isKept, text, from, state } = message;
  return (
    <div
      role="listitem"
      tabIndex={-1}
      class={classOf(message, isFirst)}
      data-id={message.id ?? undefined}
      data-from={from}
      data-state={state}
    >
      <Head message={message} isFirst={isFirst} />
      <div class="text" dir="auto">
        {isAction && (
          <>
            <Name name={from} extra="from" />{' '}
          </>
        )}
        <RichText text={text} />
      </div>
      {isKept && <div class="kept">Offline: delivered at the next login.</div>}
      {state === 'failed' && <Failure message={message} text={text} />}
    </div>
  );
}

function PasteRow({
  messages,
  isFirst,
}: {
  readonly messages: readonly Message[];
  readonly isFirst: boolean;
}) {
  const [first] = messages;
  if (first === undefined) return null;
  const text = messages.map((message) => message.text).join('\n');
  return (
    <div
      role="listitem"
      tabIndex={-1}
      class={classOf(first, isFirst)}
      data-id={first.id ?? undefined}
      data-from={first.from}
      data-state={first.state}
    >
      <Head message={first} isFirst={isFirst} />
      <PasteBlock messages={messages} />
      {first.state === 'failed' && <Failure message={first} text={text} />}
    </div>
  );
}

function classOf({ isAction, isMention }: Message, isFirst: boolean): string {
  return `message${isFirst ? ' head' : ''}${isAction ? ' action' : ''}${isMention ? ' mention' : ''}`;
}

/** The time in the gutter, and the name above the first of a group. Others have the name for screen readers. */
function Head({ message, isFirst }: { readonly message: Message; readonly isFirst: boolean }) {
  const { at, from, state, isAction } = message;
  return (
    <>
      <Time at={at} shown={SIGNS[state] ?? clock(at)} />
      {!isAction && (isFirst ? <Name name={from} extra="from" /> : <span class="vh">{from}: </span>)}
    </>
  );
}

/** In place of the time, while a message is not stored. */
const SIGNS: Readonly<Record<Message['state'], string | null>> = { waiting: '…', failed: '!', stored: null };

function Failure({ message: { key, failure }, text }: { readonly message: Message; readonly text: string }) {
  const { actions } = usePage();
  return (
    <div class="failed">
      <span role="alert">{failure === '' ? 'Not sent.' : failure}</span>
      <button
        type="button"
        class="button plain"
        onClick={() => {
          actions.retry(key);
        }}
      >
        Try again
      </button>
      <CopyButton text={text} />
      <button
        type="button"
        class="button plain"
        onClick={() => {
          actions.discard(key);
        }}
      >
        Discard
      </button>
    </div>
  );
}

function GapRow({
  gapKey,
  count,
  isLoading,
}: {
  readonly gapKey: string;
  readonly count: number;
  readonly isLoading: boolean;
}) {
  const { actions } = usePage();
  return (
    <div role="listitem" class="gap">
      <span>Some messages are not loaded here.</span>
      <button
        type="button"
        class="button"
        aria-disabled={isLoading}
        onClick={() => {
          if (!isLoading) actions.loadGap(gapKey);
        }}
      >
        {isLoading ? 'Loading…' : `Load ${count} messages`}
      </button>
    </div>
  );
}
