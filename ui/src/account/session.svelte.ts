// Who is signed in, and where. The token is not here: it goes from the field straight through the door.

import { type AccountState, type AppError, asAppError, type Keep, refreshAccount, signIn, signOut } from "../ipc";

const NOBODY: AccountState = { server: { kind: "sandbox" }, keptIn: null, account: null, problem: null };

export class Session {
  state: AccountState = $state.raw(NOBODY);
  /** When somebody signed in here, in milliseconds; null: not since the page was opened. */
  signedInAt: number | null = $state(null);
  /** Something was told since the last reading began. */
  #told = false;

  readonly account = $derived(this.state.account);
  readonly sandbox = $derived(this.state.server.kind === "sandbox");

  /** A reading of everything is on its way. */
  expect(): void {
    this.#told = false;
  }

  reset(read: AccountState): void {
    if (!this.#told) this.state = read;
  }

  change(told: AccountState): void {
    this.#told = true;
    this.state = told;
  }

  /** Null: signed in. */
  async signIn(token: string, keep: Keep): Promise<AppError | null> {
    try {
      this.change(await signIn(token, keep));
      this.signedInAt = Date.now();
      return null;
    } catch (thrown) {
      return asAppError(thrown);
    }
  }

  async signOut(): Promise<AppError | null> {
    try {
      this.change(await signOut());
      return null;
    } catch (thrown) {
      return asAppError(thrown);
    }
  }

  async refresh(): Promise<void> {
    try {
      this.change(await refreshAccount());
    } catch (thrown) {
      this.change({ ...this.state, problem: asAppError(thrown) });
    }
  }
}
