import { describe, expect, it } from "vitest";
import { CommandError } from "../lib/run-command.mjs";
import { createSteps, StepError } from "../lib/steps.mjs";

function recording() {
  const written: string[] = [];
  return { steps: createSteps((text) => void written.push(text)), text: () => written.join("") };
}

describe("createSteps", () => {
  it("announces a step, gives its result back and lists it with its time", async () => {
    const { steps, text } = recording();
    expect(await steps.run("Count", () => 3)).toBe(3);
    expect(text()).toMatch(/^\n▸ Count\n {2}done, \d+ ms\n$/);
    expect(steps.table()).toMatch(/^ {2}done +\d+ ms {2}Count\n$/);
  });

  it("shows what a failed command printed, and names the step in the error", async () => {
    const { steps, text } = recording();
    const cause = new CommandError("turbo run build ended with exit code 1", "line one\nline two\n");
    const failing = steps.run("Build", () => Promise.reject(cause));
    await expect(failing).rejects.toThrow(StepError);
    await expect(failing).rejects.toMatchObject({ message: "Build", cause });
    expect(text()).toMatch(/ {2}│ line one\n {2}│ line two\n {2}turbo run build ended with exit code 1\n {2}failed, /);
    expect(steps.table()).toContain("failed");
  });
});
