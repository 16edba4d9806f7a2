// A process of the test of fileRefreshTokenStore: renews its token as often as it is told, and says how it went.
import { fileRefreshTokenStore } from "../auth/file/index.ts";
import { refreshTokenSource } from "../auth/index.ts";

const [endpoint = "", path = "", rounds = "0"] = process.argv.slice(2);
const tokens = refreshTokenSource({ endpoint, refreshToken: fileRefreshTokenStore({ path }) });
let renewed = 0;
let token = await tokens.get();
for (let i = 0; i < Number(rounds); i++) {
  const next = await tokens.renew(token);
  renewed += next === undefined ? 0 : 1;
  token = next ?? token;
}
process.stdout.write(String(renewed));
