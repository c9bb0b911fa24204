import { fireEvent, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import type { Job, JobState } from "../ipc";
import { calls, openApp } from "../test/app";
import { broken } from "../test/axe";
import { job, REQUEST } from "../test/values";
import { addedUp, daysAgo, total } from "./ledger";

const QUEUED: JobState = { kind: "queued", retryAt: null };

function waiting(id: string, text: string, changes: Partial<Job> = {}): Job {
  const request = { ...REQUEST, prompt: { ...REQUEST.prompt, text } };
  return job(id, QUEUED, { work: { kind: "generate", request, written: null }, ...changes });
}

const THREE = [waiting("a", "hills"), waiting("b", "sea"), waiting("c", "city", { anlas: 20 })];
const rows = () => within(screen.getByRole("region", { name: "Queue, in full" })).getAllByRole("listitem");
const titles = () => rows().map((row) => row.querySelector("[data-place]")?.textContent.trim());
const named = (text: string) => screen.getByRole("button", { name: new RegExp(`^${text} V5`) });

async function openDrawer(jobs: Job[] = THREE) {
  const backend = await openApp({ jobs, paused: true });
  const user = userEvent.setup();
  await user.click(screen.getByRole("button", { name: "Show the queue" }));
  await waitFor(() => expect(rows().length).toBeGreaterThan(0));
  return { backend, user };
}

describe("the drawer", () => {
  it("tells what waits, what it costs and where it stops being free", async () => {
    await openDrawer();
    const drawer = screen.getByRole("region", { name: "Queue, in full" });
    expect(drawer).toHaveTextContent("3 waiting");
    expect(drawer).toHaveTextContent("20 Anlas");
    expect(drawer).toHaveTextContent("free for 2 jobs, then it costs");
    expect(screen.getByText("Paused")).toBeVisible();
  });

  it("moves a job by Alt and the arrows, and says where it is now", async () => {
    const { backend, user } = await openDrawer();
    named("hills").focus();
    await user.keyboard("{Alt>}{ArrowDown}{/Alt}");
    await waitFor(() => expect(titles()[1]).toContain("hills"));
    expect(calls(backend, "moveJobs")).toEqual([{ ids: ["a"], before: "c" }]);
    expect(screen.getByText("Now number 2")).toBeInTheDocument();
    expect(named("hills")).toHaveFocus();
    await user.keyboard("{Alt>}{End}{/Alt}");
    await waitFor(() => expect(calls(backend, "moveJobs")).toContainEqual({ ids: ["a"], before: null }));
  });

  it("drags a job by its grip", async () => {
    const { backend } = await openDrawer();
    const [grip] = screen.getAllByTitle("Move: hills");
    if (!grip) throw new Error("no grip");
    grip.setPointerCapture = () => undefined;
    await fireEvent.pointerDown(grip, { button: 0, pointerId: 1, clientY: 10 });
    await fireEvent.pointerMove(grip, { pointerId: 1, clientY: 110 });
    await fireEvent.pointerUp(grip, { pointerId: 1, clientY: 110 });
    await waitFor(() => expect(calls(backend, "moveJobs")).toEqual([{ ids: ["a"], before: null }]));
  });

  it("pauses, resumes, pauses after one, cancels and duplicates", async () => {
    const { backend, user } = await openDrawer();
    const [first] = rows();
    if (!first) throw new Error("no row");
    await user.click(within(first).getByRole("button", { name: "Pause after this one" }));
    await waitFor(() => expect(first).toHaveTextContent("The queue pauses after this one"));
    await user.click(within(first).getByRole("button", { name: "Duplicate" }));
    await waitFor(() => expect(rows()).toHaveLength(4));
    await user.click(screen.getByRole("button", { name: "Cancel all waiting" }));
    await screen.findByText(/^Nothing waits/);
    await user.click(screen.getByRole("button", { name: "Resume" }));
    expect(calls(backend, "pauseQueue")).toEqual([false]);
  });

  it("cancels a waiting job by Delete", async () => {
    const { backend, user } = await openDrawer();
    named("sea").focus();
    await user.keyboard("{Delete}");
    await waitFor(() => expect(calls(backend, "cancel")).toEqual(["b"]));
  });

  it("changes a waiting job in the recipe and puts it back", async () => {
    const { backend, user } = await openDrawer();
    const row = rows()[1];
    if (!row) throw new Error("no row");
    await user.click(within(row).getByRole("button", { name: "Change" }));
    await user.click(await screen.findByRole("button", { name: "Put it back into the queue" }));
    await waitFor(() => expect(calls(backend, "editJob")).toEqual(["b"]));
    await waitFor(() => expect(screen.queryByText("You are changing a job that waits in the queue.")).toBeNull());
  });

  it("says which rule holds a job, and lets the person agree to a price", async () => {
    const held = [
      waiting("a", "hills", { held: { kind: "cap", per: "day", anlas: 20, spent: 90, cap: 100 } }),
      waiting("b", "sea", { anlas: 60, held: { kind: "ask", anlas: 60, above: 50 } }),
    ];
    const { backend, user } = await openDrawer(held);
    expect(rows()[0]).toHaveTextContent("Held: with the 90 Anlas of today, 20 more would exceed 100.");
    await user.click(screen.getByRole("button", { name: "Go on for 60 Anlas" }));
    expect(calls(backend, "agreeToJob")).toEqual(["b"]);
  });

  it("draws only what is in sight of ten thousand jobs", async () => {
    const many = Array.from({ length: 10_000 }, (_, at) => waiting(`job-${at}`, `number ${at}`));
    await openDrawer(many);
    expect(rows().length).toBeLessThan(60);
    expect(rows()[0]).toHaveAttribute("aria-setsize", "10000");
  });

  it("has no accessibility violations", async () => {
    await openDrawer();
    expect(await broken()).toEqual([]);
  });
});

describe("an unsettled job", () => {
  const error = { code: "interrupted", message: "cut", detail: null } as const;
  const unsettled = (id: string, verdict: Job["verdict"]): Job => ({
    ...waiting(id, id, { anlas: 20, verdict }),
    state: { kind: "unsettled", error, anlasBefore: 100, anlasAfter: 80 },
  });

  it("is told with its numbers, and the person decides", async () => {
    const jobs = [
      unsettled("lost", { kind: "chargedAndLost", anlas: 20 }),
      unsettled("found", { kind: "chargedAndRecovered", anlas: 20, pictures: 1 }),
      unsettled("safe", { kind: "notCharged" }),
      unsettled("unknown", { kind: "unknown" }),
    ];
    const { backend, user } = await openDrawer(jobs);
    const [lost, found, safe, unknown] = rows();
    if (!lost || !found || !safe || !unknown) throw new Error("four rows");
    expect(lost).toHaveTextContent("20 Anlas were charged, and the picture is lost.");
    expect(lost).toHaveTextContent("Anlas before: 100 · after: 80");
    expect(found).toHaveTextContent("20 Anlas were charged, and 1 picture was recovered.");
    expect(safe).toHaveTextContent("Nothing was charged. It is safe to send it again.");
    expect(unknown).toHaveTextContent("Whether it was charged is not known.");
    await user.click(within(safe).getByRole("button", { name: "Send again" }));
    expect(calls(backend, "retryJob")).toEqual(["safe"]);
    await user.click(within(lost).getByRole("button", { name: "Leave it" }));
    expect(calls(backend, "settleJob")).toEqual(["lost"]);
    await waitFor(() => expect(rows()).toHaveLength(2));
    expect(within(rows()[1] ?? document.body).getByRole("button", { name: "Send again for 20 Anlas" })).toBeVisible();
  });
});

describe("spending", () => {
  it("is ruled by what the person types", async () => {
    const { backend, user } = await openDrawer();
    await user.click(screen.getByRole("button", { name: "Spending…" }));
    const field = await screen.findByRole("spinbutton", { name: "Most a day" });
    await user.type(field, "200{Enter}");
    await waitFor(() => expect(calls(backend, "saveSettings")).toHaveLength(1));
    expect(calls(backend, "saveSettings")[0]).toMatchObject({ spending: { dayCap: 200, queueCap: null } });
    expect(screen.getByText(/26 Anlas instead of 20/)).toBeVisible();
  });

  it("tells of a charge that was not expected, once", async () => {
    const backend = await openApp();
    const done = job("d", { kind: "done", images: [] }, { anlas: 20 });
    backend.tell("jobChanged", done);
    backend.tell("jobChanged", { ...done, paid: { charged: 20, expected: 20 } });
    expect(screen.queryByText("Charged differently than expected")).toBeNull();
    backend.tell("jobChanged", { ...done, id: "e", paid: { charged: 26, expected: 20 } });
    expect(await screen.findByText("Charged differently than expected")).toBeVisible();
    expect(screen.getByText(/26 Anlas charged, 20 expected/)).toBeVisible();
  });

  it("adds up by day, tool or model", () => {
    const line = { jobs: 2, estimated: 10, charged: 12, unmeasured: 0 };
    const lines = [
      { day: "2026-11-22", tool: "generate", model: "five", ...line },
      { day: "2026-11-22", tool: "upscale", model: null, ...line },
      { day: "2026-11-21", tool: "generate", model: "five", ...line },
    ];
    expect(addedUp(lines, "tool").map(({ key, jobs }) => [key, jobs])).toEqual([
      ["generate", 4],
      ["upscale", 2],
    ]);
    expect(addedUp(lines, "model").map(({ key }) => key)).toEqual(["five", ""]);
    expect(total(addedUp(lines, "day"))).toMatchObject({ jobs: 6, charged: 36 });
    expect(daysAgo(30, new Date(2026, 0, 5))).toBe("2025-12-06");
  });
});
