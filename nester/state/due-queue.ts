/** What the queue needs to know of an item. The queue alone writes it. */
export interface Queued {
  /** When the item is due, epoch ms; `Infinity`: never. */
  dueAtMs: number;
  /** What the heap goes by: `dueAtMs`, or an earlier time that has not come yet. */
  keyMs: number;
  /** Index in the heap, or -1. */
  place: number;
}

/**
 * Items by due time, soonest first: a binary heap in which each item knows its place, so that it
 * is in there at most once. Putting an item off, which is what nearly every report does, costs
 * nothing: the heap finds out when the earlier time has come.
 */
export interface DueQueue<Item extends Queued> {
  /** Puts the item in, moves it, or (`Infinity`) takes it out. */
  set(item: Item, dueAtMs: number): void;
  /** A time before which none is due; `Infinity` when none ever is. */
  nextMs(): number;
  /** Takes out the soonest if it is due. */
  take(nowMs: number): Item | undefined;
}

export function createDueQueue<Item extends Queued>(): DueQueue<Item> {
  const heap: Item[] = [];

  function put(item: Item, place: number): void {
    heap[place] = item;
    item.place = place;
  }

  function rise(item: Item): void {
    let place = item.place;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.keyMs <= item.keyMs) break;
      put(parent, place);
      place = above;
    }
    put(item, place);
  }

  function sink(item: Item): void {
    let place = item.place;
    for (;;) {
      let below = 2 * place + 1;
      let child = heap[below];
      const other = heap[below + 1];
      if (child !== undefined && other !== undefined && other.keyMs < child.keyMs) {
        child = other;
        below++;
      }
      if (child === undefined || child.keyMs >= item.keyMs) break;
      put(child, place);
      place = below;
    }
    put(item, place);
  }

  function remove(item: Item): void {
    const last = heap.pop();
    if (last !== undefined && last !== item) {
      put(last, item.place);
      rise(last);
      sink(last);
    }
    item.place = -1;
  }

  return {
    set(item, dueAtMs) {
      item.dueAtMs = dueAtMs;
      if (dueAtMs === Infinity) {
        if (item.place !== -1) remove(item);
        return;
      }
      if (item.place === -1) item.place = heap.length;
      else if (dueAtMs >= item.keyMs) return;
      item.keyMs = dueAtMs;
      rise(item);
    },
    nextMs: () => heap[0]?.keyMs ?? Infinity,
    take(nowMs) {
      for (;;) {
        const soonest = heap[0];
        if (soonest === undefined || soonest.keyMs > nowMs) return undefined;
        if (soonest.dueAtMs <= nowMs) {
          remove(soonest);
          soonest.dueAtMs = Infinity;
          return soonest;
        }
        soonest.keyMs = soonest.dueAtMs;
        sink(soonest);
      }
    },
  };
}
