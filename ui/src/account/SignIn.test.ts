import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import type { AppError, ErrorCode, Keep } from "../ipc";
import SignIn from "./SignIn.svelte";

const TOKEN = "pst-0123456789abcdefghij";
const failing = (code: ErrorCode): AppError => ({ code, message: "", detail: null });

function draw(answer: (keep: Keep) => AppError | null) {
  const signIn = vi.fn((_token: string, keep: Keep) => Promise.resolve(answer(keep)));
  const onclose = vi.fn();
  render(SignIn, { open: true, signIn, onclose });
  return {
    signIn,
    onclose,
    user: userEvent.setup(),
    field: () => screen.getByLabelText<HTMLInputElement>("API token"),
  };
}

const submit = () => screen.getByRole("button", { name: "Sign in" });

describe("signing in", () => {
  it("hands the token over once, trimmed, for the keychain", async () => {
    const { signIn, onclose, user, field } = draw(() => null);
    await user.type(field(), `  ${TOKEN} `);
    await user.click(submit());
    expect(signIn.mock.calls).toEqual([[TOKEN, "keychain"]]);
    await waitFor(() => expect(onclose).toHaveBeenCalledOnce());
  });

  it("keeps no token when it was taken", async () => {
    const { user, field } = draw(() => null);
    const input = field();
    await user.type(input, TOKEN);
    await user.click(submit());
    await waitFor(() => expect(input.value).toBe(""));
    expect(document.documentElement.outerHTML).not.toContain(TOKEN);
  });

  it("keeps no token when it was rejected", async () => {
    const { user, field } = draw(() => failing("unauthorized"));
    await user.type(field(), TOKEN);
    await user.click(submit());
    expect(await screen.findByRole("alert")).toHaveAttribute("data-code", "unauthorized");
    expect(field().value).toBe("");
    expect(field()).toHaveFocus();
  });

  it("keeps no token when the dialog is closed", async () => {
    const { user, field } = draw(() => null);
    const input = field();
    await user.type(input, TOKEN);
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    expect(input.value).toBe("");
  });

  it("never writes the token into the page", async () => {
    const { user, field } = draw(() => failing("offline"));
    await user.type(field(), TOKEN);
    await user.click(submit());
    await screen.findByRole("alert");
    expect(document.documentElement.outerHTML).not.toContain(TOKEN);
    expect(JSON.stringify(localStorage)).not.toContain(TOKEN);
  });

  it("masks the token and lets no browser remember it", () => {
    const { field } = draw(() => null);
    expect(field()).toHaveAttribute("type", "password");
    expect(field()).toHaveAttribute("autocomplete", "off");
  });

  it.each(["keychainMissing", "keychainLocked"] as const)("offers this session when the answer is %s", async (code) => {
    const { signIn, onclose, user, field } = draw((keep) => (keep === "keychain" ? failing(code) : null));
    await user.type(field(), TOKEN);
    await user.click(submit());
    await user.click(await screen.findByRole("button", { name: "Try again" }));
    await user.click(await screen.findByRole("button", { name: "Only for this session" }));
    expect(signIn.mock.calls.map(([, keep]) => keep)).toEqual(["keychain", "keychain", "session"]);
    await waitFor(() => expect(onclose).toHaveBeenCalledOnce());
  });

  it("asks for a token before it asks the server", async () => {
    const { signIn, user } = draw(() => null);
    await user.click(submit());
    expect(await screen.findByRole("alert")).toHaveTextContent("Paste a token first.");
    expect(signIn).not.toHaveBeenCalled();
  });

  it("tries one token at a time", async () => {
    const { signIn, user, field } = draw(() => failing("offline"));
    signIn.mockImplementation(() => new Promise(() => undefined));
    await user.type(field(), TOKEN);
    await user.click(submit());
    await user.keyboard("{Enter}");
    expect(screen.getByRole("button", { name: "Trying the token…" })).toBeDisabled();
    expect(signIn).toHaveBeenCalledOnce();
  });
});
