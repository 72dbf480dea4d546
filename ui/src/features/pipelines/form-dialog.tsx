import { useId } from "react";
import type { ReactNode } from "react";
import { Button } from "@/components/button";
import { Dialog } from "@/components/overlay";
import css from "./form.module.css";

type Given = { title: string; submit: string; pending: boolean; error: Error | null; send: () => void; close: () => void; children: ReactNode };

/** A form in a dialog, which Enter sends too; why it was refused stands below it, and what was typed stays. */
export function FormDialog({ title, submit, pending, error, send, close, children }: Given) {
  const form = useId();
  return (
    <Dialog
      title={title}
      open
      onClose={close}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button primary type="submit" form={form} disabled={pending}>
            {submit}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className={css.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        {children}
        {error && (
          <p className={css.refused} role="alert">
            {error.message}
          </p>
        )}
      </form>
    </Dialog>
  );
}
