import type { AwsServer } from "@qarion-testing/fakes/built/aws";

/** Keeps the answer to the next call but one until it is released: the answer as it would have been before that. */
export async function holdOldAnswer(aws: Pick<AwsServer, "fault">): Promise<{ release(): void }> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let old = { status: 500, headers: {}, body: "" as string | Uint8Array };
  const seen = aws.fault(
    {
      kind: "rewrite",
      rewrite(answer) {
        old = { ...answer, headers: { ...answer.headers } };
        return answer;
      },
    },
    { times: 1 },
  );
  await seen.hit();
  const held = aws.fault({ kind: "hold", until: released, next: { kind: "answer", answer: () => old } }, { times: 1 });
  await held.hit(); // the function has asked, and waits
  return { release };
}
