import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";

/** Each test of the file fails when anything is printed or warned of while it runs. */
export function expectNothingPrinted(): void {
  const printed: unknown[] = [];
  const onWarning = (warning: Error) => void printed.push(warning);
  beforeAll(() => {
    for (const method of ["log", "info", "warn", "error", "debug"] as const) {
      vi.spyOn(console, method).mockImplementation((...values) => void printed.push(values));
    }
    process.on("warning", onWarning);
  });
  afterEach(() => {
    expect(printed.splice(0)).toEqual([]);
  });
  afterAll(() => {
    process.off("warning", onWarning);
    vi.restoreAllMocks();
  });
}
