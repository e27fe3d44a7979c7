import type { Words } from '../text/words.ts';
import { element } from './element.ts';
import { icon } from './icon.ts';

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

const KEPT_AS = 'nester-theme';

/** A button that goes from the system's theme to light, to dark, and back. The choice is kept in this browser. */
export function createThemeSwitch({ text }: Words): HTMLElement {
  const button = element('button', 'bar-tool to-theme');
  button.type = 'button';
  let theme = kept();

  function show(): void {
    const { documentElement: root } = document;
    if (theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme;
    button.replaceChildren(icon(theme));
    button.title = text.theme[theme];
    button.setAttribute('aria-label', text.theme[theme]);
  }

  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
    keep(theme);
    show();
  });
  // Another window of this Nester chose.
  window.addEventListener('storage', ({ key }) => {
    if (key !== KEPT_AS) return;
    theme = kept();
    show();
  });
  show();
  return button;
}

/** Browsers may refuse to keep anything for the page: then it is as the system is. */
function kept(): Theme {
  try {
    const theme = localStorage.getItem(KEPT_AS);
    return THEMES.find((other) => other === theme) ?? 'system';
  } catch {
    return 'system';
  }
}

function keep(theme: Theme): void {
  try {
    localStorage.setItem(KEPT_AS, theme);
  } catch {
    // It holds for as long as the page is open.
  }
}
