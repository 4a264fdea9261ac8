import type { AgentRef, CallsAllowed, Hours, Locale, OpenHours, UploadGroup } from "../shared/types";

/** The parts of the wire that only agents see, as the contract describes them. */

export interface Me extends AgentRef {
  username: string;
  role: "owner" | "agent";
  login_id: number;
  business_name: string;
  recovery_codes_left: number;
  demo: boolean;
  agents: AgentRef[];
}

export interface Login {
  id: number;
  current: boolean;
  user_agent: string;
  address: string;
  created_at: number;
  last_seen_at: number;
}

export interface CannedReply {
  shortcut: string;
  text: string;
}

export interface Settings {
  business_name: string;
  greeting: Record<Locale, string>;
  accent: string | null;
  hours: Hours | null;
  canned_replies: CannedReply[];
  late_after_ms: number;
  /** Empty: nobody can send files. */
  upload_types: UploadGroup[];
  calls: CallsAllowed;
}

/** How the server's own relay for calls does. */
export interface Relay {
  /** `external`: others are used in its place; `untested`: the first test is still to come. */
  state: "ok" | "failed" | "off" | "external" | "untested";
  port?: number;
  checked_at?: number;
  /** A sentence for whoever runs the server. */
  fault?: string;
  /** How many are in use. */
  allocations: number;
}

export interface TelegramChat {
  id: number;
  title: string;
  /** A forum is a group with topics. */
  kind: "private" | "group" | "forum";
}

/** A notice that was given up. */
export interface FailedNotice {
  id: number;
  kind: string;
  room?: string;
  name?: string;
  at: number;
  error: string;
  attempts: number;
}

/** What the owner chooses of the bot. */
export interface TelegramChoices {
  notify: "away" | "always";
  quiet: (OpenHours & { time_zone: string }) | null;
  language: Locale;
}

/** The owner's Telegram. */
export interface Telegram {
  /** `waiting`: the token works, no chat is chosen. */
  state: "off" | "connecting" | "waiting" | "ready" | "fault";
  /** What the configuration of the server says. */
  pinned: { token: boolean; chat: boolean };
  bot?: { name: string; username: string };
  /** Only for the owner, as `group_url`. */
  start_url?: string;
  group_url?: string;
  candidates: (TelegramChat & { at: number })[];
  chat?: TelegramChat;
  fault?: { code: string; title: string; fix: string };
  test?: { sent_at: number; confirmed_at?: number; by?: string };
  queue: { waiting: number; oldest_at?: number };
  delivered_at?: number;
  failed: FailedNotice[];
  settings: TelegramChoices;
  /** Codes to sign in go to this agent's own account. */
  linked: boolean;
}

export interface Challenge {
  challenge: string;
  channel: "totp" | "telegram" | "demo";
}

export interface SetupOffer {
  purpose: "owner" | "agent" | "reset";
  username?: string;
  name?: string;
  business_name?: string;
  totp: { secret: string; uri: string; qr: { size: number; path: string } };
}

export interface ThreadPatch {
  status?: "open" | "closed";
  assigned?: number | null;
  blocked?: boolean;
  note?: string;
  tags?: string[];
  name?: string;
  email?: string;
}
