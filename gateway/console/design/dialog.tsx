import { X } from "lucide-preact";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { IconButton } from "./button.tsx";

/** Something that wants an answer before one goes on. Escape closes it, and the focus goes back. */
export function Dialog(props: {
  readonly title: ComponentChildren;
  /** The name of the button in the corner, where there is one. */
  readonly closeName?: string;
  /** Nothing of the page behind may be read. */
  readonly isCover?: boolean;
  onClose(): void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { title, closeName, isCover, onClose, children } = props;
  const id = useId();
  const element = useRef<HTMLDialogElement>(null);
  const isGone = useRef(false);
  useEffect(() => {
    const dialog = element.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      isGone.current = true;
      dialog?.close();
    };
  }, []);
  // Whoever goes to another page with a dialog open has not closed it, and is not led back.
  const closed = () => isGone.current || onClose();
  return (
    <dialog
      class="dialog"
      ref={element}
      aria-labelledby={id}
      data-cover={isCover || undefined}
      onClose={closed}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        {closeName === undefined ? null : (
          <IconButton name={closeName} onClick={onClose}>
            <X size={22} aria-hidden="true" />
          </IconButton>
        )}
      </div>
      {children}
    </dialog>
  );
}
