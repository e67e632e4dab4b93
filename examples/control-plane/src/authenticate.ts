import { JwtError, type JwtKeyRing, type VerifiedJwt } from "@qarion/jwt-rotation";
import type { FastifyRequest } from "fastify";
import { HttpError } from "./errors.js";
import type { Role } from "./models/user.js";

/** Who calls: a user with a role, by a token of the ring "app". */
export interface Caller {
  readonly userId: string;
  readonly role: Role;
}

/** @throws HttpError, JwtError */
export async function authenticateUser(request: FastifyRequest, ring: JwtKeyRing): Promise<Caller> {
  const { payload } = await verifyBearer(request, ring);
  const { sub, role } = payload;
  if (typeof sub !== "string" || (role !== "admin" && role !== "member")) throw new JwtError("ERR_JWT_CLAIMS");
  return { userId: sub, role };
}

/** The instance whose agent calls, by a token of the ring "control-plane". */
export async function authenticateAgent(request: FastifyRequest, ring: JwtKeyRing): Promise<{ instanceId: string }> {
  const { payload } = await verifyBearer(request, ring);
  if (typeof payload.sub !== "string") throw new JwtError("ERR_JWT_CLAIMS");
  return { instanceId: payload.sub };
}

export async function requireAdmin(request: FastifyRequest, ring: JwtKeyRing): Promise<Caller> {
  const caller = await authenticateUser(request, ring);
  if (caller.role !== "admin") throw new HttpError(403, "FORBIDDEN", "Only an admin may do this.");
  return caller;
}

/** RFC 6750 section 2.1: the token comes in the Authorization header and nowhere else. */
function verifyBearer(request: FastifyRequest, ring: JwtKeyRing): Promise<VerifiedJwt> {
  const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (token === undefined) throw new HttpError(401, "TOKEN_MISSING", "Sign in first.");
  return ring.verifyAsync(token);
}
