import { memoryHarness } from "../harnesses/memory-harness.js";

export const harness = memoryHarness;
