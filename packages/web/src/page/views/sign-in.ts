import { html, type TemplateResult } from "lit-html";
import type { State } from "../state.ts";

/** The form of the one who is not signed in. */
export function signInView(
  { signIn: { busy, problem } }: State,
  signIn: (username: string, password: string) => void,
): TemplateResult {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    signIn(`${data.get("username")}`.trim(), `${data.get("password")}`);
  };
  return html`
    <main class="sign-in">
      <form class="card" aria-labelledby="sign-in-title" @submit=${submit}>
        <img src="/icon.svg" alt="" width="40" height="40" />
        <h1 id="sign-in-title">Documents</h1>
        <p class="quiet">Sign in with a service account.</p>
        <p class="problem" role="alert" ?hidden=${problem === ""}>${problem}</p>
        <label>
          Username
          <input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button class="primary" ?disabled=${busy}>${busy ? "Signing in…" : "Sign in"}</button>
      </form>
    </main>
  `;
}
