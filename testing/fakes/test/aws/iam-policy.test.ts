import { describe, expect, it } from "vitest";
import { evaluate, type PolicyStatement, parsePolicy } from "../../src/aws/iam-policy.js";

const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:app/db-AbC123";
const allow = (Action: string | string[], Resource: string | string[]): PolicyStatement => ({
  Effect: "Allow",
  Action,
  Resource,
});
const deny = (Action: string, Resource: string): PolicyStatement => ({ Effect: "Deny", Action, Resource });
const GET = "secretsmanager:GetSecretValue";

describe("evaluating a policy", () => {
  it.each<[string, readonly PolicyStatement[], string]>([
    ["nothing allows it", [], "implicitDeny"],
    ["everything is allowed", [allow("*", "*")], "allowed"],
    ["its action and its ARN are named", [allow(GET, ARN)], "allowed"],
    ["one of several is it", [allow(["secretsmanager:Put*", GET], ["arn:other", ARN])], "allowed"],
    ["the action is written in another case", [allow("SecretsManager:getsecretvalue", ARN)], "allowed"],
    ["the action matches a pattern", [allow("secretsmanager:Get*Value", ARN)], "allowed"],
    ["another action is named", [allow("secretsmanager:PutSecretValue", ARN)], "implicitDeny"],
    ["the action is only begun", [allow("secretsmanager:Get", ARN)], "implicitDeny"],
    ["six characters are left open", [allow(GET, ARN.replace("AbC123", "??????"))], "allowed"],
    ["five characters are left open", [allow(GET, ARN.replace("AbC123", "?????"))], "implicitDeny"],
    ["a prefix of the name is named", [allow(GET, ARN.replace("db-AbC123", "*"))], "allowed"],
    ["the ARN is named in another case", [allow(GET, ARN.toUpperCase())], "implicitDeny"],
    ["the ARN is named without its suffix", [allow(GET, ARN.slice(0, -7))], "implicitDeny"],
    ["a dot would match anything", [allow(GET, ARN.replace("/", "."))], "implicitDeny"],
    ["it is allowed and denied", [allow("*", "*"), deny(GET, ARN)], "explicitDeny"],
    ["it is denied before it is allowed", [deny(GET, "*"), allow("*", "*")], "explicitDeny"],
    ["another secret is denied", [allow("*", "*"), deny(GET, `${ARN}x`)], "allowed"],
  ])("when %s", (_, statements, expected) => {
    expect(evaluate(statements, GET, ARN)).toBe(expected);
  });

  it("an action on no resource is allowed for the resource * alone", () => {
    const action = "secretsmanager:BatchGetSecretValue";
    expect(evaluate([allow(action, "*")], action, "*")).toBe("allowed");
    expect(evaluate([allow(action, "arn:aws:secretsmanager:*:*:secret:*")], action, "*")).toBe("implicitDeny");
  });
});

describe("reading a policy", () => {
  const statement = allow(GET, "*");

  it("takes a document or its text, and one statement or several", () => {
    const document = { Version: "2012-10-17", Id: "x", Statement: [{ Sid: "y", ...statement }, statement] };
    expect(parsePolicy(JSON.stringify(document))).toEqual(document.Statement);
    expect(parsePolicy({ Statement: statement })).toEqual([statement]);
  });

  it.each([
    ["a condition", { Statement: { ...statement, Condition: {} } }],
    ["NotAction", { Statement: { Effect: "Allow", NotAction: "a:b", Resource: "*" } }],
    ["NotResource", { Statement: { Effect: "Allow", Action: "a:b", NotResource: "*" } }],
    ["a principal", { Statement: { ...statement, Principal: "*" } }],
    ["an unknown member", { Statements: [statement] }],
    ["an unknown effect", { Statement: { ...statement, Effect: "allow" } }],
    ["no action", { Statement: { Effect: "Allow", Resource: "*" } }],
    ["no resource", { Statement: { Effect: "Allow", Action: "*", Resource: [] } }],
    ["a statement that is none", { Statement: ["Allow"] }],
    ["no statement", { Version: "2012-10-17", Statement: [] }],
    ["another version of the language", { Version: "2026-01-01", Statement: statement }],
    ["an action without its service", { Statement: { ...statement, Action: "GetSecretValue" } }],
    ["a resource that is no ARN", { Statement: { ...statement, Resource: "app/db" } }],
    ["a document that is none", "[]"],
  ])("refuses %s, which it would have to overlook", (_, document) => {
    expect(() => parsePolicy(document as string)).toThrow();
  });
});
