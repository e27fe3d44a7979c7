import { staying } from '../../model/stay.ts';

/**
 * Brings children of a parent into this order, for those who read or go through them one by one;
 * the eye needs no order, because each line lies at a place of its own. Moving an element costs
 * as much as making it: so as few as possible are moved, and at most `limit` at once. The one
 * with the focus, which would lose it, is never moved. Returns whether all is in order now.
 */
export function inOrder(parent: Element, elements: readonly Element[], limit: number): boolean {
  const places = new Map(Array.from(parent.children, (child, index) => [child, index]));
  const stay = staying(elements.map((child) => places.get(child) ?? -1));
  const focused = elements.findIndex((child) => child.contains(document.activeElement));
  let moves = 0;

  if (focused === -1 || stay[focused]) {
    for (let index = elements.length - 1; index >= 0; index--) {
      const child = elements[index];
      if (!child || stay[index]) continue;
      if (moves++ === limit) return false;
      parent.insertBefore(child, elements[index + 1] ?? null);
    }
    return true;
  }

  for (let index = focused - 1; index >= 0; index--) {
    const [child, next] = [elements[index], elements[index + 1]];
    if (!child || !next || child.nextElementSibling === next) continue;
    if (moves++ === limit) return false;
    parent.insertBefore(child, next);
  }
  for (let index = focused + 1; index < elements.length; index++) {
    const [before, child] = [elements[index - 1], elements[index]];
    if (!before || !child || before.nextElementSibling === child) continue;
    if (moves++ === limit) return false;
    before.after(child);
  }
  return true;
}
