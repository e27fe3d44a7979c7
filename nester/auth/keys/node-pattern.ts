/**
 * Which nodes a key may report for: a name, or a pattern in which `*` stands for any characters,
 * also none. Everything else in it is meant as it is written, capital letters, too.
 */
export type NodePattern = (node: string) => boolean;

/** Linear in the name for each piece of the pattern: no pattern can be made to take long. */
export function createNodePattern(text: string): NodePattern {
  const [first = '', ...rest] = text.split('*');
  const last = rest.pop();
  if (last === undefined) return (node) => node === text;
  return (node) => {
    if (!node.startsWith(first)) return false;
    let at = first.length;
    for (const piece of rest) {
      const found = node.indexOf(piece, at);
      if (found === -1) return false;
      at = found + piece.length;
    }
    return node.length - last.length >= at && node.endsWith(last);
  };
}

export function anyOf(patterns: readonly NodePattern[]): NodePattern {
  return (node) => patterns.some((matches) => matches(node));
}
