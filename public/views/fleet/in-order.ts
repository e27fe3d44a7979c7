/**
 * Puts elements into a parent in this order, moving as few as it easily can; never the one with
 * the focus, which would lose it by being moved: the others are put around it. What is in the
 * parent besides is left where it is.
 */
export function inOrder(parent: Element, elements: readonly Element[]): void {
  const focused = elements.findIndex((child) => child.contains(document.activeElement));
  const pivot = Math.max(0, focused);
  const middle = elements[pivot];
  if (!middle) return;
  if (middle.parentNode !== parent) parent.prepend(middle);
  for (let index = pivot - 1; index >= 0; index--) {
    const child = elements[index];
    const next = elements[index + 1] ?? null;
    if (child && child.nextElementSibling !== next) parent.insertBefore(child, next);
  }
  for (let index = pivot + 1; index < elements.length; index++) {
    const child = elements[index];
    const before = elements[index - 1];
    if (child && before && before.nextElementSibling !== child) before.after(child);
  }
}
