/** `status` 0: no answer at all. */
export type Asked = { ok: true; value: unknown } | { ok: false; status: number };

/** Asks Nester for JSON. Never rejects. */
export type Ask = (path: string, search: URLSearchParams, signal?: AbortSignal) => Promise<Asked>;

export function createAsk(root: URL): Ask {
  return async (path, search, signal) => {
    try {
      const response = await fetch(new URL(`${path}?${search}`, root), signal ? { signal } : {});
      if (!response.ok) return { ok: false, status: response.status };
      return { ok: true, value: await response.json() };
    } catch {
      return { ok: false, status: 0 };
    }
  };
}
