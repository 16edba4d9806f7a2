import { PartnerState } from "@partner/identity/v1";
import { eachStore } from "@partner/storage/testing";
import { expect, it } from "vitest";
import { memberScopes, newKey, operatorScopes, startIdentity } from "../testing/identity-fixture.ts";
import { failureOf } from "../testing/outcome.ts";

eachStore("partners", (stores) => {
  it("are created once for an idempotency key, and answered as they are later", async () => {
    const identity = await startIdentity(stores);
    const { client } = await identity.join("platform", operatorScopes);
    const request = {
      partner: { slug: "acme", displayName: "Acme", contactEmail: "ops@acme.test" },
      idempotencyKey: newKey(),
    };
    const { partner } = await client.createPartner(request);
    expect(partner).toMatchObject({ slug: "acme", displayName: "Acme", state: PartnerState.ACTIVE });
    const updated = await client.updatePartner({
      partner: { partnerId: partner?.partnerId ?? "", displayName: "Acme Ltd" },
    });
    expect((await client.createPartner(request)).partner).toEqual(updated.partner);
    expect((await identity.events(partner?.partnerId ?? "")).map(({ change }) => change.case)).toEqual([
      "partnerCreated",
      "partnerUpdated",
    ]);
  });

  it("with another partner under the same key: ALREADY_EXISTS, for 24 hours", async () => {
    const identity = await startIdentity(stores);
    const { client } = await identity.join("platform", operatorScopes);
    const idempotencyKey = newKey();
    await client.createPartner({ partner: { slug: "acme", displayName: "Acme" }, idempotencyKey });
    const other = { partner: { slug: "bolt", displayName: "Bolt" }, idempotencyKey };
    identity.clock.advance(24 * 3_600_000 - 1);
    expect(await failureOf(client.createPartner(other))).toBe("AlreadyExists IDEMPOTENCY_KEY_REUSED");
    identity.clock.advance(1);
    expect((await client.createPartner(other)).partner?.slug).toBe("bolt");
  });

  it("a slug that is taken: ALREADY_EXISTS, and the key can be used again", async () => {
    const { client } = await (await startIdentity(stores)).join("platform", operatorScopes);
    const idempotencyKey = newKey();
    const taken = { partner: { slug: "platform", displayName: "x" }, idempotencyKey };
    expect(await failureOf(client.createPartner(taken))).toBe("AlreadyExists SLUG_TAKEN");
    const free = { partner: { slug: "free", displayName: "x" }, idempotencyKey };
    expect(await failureOf(client.createPartner(free))).toBe("OK");
  });

  it("without a slug: INVALID_ARGUMENT with the rule", async () => {
    const { client } = await (await startIdentity(stores)).join("platform", operatorScopes);
    const request = { partner: { displayName: "x" }, idempotencyKey: newKey() };
    expect(await failureOf(client.createPartner(request))).toBe("InvalidArgument create_partner.slug");
  });

  it("an update changes what the mask names, and nothing else", async () => {
    const identity = await startIdentity(stores);
    const { client, partner } = await identity.join("acme");
    const update = (paths: string[], displayName: string, contactEmail: string) =>
      client.updatePartner({
        partner: { partnerId: partner.partnerId, displayName, contactEmail, slug: "ignored" },
        updateMask: { paths },
      });
    identity.clock.advance(1000);
    const first = (await update([], "", "a@acme.test")).partner;
    expect(first).toMatchObject({ slug: "acme", displayName: "acme", contactEmail: "a@acme.test" });
    expect(first?.updateTime).not.toEqual(first?.createTime);
    expect((await update(["display_name"], "Acme", "b@acme.test")).partner).toMatchObject({
      displayName: "Acme",
      contactEmail: "a@acme.test",
    });
    expect((await update(["contact_email"], "Other", "")).partner).toMatchObject({
      displayName: "Acme",
      contactEmail: "",
    });
    expect((await update(["*"], "All", "c@acme.test")).partner).toMatchObject({
      displayName: "All",
      contactEmail: "c@acme.test",
    });
    expect(await failureOf(update(["*"], "", ""))).toBe("InvalidArgument update_partner.display_name");
    expect(await failureOf(update(["slug"], "", ""))).toBe("InvalidArgument update_partner.update_mask");
  });

  it("an update that changes nothing keeps the etag and makes no event", async () => {
    const identity = await startIdentity(stores);
    const { client, partner } = await identity.join("acme");
    const same = { partner: { partnerId: partner.partnerId, displayName: "acme" } };
    expect((await client.updatePartner(same)).partner?.etag).toBe(partner.etag);
    expect(await identity.events(partner.partnerId)).toEqual([]);
    const named = await client.updatePartner({ partner: { ...same.partner, displayName: "New" } });
    expect(named.partner?.etag).not.toBe(partner.etag);
    const [event] = await identity.events(partner.partnerId);
    expect(event?.change).toMatchObject({ value: { changedFields: { paths: ["display_name"] } } });
  });

  it("an update with an etag that is not current: ABORTED, and nothing changes", async () => {
    const { client, partner } = await (await startIdentity(stores)).join("acme");
    const { partnerId, etag } = partner;
    const update = (displayName: string) =>
      client.updatePartner({ partner: { partnerId, etag, displayName } });
    expect(await failureOf(update("first"))).toBe("OK");
    expect(await failureOf(update("second"))).toBe("Aborted ETAG_MISMATCH");
    expect((await client.getPartner({})).partner?.displayName).toBe("first");
  });

  it("are suspended, resumed and closed, with revocations of their tokens", async () => {
    const identity = await startIdentity(stores);
    const operator = await identity.join("platform", operatorScopes);
    const { partner } = await identity.join("acme");
    const { partnerId, etag } = partner;
    const { client } = operator;
    const transition = { partnerId, etag, reason: "unpaid" };
    const suspended = (await client.suspendPartner(transition)).partner;
    expect(suspended?.state).toBe(PartnerState.SUSPENDED);
    // Already suspended: unchanged, whatever the etag.
    expect((await client.suspendPartner(transition)).partner).toEqual(suspended);
    expect(await failureOf(client.resumePartner(transition))).toBe("Aborted ETAG_MISMATCH");
    const resumed = (await client.resumePartner({ partnerId, reason: "paid" })).partner;
    expect(resumed?.state).toBe(PartnerState.ACTIVE);
    const closed = (await client.closePartner({ partnerId })).partner;
    expect(closed?.state).toBe(PartnerState.CLOSED);
    expect((await client.closePartner({ partnerId, etag: "old" })).partner).toEqual(closed);
    const precondition = "FailedPrecondition PARTNER_CLOSED";
    expect(await failureOf(client.suspendPartner({ partnerId }))).toBe(precondition);
    expect(await failureOf(client.resumePartner({ partnerId }))).toBe(precondition);
    const rename = { partner: { partnerId, displayName: "x" } };
    expect(await failureOf(client.updatePartner(rename))).toBe(precondition);
    const events = await identity.events(partnerId);
    expect(events.map(({ change, sequence }) => [Number(sequence), change.case])).toEqual([
      [1, "partnerSuspended"],
      [2, "tokensRevoked"],
      [3, "partnerResumed"],
      [4, "partnerClosed"],
      [5, "tokensRevoked"],
    ]);
    expect(events[0]?.change.value).toMatchObject({ reason: "unpaid" });
    expect(events[0]?.actor?.kind.value).toBe(operator.account.accountId);
  });

  it("an operator cannot suspend or close its own", async () => {
    const identity = await startIdentity(stores);
    const { client, partner } = await identity.join("platform", operatorScopes);
    const { partnerId } = partner;
    expect(await failureOf(client.suspendPartner({ partnerId }))).toBe("FailedPrecondition OWN_PARTNER");
    expect(await failureOf(client.closePartner({ partnerId }))).toBe("FailedPrecondition OWN_PARTNER");
  });

  it("are listed by slug, page by page, to operators; to others only their own", async () => {
    const identity = await startIdentity(stores);
    const { client } = await identity.join("platform", operatorScopes);
    for (const slug of ["b-2", "a-1", "b1", "a0"]) {
      await identity.join(slug, memberScopes);
    }
    const suspended = await identity.join("zed");
    await client.suspendPartner({ partnerId: suspended.partner.partnerId });
    const slugs: string[] = [];
    const states = [PartnerState.ACTIVE];
    for (let pageToken = ""; ; ) {
      const page = await client.listPartners({ pageSize: 2, pageToken, states });
      expect(page.partners.length).toBeLessThanOrEqual(2);
      slugs.push(...page.partners.map(({ slug }) => slug));
      pageToken = page.nextPageToken;
      if (pageToken === "") {
        break;
      }
    }
    // By bytes, on every store: a hyphen comes before a digit.
    expect(slugs).toEqual(["a-1", "a0", "b-2", "b1", "platform"]);
    expect((await suspended.client.listPartners({})).partners.map(({ slug }) => slug)).toEqual(["zed"]);
    expect((await suspended.client.listPartners({ states })).partners).toEqual([]);
  });

  it("a page token of another list, other filters, or yesterday: INVALID_ARGUMENT", async () => {
    const identity = await startIdentity(stores);
    const { client } = await identity.join("platform", operatorScopes);
    await identity.join("acme");
    const { nextPageToken } = await client.listPartners({ pageSize: 1 });
    const wrong = "InvalidArgument page_token.not_current";
    const list = (pageToken: string, states: PartnerState[] = []) =>
      failureOf(client.listPartners({ pageToken, states }));
    expect(await list(nextPageToken, [PartnerState.ACTIVE])).toBe(wrong);
    expect(await list(`${nextPageToken.slice(0, -1)}A`)).toBe(wrong);
    expect(await list("x")).toBe(wrong);
    expect(await failureOf(client.listServiceAccounts({ pageToken: nextPageToken }))).toBe(wrong);
    expect(await list(nextPageToken)).toBe("OK");
    identity.clock.advance(24 * 3_600_000 + 1);
    expect(await list(nextPageToken)).toBe(wrong);
  });
});
