/** A button that copies a text, and says for two seconds that it has. */
import { useEffect, useState } from 'preact/hooks';
import { usePage } from './page-context.js';

const SHOWN_MS = 2000;

export function CopyButton({
  text,
  isInList = false,
}: {
  readonly text: string;
  /** In the list of messages, which is one tab stop: reached from the message it belongs to. */
  readonly isInList?: boolean;
}) {
  const { actions } = usePage();
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => {
      setIsCopied(false);
    }, SHOWN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [isCopied]);
  const copy = () => {
    actions.copy(text);
    setIsCopied(true);
  };
  return (
    <button type="button" class="button plain" tabIndex={isInList ? -1 : undefined} onClick={copy}>
      {isCopied ? 'Copied' : 'Copy'}
    </button>
  );
}

/** A line to type elsewhere, and a button that copies it. */
export function CopyLine({ text }: { readonly text: string }) {
  return (
    <div class="copy-line">
      <code>{text}</code>
      <CopyButton text={text} />
    </div>
  );
}
