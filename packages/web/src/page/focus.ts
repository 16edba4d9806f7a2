/**
 * Runs `change`, and when what had the focus is gone after it, focuses what a person would go on with: another button of the
 * same document, else the answer to what was done, which may offer to undo it.
 */
export function keepFocus(root: HTMLElement, change: () => void): void {
  const place = document.activeElement?.closest<HTMLElement>("[data-id]")?.dataset.id;
  change();
  if (place !== undefined && document.activeElement === document.body) {
    const row = `[data-id="${CSS.escape(place)}"] button`;
    (root.querySelector<HTMLElement>(row) ?? root.querySelector<HTMLElement>(".notice button"))?.focus();
  }
}
