/** The search in the open room, over its messages. A hit opens the place. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Message } from '../model/state.js';
import { focusComposer } from './focus.js';
import { IconButton } from './icon.js';
import { Name } from './name.js';
import { usePage } from './page-context.js';
import { clock, dayName, Time } from './time.js';
import { tracked } from './tracked.js';

export const SearchPanel = tracked(() => {
  const { state, actions } = usePage();
  const search = state.search.value;
  const [words, setWords] = useState(search?.words ?? '');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.select();
  }, []);
  if (search === null) return null;
  const { room, results, isBusy, error } = search;
  const close = () => {
    actions.closeSearch();
    focusComposer();
  };
  return (
    <section class="search" aria-label={`Search in #${room}`}>
      <div class="bar room-bar">
        <form
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            if (words.trim() !== '') actions.runSearch(words.trim());
          }}
        >
          <input
            ref={field}
            class="field"
            type="search"
            aria-label={`Search #${room}`}
            placeholder={`Search #${room}: whole words, all of them`}
            autocomplete="off"
            enterkeyhint="search"
            value={words}
            onInput={(event) => {
              // Ctrl-K and then / is how other programs begin a search.
              setWords(event.currentTarget.value.replace(/^\//, ''));
            }}
          />
          <button class="button primary" aria-disabled={isBusy}>
            Find
          </button>
        </form>
        <IconButton icon="close" name="Close" onClick={close} />
      </div>
      <div class="scroll">
        <p class="note-line" role="status">
          {statusOf(results, isBusy)}
        </p>
        {error !== null && (
          <p class="note-line error" role="alert">
            {error}
          </p>
        )}
        <ul class="results" aria-label="Results">
          {results?.toReversed().map((message) => (
            <Hit key={message.key} message={message} words={search.words} />
          ))}
        </ul>
      </div>
    </section>
  );
});

function statusOf(results: readonly Message[] | null, isBusy: boolean): string {
  if (isBusy) return 'Searching…';
  if (results === null) return '';
  if (results.length === 0) return 'Nothing found. Messages are found by whole words.';
  return results.length === 1 ? '1 message' : `${results.length} messages, newest first`;
}

function Hit({ message, words }: { readonly message: Message; readonly words: string }) {
  const { actions } = usePage();
  const { id, from, at, text } = message;
  return (
    <li>
      <button
        type="button"
        class="hit"
        onClick={() => {
          if (id === null) return;
          actions.openHit(id);
          actions.closeSearch();
        }}
      >
        <span class="hit-head">
          <Name name={from} extra="from" />
          <Time at={at} shown={`${dayName(at, Date.now())}, ${clock(at)}`} />
        </span>
        <span class="hit-text" dir="auto">
          <Marked text={text} words={words} />
        </span>
      </button>
    </li>
  );
}

function Marked({ text, words }: { readonly text: string; readonly words: string }) {
  const wanted = new Set(words.toLowerCase().split(/[^\p{L}\p{N}]+/u));
  const parts = text.split(/([\p{L}\p{N}\p{M}]+)/u);
  return (
    <>{parts.map((part) => (part !== '' && wanted.has(part.toLowerCase()) ? <mark>{part}</mark> : part))}</>
  );
}
