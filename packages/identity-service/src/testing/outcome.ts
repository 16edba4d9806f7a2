import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@wirehouse/proto-google-rpc";

/** How a call failed: its code, and what its detail says. `OK` if it did not. */
export async function failureOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "OK";
  } catch (error) {
    const failed = ConnectError.from(error);
    const [info] = failed.findDetails(ErrorInfoSchema);
    const [violations] = failed.findDetails(ViolationsSchema);
    const detail = info?.reason ?? violations?.violations.map(({ ruleId }) => ruleId).join(",");
    return detail === undefined ? Code[failed.code] : `${Code[failed.code]} ${detail}`;
  }
}
