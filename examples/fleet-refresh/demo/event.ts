/** An EventBridge event of Secrets Manager, as the service sends it for a call that CloudTrail has seen. */
export function secretEvent(eventName: string, secretId: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    version: "0",
    source: "aws.secretsmanager",
    "detail-type": "AWS API Call via CloudTrail",
    detail: { eventSource: "secretsmanager.amazonaws.com", eventName, requestParameters: { secretId }, ...more },
  });
}
