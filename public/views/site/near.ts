/** Calls back once, when an element comes near the window: what is below it need not be fetched before. Returns how to stop. */
export function whenNear(target: Element, callback: () => void): () => void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      callback();
    },
    { rootMargin: '300px' },
  );
  observer.observe(target);
  return () => observer.disconnect();
}
