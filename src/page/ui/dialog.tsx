/** A dialog over the page, and the form that most dialogs are: fields, what failed, and two buttons. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { focusComposer } from './focus.js';
import { IconButton } from './icon.js';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, onClose, children }: DialogProps) {
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener !== document.body && opener.isConnected) opener.focus();
      else focusComposer();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <h2 id={titleId}>{title}</h2>
      <div class="dialog-body">{children}</div>
      {/* The last in the order of the keyboard: the focus begins in the first field. */}
      <IconButton icon="close" name="Close" onClick={onClose} />
    </dialog>
  );
}

interface FormDialogProps extends DialogProps {
  /** The text of the button that does it. */
  readonly action: string;
  readonly isDanger?: boolean;
  readonly isBusy: boolean;
  readonly error: string | null;
  readonly onSubmit: (fields: FormData) => void;
}

export function FormDialog({
  title,
  action,
  isDanger = false,
  isBusy,
  error,
  onSubmit,
  onClose,
  children,
}: FormDialogProps) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!isBusy && event.currentTarget instanceof HTMLFormElement)
      onSubmit(new FormData(event.currentTarget));
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="dialog-form" onSubmit={submit}>
        {children}
        {error !== null && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        <div class="actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button class={`button ${isDanger ? 'danger' : 'primary'}`} aria-disabled={isBusy}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A labelled field of a form; `hint` is below it, and read with it. */
export function Field({
  label,
  name,
  hint,
  type = 'text',
  isNumber = false,
  value,
  autocomplete = 'off',
  required = false,
}: {
  readonly label: string;
  readonly name: string;
  readonly hint?: string;
  readonly type?: 'text' | 'password';
  readonly isNumber?: boolean;
  readonly value?: string;
  readonly autocomplete?: 'off' | 'new-password';
  readonly required?: boolean;
}) {
  const id = useId();
  const shared = {
    class: 'field',
    id,
    name,
    autocapitalize: 'none',
    autocomplete,
    required,
    'aria-describedby': hint === undefined ? undefined : `${id}-hint`,
  } as const;
  return (
    <div>
      <label class="label" for={id}>
        {label}
      </label>
      {type === 'password' ? (
        <input {...shared} type="password" />
      ) : (
        <input
          {...shared}
          type="text"
          inputMode={isNumber ? 'numeric' : 'text'}
          // What is not a number must not be taken for an empty field.
          pattern={isNumber ? '[1-9][0-9]*' : undefined}
          title={isNumber ? 'A whole number' : undefined}
          defaultValue={value}
        />
      )}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
