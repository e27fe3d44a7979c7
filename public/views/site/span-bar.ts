import { isSameSpan, type Span, SPAN_NAMES } from '../../charts/span.ts';
import type { SiteWords } from '../../text/site/site-words.ts';
import { element, liveText, setAttribute } from '../element.ts';

/** Chooses the stretch of time that all charts show. */
export interface SpanBar {
  readonly element: HTMLElement;
  show(span: Span): void;
}

export function createSpanBar(words: SiteWords, onSpan: (span: Span) => void, onBack: () => void): SpanBar {
  const { site, format } = words;
  const buttons = SPAN_NAMES.map((name) => {
    const button = element('button', 'span', site.spans.names[name]);
    button.type = 'button';
    button.addEventListener('click', () => onSpan({ kind: 'last', name }));
    return { span: { kind: 'last', name } as const, button };
  });
  const drawn = liveText();
  const back = element('button', 'span-back', site.spans.whole);
  back.type = 'button';
  back.addEventListener('click', onBack);
  const between = element('span', 'span-between', element('span', '', drawn.node), back);
  const group = element('div', 'spans', ...buttons.map(({ button }) => button));
  group.setAttribute('role', 'group');
  group.setAttribute('aria-label', site.spans.label);

  return {
    element: element('div', 'span-bar', group, between, element('p', 'span-hint', site.spans.hint)),
    show(span) {
      for (const { span: own, button } of buttons) setAttribute(button, 'aria-pressed', String(isSameSpan(own, span)));
      between.hidden = span.kind !== 'between';
      if (span.kind === 'between') drawn.write(site.spans.between(format.minute(span.fromMs, Date.now()), format.minute(span.toMs, Date.now())));
    },
  };
}
