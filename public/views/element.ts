/**
 * Makes an element. Text goes in as text, never as markup: what nodes call themselves, and all
 * else that comes from outside, cannot become anything but characters on the screen.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className = '',
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}

/** A text that is written only when it differs: writing the same one again costs a repaint. */
export interface LiveText {
  readonly node: Text;
  /** Returns whether it differed. */
  write(text: string): boolean;
}

export function liveText(): LiveText {
  const node = document.createTextNode('');
  return {
    node,
    write(text) {
      if (node.data === text) return false;
      node.data = text;
      return true;
    },
  };
}

/** Sets an attribute only when it differs; `null` takes it away. */
export function setAttribute(target: Element, name: string, value: string | null): void {
  if (target.getAttribute(name) === value) return;
  if (value === null) target.removeAttribute(name);
  else target.setAttribute(name, value);
}

/** Hides or shows; even the same once more would cost the browser a look at its styles. */
export function setHidden(target: HTMLElement, isHidden: boolean): void {
  if (target.hidden !== isHidden) target.hidden = isHidden;
}

/**
 * Says that a text may be too long for its room: only then style sheets cut it off. To cut costs
 * the browser more than the text itself, and hardly any text is long. `fits` characters always fit.
 */
export function markLong(target: Element, text: string, fits: number): void {
  setAttribute(target, 'data-long', text.length > fits ? '' : null);
}
