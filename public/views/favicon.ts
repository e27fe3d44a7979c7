/**
 * The icon of the browser's tab: the page's own, with the number of sites in trouble on it, so
 * that it is seen from behind other tabs. Drawn anew only when the number is another one.
 */
export function createFavicon(): (trouble: number, isLive: boolean) => void {
  const link = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  const well = link?.href ?? '';
  let shown = '';
  return (trouble, isLive) => {
    const figure = trouble > 99 ? '99+' : String(trouble);
    const key = `${isLive} ${figure}`;
    if (!link || key === shown) return;
    shown = key;
    link.href = trouble === 0 && isLive ? well : `data:image/svg+xml,${encodeURIComponent(drawn(trouble === 0 ? '' : figure, isLive))}`;
  };
}

/** Grey when what is shown may be old. */
function drawn(figure: string, isLive: boolean): string {
  const sizes: Record<number, number> = { 1: 22, 2: 18, 3: 13 };
  const ground = isLive ? '#1f5fd0' : '#7b8594';
  const number =
    figure === ''
      ? ''
      : `<rect x="4" y="9" width="28" height="23" rx="7" fill="#d9303f" stroke="#fff" stroke-width="1.5"/>` +
        `<text x="18" y="${20.5 + (sizes[figure.length] ?? 13) * 0.36}" text-anchor="middle" font-family="system-ui,sans-serif" font-weight="700" font-size="${sizes[figure.length] ?? 13}" fill="#fff">${figure}</text>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${ground}"/>` +
    `<path d="M6.5 14.5a9.5 9.5 0 0 0 19 0" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/>` +
    `<circle cx="16" cy="10" r="2.8" fill="#fff"/>${number}</svg>`
  );
}
