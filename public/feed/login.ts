/** What the page knows of who looks at it. */
export interface Login {
  /** Asks Nester who is asking. Whoever is not let in any more gets the place to log in, in place of what was shown. */
  check(): void;
  logout(): void;
}

export interface LoginDeps {
  root: URL;
  /** Told when somebody is logged in, who can log out. */
  onLogin: () => void;
  /** Loads the address that is shown anew. */
  reload: () => void;
  fetch: typeof fetch;
}

export function createLogin({ root, onLogin, reload, fetch }: LoginDeps): Login {
  let isAsking = false;

  async function ask(): Promise<void> {
    const answer = await fetch(new URL('api/session', root));
    if (answer.status === 401) reload();
    else if (answer.ok && ((await answer.json()) as { login?: unknown }).login === true) onLogin();
  }

  return {
    check() {
      if (isAsking) return;
      isAsking = true;
      // No answer says nothing of who may see what.
      void ask()
        .catch(() => undefined)
        .finally(() => (isAsking = false));
    },
    logout() {
      void fetch(new URL('logout', root), { method: 'POST', redirect: 'manual' })
        .catch(() => undefined)
        .finally(reload);
    },
  };
}
