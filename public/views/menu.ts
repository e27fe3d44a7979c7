import { element } from './element.ts';

/** A button that opens a panel under it. Esc, or a press elsewhere, closes it. */
export interface Menu {
  /** Both: the panel lies above everything while it is open. */
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  close(): void;
  isOpen(): boolean;
  /** Makes what stands in the panel anew. */
  refill(): void;
}

export interface MenuDeps {
  className: string;
  /** What the panel is, for who cannot see it. */
  label: string;
  /** What stands in the panel, made anew whenever it opens. */
  fill: () => Node[];
}

const GAP_PX = 6;
const EDGE_PX = 8;

export function createMenu({ className, label, fill }: MenuDeps, ...face: (Node | string)[]): Menu {
  const button = element('button', `tool ${className}`, ...face);
  button.type = 'button';
  const panel = element('div', `panel ${className}-panel`);
  panel.popover = 'auto';
  panel.setAttribute('role', 'group');
  panel.setAttribute('aria-label', label);
  button.popoverTargetElement = panel;

  /** Under the button, and inside the window. */
  function place(): void {
    const { left, bottom } = button.getBoundingClientRect();
    const leftPx = Math.max(EDGE_PX, Math.min(left, document.documentElement.clientWidth - panel.offsetWidth - EDGE_PX));
    panel.style.left = `${leftPx}px`;
    panel.style.top = `${bottom + GAP_PX}px`;
    panel.style.maxHeight = `${Math.max(160, innerHeight - bottom - 2 * GAP_PX)}px`;
  }

  const refill = (): void => panel.replaceChildren(...fill());
  const isOpen = (): boolean => panel.matches(':popover-open');

  panel.addEventListener('beforetoggle', (event) => {
    if (event.newState === 'open') refill();
  });
  panel.addEventListener('toggle', (event) => {
    button.setAttribute('aria-expanded', String(event.newState === 'open'));
    if (event.newState !== 'open') return;
    place();
    panel.querySelector<HTMLElement>('input:checked, input, button')?.focus();
  });

  return {
    element: element('div', 'menu', button, panel),
    button,
    close: () => panel.hidePopover(),
    isOpen,
    refill,
  };
}
