/** Where the server asks for a token. The token becomes a session cookie that scripts cannot read. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { errorText, sendJson } from "../data/http.ts";
import { boot, session } from "../data/server.ts";
import { address, navigate } from "../state/router.ts";

export function LoginPage(): JSX.Element {
  const token = useSignal("");
  const error = useSignal("");
  const busy = useSignal(false);
  const logIn = async (event: Event): Promise<void> => {
    event.preventDefault();
    busy.value = true;
    error.value = "";
    try {
      await sendJson("POST", "/api/v1/session", { token: token.value.trim() });
      token.value = "";
      await boot();
      if (address.value.path === "/login") navigate("/", { replace: true });
    } catch (failure) {
      error.value = errorText(failure);
    } finally {
      busy.value = false;
    }
  };
  if (session.value?.authRequired === false) {
    return (
      <main class="notice">
        <h1>No login is needed</h1>
        <p>This server answers on this machine only and asks for no token.</p>
        <a href="/">Go to the overview</a>
      </main>
    );
  }
  return (
    <main class="notice login">
      <h1>ChainPulse</h1>
      <p class="dim">
        This server asks for a token. Make one on the node with <code>chainpulse token create</code>.
      </p>
      <form onSubmit={(event) => void logIn(event)}>
        {/* Password managers want a user name beside every password. */}
        <input type="text" name="username" value="chainpulse" autocomplete="username" hidden readOnly />
        <label class="field">
          Token
          <input
            class="input"
            type="password"
            name="token"
            autocomplete="current-password"
            required
            value={token.value}
            onInput={(event) => (token.value = event.currentTarget.value)}
          />
        </label>
        {error.value === "" ? null : (
          <p class="error-text" role="alert">
            {error.value}
          </p>
        )}
        <button type="submit" class="button button-primary" disabled={busy.value}>
          {busy.value ? "Checking …" : "Log in"}
        </button>
      </form>
    </main>
  );
}
