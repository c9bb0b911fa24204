import { describe, expect, it } from "vitest";

import { followed } from "./following";
import { job } from "./test/values";

const waiting = job("waiting", { kind: "queued", retryAt: null });
const sending = job("sending", { kind: "sending" });
const painted = job("painted", { kind: "running", step: 2, steps: 20 });
const last = job("last", { kind: "done", images: ["a"] });

describe("the viewer follows", () => {
  it("nothing when nothing happens", () => expect(followed([], null)).toBeNull());
  it("the first that waits", () => expect(followed([sending, waiting], null)?.id).toBe("sending"));
  it("the one being painted", () => expect(followed([waiting, painted], last)?.id).toBe("painted"));
  it("the last result until there is something to see of the next", () =>
    expect(followed([sending, waiting], last)?.id).toBe("last"));
});
