import type { DescMethod, DescService } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextKey,
  type HandlerContext,
  type Interceptor,
  type StreamRequest,
} from "@connectrpc/connect";
import { InterceptorError } from "../../errors.ts";
import { sleep as systemSleep } from "../../internal/time.ts";
import { readAlgorithms } from "./algorithms.ts";
import { readAuthorization } from "./authorization.ts";
import { createRefusals } from "./challenge.ts";
import type { GateEvent, JwtGateOptions, Revocations } from "./options.ts";
import { createPolicies, permits, type RpcPolicy } from "./policy.ts";
import { getPrincipal, type Principal, principalKey, principalOf, type TokenClaims } from "./principal.ts";
import { createStreamLifetime } from "./stream-lifetime.ts";
import { normalType } from "./token/parse-token.ts";
import { scopesOf } from "./token/read-claims.ts";
import { createVerificationCache } from "./token/verification-cache.ts";
import { createVerifier, type Verification } from "./token/verify-token.ts";

/** Decides who may call what. `createServer` of @wirehouse/server takes it as `auth`. */
export interface ServerAuth {
  /** Connect's `requestGate`: runs before a byte of the body is parsed. Throws only ConnectErrors. */
  readonly requestGate: (context: HandlerContext) => void | Promise<void>;
  /** Server interceptor, the outermost one: ends a stream when its token does. Denies what passed no gate. */
  readonly interceptor: Interceptor;
  /**
   * Throws when an RPC of these services has no policy, or an invalid one. To be called before listening.
   *
   * @throws InterceptorError `policy_missing`, which names each RPC.
   */
  assertPolicies(services: readonly DescService[]): void;
}

/** A `ServerAuth` that verifies JWTs. */
export interface JwtGate<Claims = TokenClaims> extends ServerAuth {
  /** The principal of a call, in a handler. Throws as the function of the same name does. */
  principalOf(context: Pick<HandlerContext, "values" | "method">): Principal<Claims>;
  /** The principal of a call, or undefined when anyone may call it. */
  getPrincipal(values: ContextValues): Principal<Claims> | undefined;
}

/**
 * A gate that lets a call through when its RPC's policy says so (wirehouse/auth/v1/policy.proto): with a JWT access token
 * (RFC 9068) in the `authorization` header, or without one where the policy is public. An RPC without a policy is denied.
 *
 * Refusals, each but the last two with a challenge (RFC 6750): `Unauthenticated` without a token, with a bad one, or with
 * several; `PermissionDenied` when it lacks a scope; `PermissionDenied` for an RPC without a policy; `Unavailable` when the
 * verifier is at fault, for example because the keys cannot be fetched.
 *
 * @throws InterceptorError `invalid_options` for options that would admit too much, or nothing.
 */
export function jwtGate<Claims = TokenClaims>(options: JwtGateOptions<Claims>): JwtGate<Claims> {
  const { wallNow = Date.now, sleep = systemSleep, clockToleranceMs: toleranceMs = 5000 } = options;
  const audiences = names("audience", options.audience);
  const issuers = names("issuer", options.issuer);
  if (!(toleranceMs >= 0 && toleranceMs <= 600_000)) {
    throw new InterceptorError("invalid_options", "clockToleranceMs must be from 0 to 600,000 milliseconds");
  }
  const policies = createPolicies(options.policies ?? []);
  const refusals = createRefusals(options.realm ?? [...audiences][0] ?? "");
  const isRevoked =
    typeof options.revoked === "function"
      ? options.revoked
      : options.revoked?.isRevoked.bind(options.revoked);
  const revocations: Revocations | undefined =
    typeof options.revoked === "function" ? undefined : options.revoked;
  const verify = createVerifier({
    algorithms: readAlgorithms(options.algorithms),
    type: normalType(options.typ ?? "at+jwt"),
    issuers,
    audiences,
    toleranceMs,
    scopes: options.scopes ?? scopesOf,
    claims: options.claims ?? ((claims) => claims),
    keys: options.keys,
    cache: options.cache === false ? undefined : createVerificationCache(options.cache),
    wallNow,
  });
  const bound = createStreamLifetime({
    toleranceMs,
    revocations,
    ended: refusals.invalid,
    fault,
    wallNow,
    sleep,
  });
  // Of this gate alone: another one's check does not count as ours.
  const passedKey = createContextKey<DescMethod | undefined>(undefined, { description: "gate passed" });

  return {
    requestGate: (context) => {
      const policy = policyOf(context.method);
      if (policy.kind === "public") {
        // Values that came from another call have nobody's token here.
        context.values.set(principalKey, undefined);
        context.values.set(passedKey, context.method);
        return undefined;
      }
      const credentials = readAuthorization(context.requestHeader.get("authorization"));
      if (credentials.kind !== "token") {
        if (credentials.kind === "malformed") {
          report({ kind: "rejected", method: context.method, reason: "malformed" });
          throw refusals.invalid();
        }
        throw credentials.kind === "repeated" ? refusals.repeated() : refusals.missing();
      }
      const verification = verify(credentials.token);
      return verification instanceof Promise
        ? verification.then((one) => decide(context, policy, one))
        : decide(context, policy, verification);
    },
    interceptor: (next) => (request) => {
      if (request.contextValues.get(passedKey) !== request.method) {
        // A service registered with options of its own has dropped the server's gate.
        throw new ConnectError("the call has passed no gate", Code.PermissionDenied);
      }
      const principal = request.contextValues.get(principalKey);
      return request.stream && principal !== undefined
        ? bound(next, request as StreamRequest, principal)
        : next(request);
    },
    assertPolicies(services) {
      const problems = services.flatMap((service) => [
        ...policies.strays(service),
        ...service.methods.flatMap((method) => {
          const lookup = policies.find(method);
          return "problem" in lookup ? [`${service.typeName}/${method.name}: ${lookup.problem}`] : [];
        }),
      ]);
      if (problems.length > 0) {
        throw new InterceptorError(
          "policy_missing",
          `who may call what is not said for all RPCs:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
        );
      }
    },
    principalOf: (context) => principalOf<Claims>(context),
    getPrincipal: (values) => getPrincipal<Claims>(values),
  };

  function policyOf(method: DescMethod): RpcPolicy {
    const lookup = policies.find(method);
    if ("problem" in lookup) {
      report({ kind: "undeclared", method, problem: lookup.problem });
      throw new ConnectError("nobody may call this: it states no policy", Code.PermissionDenied);
    }
    return lookup.policy;
  }

  function decide(context: HandlerContext, policy: RpcPolicy, verification: Verification): void {
    const { method, values } = context;
    switch (verification.kind) {
      case "rejected":
        report({ kind: "rejected", method, reason: verification.reason });
        throw refusals.invalid();
      case "fault":
        throw fault(method, verification.cause);
      case "verified": {
        const { principal } = verification;
        if (asks(method, principal)) {
          report({ kind: "rejected", method, reason: "revoked" });
          throw refusals.invalid();
        }
        if (!permits(policy, principal.scopes)) {
          throw refusals.insufficient(policy);
        }
        values.set(principalKey, principal);
        values.set(passedKey, method);
      }
    }
  }

  function asks(method: DescMethod, principal: Principal<unknown>): boolean {
    try {
      return isRevoked?.(principal) ?? false;
    } catch (cause) {
      throw fault(method, cause);
    }
  }

  function fault(method: DescMethod, cause: unknown): ConnectError {
    report({ kind: "fault", method, cause });
    return new ConnectError("tokens cannot be verified now", Code.Unavailable, undefined, undefined, cause);
  }

  function report(event: GateEvent): void {
    try {
      options.onRefused?.(event);
    } catch {
      // A broken log must not decide about calls.
    }
  }
}

function names(option: "issuer" | "audience", value: string | readonly string[]): ReadonlySet<string> {
  const list = typeof value === "string" ? [value] : value;
  if (list.length === 0 || list.some((one) => typeof one !== "string" || one === "")) {
    throw new InterceptorError(
      "invalid_options",
      `\`${option}\` must be a text, or a list of some: all of them not empty`,
    );
  }
  return new Set(list);
}
