import { X } from "lucide-preact";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { IconButton } from "./button.tsx";

/** Something that wants an answer before one goes on. Escape closes it, and the focus goes back. */
export function Dialog(props: {
  readonly title: ComponentChildren;
  readonly closeName: string;
  onClose(): void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { title, closeName, onClose, children } = props;
  const id = useId();
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog class="dialog" ref={element} aria-labelledby={id} onClose={onClose}>
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <IconButton name={closeName} onClick={onClose}>
          <X size={22} aria-hidden="true" />
        </IconButton>
      </div>
      {children}
    </dialog>
  );
}
