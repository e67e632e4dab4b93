import { describe, expect, it } from "vitest";
import { faultPlan } from "../../src/faults/index.js";

describe("a plan of faults", () => {
  it("gives every call the fault, until it is removed", () => {
    const plan = faultPlan<string>();
    const fault = plan.add("down");
    expect([plan.take("Get"), plan.take("Put")]).toEqual(["down", "down"]);
    fault.remove();
    expect(plan.take("Get")).toBeUndefined();
  });

  it("gives it to so many calls and no more", () => {
    const plan = faultPlan<string>();
    plan.add("down", { times: 2 });
    expect([plan.take("Get"), plan.take("Get"), plan.take("Get")]).toEqual(["down", "down", undefined]);
  });

  it("lets the first calls through where it is told to", () => {
    const plan = faultPlan<string>();
    plan.add("down", { after: 1, times: 1 });
    expect([plan.take("Get"), plan.take("Get"), plan.take("Get")]).toEqual([undefined, "down", undefined]);
  });

  it.each([
    ["one operation", "Get"],
    ["several", ["Get", "List"]],
    ["a pattern", /^G/g],
  ])("can be for %s alone", (_, operation) => {
    const plan = faultPlan<string>();
    plan.add("down", { operation });
    expect([plan.take("Get"), plan.take("Get"), plan.take("Put")]).toEqual(["down", "down", undefined]);
  });

  it("gives a call one fault: of those that apply the one that was added first", () => {
    const plan = faultPlan<string>();
    const first = plan.add("first", { times: 1 });
    const second = plan.add("second", { times: 1 });
    expect(plan.take("Get")).toBe("first");
    expect([first.hits, second.hits]).toEqual([1, 0]);
    expect([plan.take("Get"), plan.take("Get")]).toEqual(["second", undefined]);
  });

  it("counts the calls that a fault lets through, those too that meet another one", () => {
    const plan = faultPlan<string>();
    plan.add("first", { times: 1 });
    plan.add("third", { after: 2 });
    expect([plan.take("Get"), plan.take("Get"), plan.take("Get")]).toEqual(["first", undefined, "third"]);
  });

  it("tells who waits that a fault was met, and how often", async () => {
    const plan = faultPlan<string>();
    const fault = plan.add("down");
    let met = 0;
    const twice = fault.hit(2).then(() => {
      met = fault.hits;
    });
    plan.take("Get");
    await fault.hit();
    expect(met).toBe(0);
    plan.take("Get");
    await twice;
    expect(met).toBe(2);
    await fault.hit(2); // that is past
  });

  it("ends all of them at once", () => {
    const plan = faultPlan<string>();
    plan.add("down");
    plan.add("slow");
    plan.clear();
    expect(plan.take("Get")).toBeUndefined();
  });
});
