import type { Page } from 'playwright-core';

export interface Contrast {
  text: string;
  /** Contrast of text and background as WCAG 2 defines it, 1 to 21. */
  ratio: number;
}

/** The contrast of every text that can be seen, as painted: translucent layers are blended. */
export async function contrasts(page: Page): Promise<Contrast[]> {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('this browser has no canvas');

    function painted(layers: readonly string[]): number[] {
      if (!context) return [];
      for (const layer of layers) {
        context.fillStyle = layer;
        context.fillRect(0, 0, 1, 1);
      }
      return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
    }

    function luminance(colour: readonly number[]): number {
      const [red = 0, green = 0, blue = 0] = colour.map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    }

    const found: { text: string; ratio: number }[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      const text = texts.currentNode.textContent?.trim() ?? '';
      if (!element || text === '' || !element.checkVisibility() || element.closest('.unseen')) continue;
      const layers: string[] = ['#fff'];
      const around: Element[] = [];
      for (let at: Element | null = element; at; at = at.parentElement) around.unshift(at);
      for (const at of around) layers.push(getComputedStyle(at).backgroundColor);
      const behind = luminance(painted(layers));
      const front = luminance(painted([...layers, getComputedStyle(element).color]));
      found.push({ text, ratio: (Math.max(front, behind) + 0.05) / (Math.min(front, behind) + 0.05) });
    }
    return found;
  });
}
