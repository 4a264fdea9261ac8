// How a Bot API server, or what lies before it, misbehaves. `bot.misbehave(method, fault)` makes it so.
import { setTimeout as later } from "node:timers";

const HTML = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n";

const answer = (response, status, body, type = "application/json") => {
  response.writeHead(status, { "Content-Type": type });
  response.end(body);
};
const refusal = (code, description, parameters) => JSON.stringify({ ok: false, error_code: code, description, ...(parameters ? { parameters } : {}) });

/** `does(request, response, work)`: `work()` does what was asked for and answers `{status, body}` without sending it. */
const fault = (name, does) => ({ name, does });

export const refuse = (code, description, parameters) =>
  fault(`${code} ${description}`, (_request, response) => answer(response, code, refusal(code, description, parameters)));
export const internal = () => refuse(500, "Internal Server Error");
export const unauthorized = () => refuse(401, "Unauthorized");
export const forbidden = () => refuse(403, "Forbidden: bot was blocked by the user");
export const badRequest = (what = "something that nobody knows") => refuse(400, `Bad Request: ${what}`);
export const tooMany = (seconds) => refuse(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });
export const badGateway = () => fault("502 HTML", (_request, response) => answer(response, 502, HTML, "text/html"));
/** As a captive portal or a parked domain would. */
export const htmlAsOk = () => fault("200 HTML", (_request, response) => answer(response, 200, HTML.replaceAll("502 Bad Gateway", "Welcome"), "text/html"));
export const garbage = () => fault("garbage", (_request, response) => answer(response, 200, '{"ok":true,"resu'));
export const otherShape = () => fault("another shape", (_request, response) => answer(response, 200, '{"ok":true,"result":"yes"}'));
export const redirect = (to) => fault("a redirect", (_request, response) => response.writeHead(302, { Location: to }).end());
/** Takes the request and never answers. */
export const hang = () => fault("hang", () => {});
export const hangAfter = () => fault("hang after the work", async (_request, _response, work) => void (await work()));
export const resetBefore = () => fault("reset", (request) => request.socket.resetAndDestroy());
export const resetAfter = () =>
  fault("reset after the work", async (request, _response, work) => {
    await work();
    request.socket.resetAndDestroy();
  });
/** A byte at a time, over so many milliseconds. */
export const slowDrip = (ms = 1000) =>
  fault("slow drip", async (_request, response, work) => {
    const { status, body } = await work();
    response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
    const bytes = Buffer.from(body);
    const drip = (i) => {
      if (response.destroyed) return;
      if (i === bytes.length) return void response.end();
      response.write(bytes.subarray(i, i + 1));
      later(drip, ms / bytes.length, i + 1);
    };
    drip(0);
  });
