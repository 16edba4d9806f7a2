/**
 * Keeps the focus somewhere when what had it is gone: on another button of the same document, else on the answer to what was
 * done, which may offer to undo it. The answer may come later than the change itself, which others see at the same time.
 */
export function createFocusKeeper(root: HTMLElement): (change: () => void) => void {
  let lost: string | undefined;
  return (change) => {
    const { activeElement } = document;
    lost =
      activeElement === document.body ? lost : activeElement?.closest<HTMLElement>("[data-id]")?.dataset.id;
    change();
    if (lost !== undefined && document.activeElement === document.body) {
      const row = `[data-id="${CSS.escape(lost)}"] button`;
      (root.querySelector<HTMLElement>(row) ?? root.querySelector<HTMLElement>(".notice button"))?.focus();
    }
  };
}
