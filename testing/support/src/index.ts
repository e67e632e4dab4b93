export { type FakeClock, fakeClock } from "./fake-clock.js";
export { findPython, type Python } from "./find-python.js";
export { noteEngine } from "./note-engine.js";
export { sharedVectors } from "./shared-vectors.js";
