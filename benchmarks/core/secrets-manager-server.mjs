import { createServer } from "node:http";

/**
 * Just enough of AWS Secrets Manager for its own client: `GetSecretValue` over the JSON protocol, on loopback.
 * @param {Readonly<Record<string, string>>} secrets values by name
 */
export async function startSecretsManager(secrets) {
  let requests = 0;
  const server = createServer((request, response) => {
    /** @type {Buffer[]} */
    const body = [];
    request.on("data", (chunk) => body.push(chunk));
    request.on("end", () => {
      requests += 1;
      const { SecretId: id } = JSON.parse(Buffer.concat(body).toString("utf8"));
      const value = Object.hasOwn(secrets, id) ? secrets[id] : undefined;
      const isRead = request.headers["x-amz-target"] === "secretsmanager.GetSecretValue";
      response.statusCode = isRead && value !== undefined ? 200 : 400;
      response.setHeader("Content-Type", "application/x-amz-json-1.1");
      response.end(
        JSON.stringify(
          response.statusCode === 200
            ? {
                ARN: `arn:aws:secretsmanager:eu-central-1:000000000000:secret:${id}-AbCdEf`,
                Name: id,
                VersionId: "00000000-0000-4000-8000-000000000001",
                VersionStages: ["AWSCURRENT"],
                CreatedDate: 1_767_225_600,
                SecretString: value,
              }
            : { __type: "ResourceNotFoundException", Message: "no such secret" },
        ),
      );
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
