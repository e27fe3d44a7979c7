/** What a new site reports with. */
export type KeyMaking =
  | { kind: 'none' }
  /** Of its own, and shown this once. */
  | { kind: 'made'; key: string }
  /** There is one, which whoever asks may not make. */
  | { kind: 'needed' }
  | { kind: 'failed'; detail: string };

/**
 * Makes a key for a site, where reports need one and whoever asks may make some. Where none is
 * needed, none is made: the first would shut out all who report without. Never rejects.
 */
export async function makeKey(node: string, root: URL, fetch: typeof globalThis.fetch): Promise<KeyMaking> {
  try {
    const session = await fetch(new URL('api/session', root));
    if (!session.ok) return { kind: 'failed', detail: String(session.status) };
    const { role, reportsNeedKey } = (await session.json()) as { role?: string; reportsNeedKey?: boolean };
    if (reportsNeedKey !== true) return { kind: 'none' };
    if (role !== 'admin') return { kind: 'needed' };
    const answer = await fetch(new URL('api/keys', root), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: node, nodes: [node] }),
    });
    const body = (await answer.json()) as { key?: string; detail?: string; errors?: { message: string }[] };
    if (answer.ok && typeof body.key === 'string') return { kind: 'made', key: body.key };
    // It has one already, which is kept nowhere but at the site.
    if (answer.status === 409) return { kind: 'needed' };
    return { kind: 'failed', detail: body.errors?.map(({ message }) => message).join('; ') ?? body.detail ?? String(answer.status) };
  } catch (error) {
    return { kind: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}
