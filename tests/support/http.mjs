// node:http rather than fetch: the tests must be able to send what a browser would not.
import assert from "node:assert/strict";
import http from "node:http";

import { DEADLINE_MS, within } from "./deadline.mjs";

export function request(server, method, path, options = {}) {
  const { json, body, bearer, cookie, csrf, headers = {}, localAddress, withinMs = DEADLINE_MS } = options;
  const sent = { ...headers };
  if (json !== undefined) sent["Content-Type"] ??= "application/json";
  if (bearer) sent.Authorization = `Bearer ${bearer}`;
  if (cookie) sent.Cookie = cookie;
  if (csrf) sent["X-CSRF-Token"] = csrf;
  const content = json === undefined ? body : JSON.stringify(json);
  if (content !== undefined) sent["Content-Length"] ??= Buffer.byteLength(content);
  const answer = new Promise((resolve, reject) => {
    const call = http.request(
      { host: "127.0.0.1", port: server.port, method, path, headers: sent, agent: false, localAddress },
      (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => {
          const bytes = Buffer.concat(parts);
          resolve({ status: response.statusCode, headers: response.headers, bytes, text: bytes.toString() });
        });
      },
    );
    call.on("error", reject);
    call.end(content);
  });
  return within(answer, withinMs, `${method} ${path}`);
}

export const get = (server, path, options) => request(server, "GET", path, options);
export const post = (server, path, json, options) => request(server, "POST", path, { json, ...options });

/** The body of an answer that must have `status`. */
export function expectJson(response, status = 200) {
  assert.equal(response.status, status, response.text);
  assert.match(response.headers["content-type"], /^application\/json\b/);
  return JSON.parse(response.text);
}

/** RFC 9457, with the code people may rely on. */
export function expectProblem(response, status, code) {
  assert.equal(response.status, status, response.text);
  assert.match(response.headers["content-type"] ?? "", /^application\/problem\+json\b/, response.text);
  const problem = JSON.parse(response.text);
  assert.equal(problem.code, code, response.text);
  assert.equal(problem.status, status);
  assert.equal(typeof problem.type, "string");
  assert.ok(problem.title, "a title");
  assert.ok(problem.detail, "a sentence for people");
  if (status === 429 || status === 503) {
    assert.match(response.headers["retry-after"] ?? "", /^\d+$/);
    assert.ok(problem.retry_after_ms > 0, response.text);
  }
  return problem;
}
