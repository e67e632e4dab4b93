import { expect, it } from "vitest";
import { ask, filesOf, newLogin } from "../demo/login.js";
import { refs } from "../src/report-login.js";
import { serviceWith, subPathMounts, volumeWith } from "./running-service.js";

it("a file that is mounted by subPath never changes, while the volume beside it does", async () => {
  const [first, second] = [newLogin(), newLogin()];
  const volume = volumeWith(filesOf(first));
  const bySubPath = await serviceWith(subPathMounts(volume, Object.values(refs)));
  const byVolume = await serviceWith(volume.directory);
  expect([await ask(bySubPath.baseUrl, first), await ask(byVolume.baseUrl, first)]).toEqual([200, 200]);

  volume.update(filesOf(second));
  expect([await ask(byVolume.baseUrl, second), await ask(byVolume.baseUrl, first)]).toEqual([200, 401]);
  // The old password still opens the one, it is ready, and nothing tells.
  expect([await ask(bySubPath.baseUrl, second), await ask(bySubPath.baseUrl, first)]).toEqual([401, 200]);
  expect((await fetch(`${bySubPath.baseUrl}/readyz`)).status).toBe(200);
});
