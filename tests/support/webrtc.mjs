// What browsers signal to each other, and what they never would.

/** An offer of Chromium 141 with a microphone and a camera, shortened to what makes it one. */
export const OFFER_SDP = [
  "v=0",
  "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0 1",
  "a=extmap-allow-mixed",
  "a=msid-semantic: WMS f0c5b0e2-4d8a-4a6e-9a51-6c6f1f1d4a3b",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 63",
  "c=IN IP4 0.0.0.0",
  "a=rtcp:9 IN IP4 0.0.0.0",
  "a=ice-ufrag:EsAw",
  "a=ice-pwd:bP+XJMM09aR8AiX1jdukzR6Y",
  "a=ice-options:trickle",
  "a=fingerprint:sha-256 DA:39:A3:EE:5E:6B:4B:0D:32:55:BF:EF:95:60:18:90:AF:D8:07:09:DA:39:A3:EE:5E:6B:4B:0D:32:55:BF:EF",
  "a=setup:actpass",
  "a=mid:0",
  "a=sendrecv",
  "a=rtcp-mux",
  "a=rtpmap:111 opus/48000/2",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "m=video 9 UDP/TLS/RTP/SAVPF 96",
  "c=IN IP4 0.0.0.0",
  "a=mid:1",
  "a=sendrecv",
  "a=rtpmap:96 VP8/90000",
  "",
].join("\r\n");

export const offer = (sdp = OFFER_SDP) => ({ description: { type: "offer", sdp } });
export const answer = (sdp = OFFER_SDP.replace("actpass", "active")) => ({ description: { type: "answer", sdp } });
export const state = (fields) => ({ state: { audio: true, video: false, screen: false, ...fields } });

/** The `n`th candidate of one side. */
export const candidate = (n = 0, fields = {}) => ({
  candidate: {
    candidate: `candidate:${1000 + n} 1 udp ${2122260223 - n} 192.0.2.${n % 256} ${50_000 + n} typ host generation 0 ufrag EsAw network-id 1`,
    sdpMid: "0",
    sdpMLineIndex: 0,
    usernameFragment: "EsAw",
    ...fields,
  },
});

/** As browsers write them (Chromium, Firefox, Safari). */
export const GOOD_CANDIDATES = [
  "",
  "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag EsAw network-cost 999",
  "candidate:0 1 UDP 2122252543 4b1d8d30-4d5c-4b8b-9c38-6a1a6a2d2f7a.local 54321 typ host",
  "candidate:1 1 TCP 2105524479 2001:db8::1 9 typ host tcptype active",
  "candidate:3 2 udp 41885439 198.51.100.4 3478 typ relay raddr 192.0.2.3 rport 50000",
  "candidate:4 1 udp 1 ::1 65535 typ prflx raddr :: rport 9",
];

const good = "candidate:1 1 udp 1 203.0.113.7 1 typ host";

export const BAD_CANDIDATES = {
  "no candidate": "x",
  "nothing after its name": "candidate:",
  "an SDP line": `a=${good}`,
  "another name": good.replace("candidate:", "Candidate:"),
  "no type": "candidate:1 1 udp 1 203.0.113.7 1 typ",
  "an unknown type": good.replace("host", "evil"),
  "an unknown transport": good.replace("udp", "sctp"),
  "component 0": good.replace("1 1 udp", "1 0 udp"),
  "component 257": good.replace("1 1 udp", "1 257 udp"),
  "a port above 65535": good.replace(".7 1 ", ".7 65536 "),
  "a negative port": good.replace(".7 1 ", ".7 -1 "),
  "a negative priority": good.replace("udp 1", "udp -1"),
  "a priority beyond 32 bits": good.replace("udp 1", "udp 4294967296"),
  "a host name": good.replace("203.0.113.7", "evil.example.com"),
  "half an address": good.replace("203.0.113.7", "203.0.113"),
  "an address in hexadecimal": good.replace("203.0.113.7", "0x7f000001"),
  "mDNS without a name": good.replace("203.0.113.7", ".local"),
  "mDNS below another name": good.replace("203.0.113.7", "a.b.local"),
  "a second line": `${good}\r\na=evil:1`,
  "a bare line feed": `${good}\n`,
  "a NUL": `${good}\u0000`,
  "a tab": good.replace(" udp", "\tudp"),
  "two spaces": good.replace(" udp", "  udp"),
  "letters beyond ASCII": `${good} ufrag ğ`,
  "markup and a line": `${good} <script>\r\n`,
  "more than a kilobyte": `${good} ${"x".repeat(1100)}`,
};

export const BAD_SDP = {
  empty: "",
  "a word": "merhaba",
  "a first line only, without its end": "v=0",
  "another version": OFFER_SDP.replace("v=0", "v=1"),
  "something before the version": ` ${OFFER_SDP}`,
  "a blank line": OFFER_SDP.replace("s=-\r\n", "s=-\r\n\r\n"),
  "a line that is none": OFFER_SDP.replace("s=-", "hello"),
  markup: `${OFFER_SDP}<script>alert(1)</script>\r\n`,
  "line feeds without returns": OFFER_SDP.replaceAll("\r\n", "\n"),
  "one line feed without its return": OFFER_SDP.replace("a=mid:0\r\n", "a=mid:0\n"),
  "a return without its feed": OFFER_SDP.replace("a=mid:0\r\n", "a=mid:0\ra=x\r\n"),
  "no end of the last line": OFFER_SDP.trimEnd(),
  "a NUL": OFFER_SDP.replace("opus", "op\u0000us"),
  "an escape sequence": OFFER_SDP.replace("opus", "\u001b[31mopus"),
  "a C1 control": OFFER_SDP.replace("opus", "\u0085opus"),
  "a type in upper case": OFFER_SDP.replace("a=mid:0", "A=mid:0"),
  "a type of two letters": OFFER_SDP.replace("a=mid:0", "aa=mid:0"),
  "40 KB": `${OFFER_SDP}a=x:${"x".repeat(40_000)}\r\n`,
};
