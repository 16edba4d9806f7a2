/** Numbers of options that others are known to use, ends included, and who. */
export const knownClaims: readonly (readonly [from: number, to: number, who: string])[] = [
  [
    1000,
    9999,
    "the global registry (protobuf, docs/options.md) hands these out one after the other; 1124 in its last list",
  ],
  [9990, 10000, "features of protobuf's own languages, and its tests"],
  [19000, 19999, "protobuf itself: no field may have them"],
  [50000, 50010, "what guides take as their example: Zitadel, Qdrant, Pocket Sign and many more claim 50001"],
  [56811, 56812, "protocas rbac"],
  [60001, 66010, "gogoproto: enum, file, message and field options"],
  [7234001, 7234001, "Temporal"],
  [72295728, 72295728, "google.api.http"],
  [171962766, 171962766, "udpa and xds annotations of Envoy"],
];
