// The wire, as PROTOCOL.md describes it. Times are milliseconds UTC; absent fields are absent, never null, unless typed so.

export type Party = "visitor" | "agent";
export type Locale = "tr" | "en";

export interface Message {
  id: number;
  room: string;
  client_id: string;
  from: Party | "system";
  /** Agents, and system messages an agent caused. */
  author?: string;
  /** A server newer than this page may send a kind it does not know: it is shown as plain text. */
  kind: "text" | "image" | "audio" | "file" | "call";
  /** For `from: "system"` a code: "closed", "reopened" or "late" (nobody has answered for long). */
  text?: string;
  /** Of an image, audio or file message; the text beside it is its caption. */
  upload?: Upload;
  /** Of a call message; it comes when the call is over, `from` its caller, `author` the agent who called or answered. */
  call?: Call;
  reply_to?: number;
  at: number;
  /** What an agent wrote elsewhere than on our pages. */
  via?: "telegram";
  /** When its text was last changed. */
  edited_at?: number;
}

/** A message's text is another one now. */
export interface Edit extends Required<Pick<Message, "id" | "room" | "text" | "edited_at">> {}

export type CallMedia = "audio" | "video";
/** What the owner lets people do; `video` includes audio. */
export type CallsAllowed = "off" | CallMedia;
export interface Call {
  id: string;
  caller: Party;
  media: CallMedia;
  /** Why it ended. */
  reason: "hangup" | "declined" | "missed" | "busy" | "failed" | "lost";
  /** From the first sound; 0 when there was none. */
  duration_ms: number;
}

/** A file the server has. Sizes are those of what is stored: images are made anew without metadata. */
export interface Upload {
  id: string;
  name: string;
  mime: string;
  /** Bytes. */
  size: number;
  /** Signed; lives 24–36 h, `history` gives new ones. */
  url: string;
  /** Images only: longer side at most 480 px. */
  thumb_url?: string;
  width?: number;
  height?: number;
  /** Audio and video. */
  duration_ms?: number;
}

/** What the owner lets people send. `other`: everything without a group of its own, HTML and SVG included. */
export type UploadGroup = "images" | "audio" | "video" | "pdf" | "documents" | "text" | "archives" | "other";

export interface Receipt {
  room: string;
  by: Party;
  delivered_up_to?: number;
  read_up_to?: number;
}

export interface Typing {
  room: string;
  from: Party;
  author?: string;
  on: boolean;
}

export interface Presence {
  room?: string;
  visitor_online?: boolean;
  agents_online?: number;
}

export interface AgentRef {
  id: number;
  name: string;
}

export interface Hit {
  message_id?: number;
  /** When the message brought something; `text` may be its name. */
  kind?: Message["kind"];
  text: string;
}

export interface Thread {
  room: string;
  name: string;
  email?: string;
  locale?: string;
  time_zone?: string;
  page_url?: string;
  referrer?: string;
  user_agent?: string;
  /** Shortened: personal data the agent does not need whole. */
  address?: string;
  status: "open" | "closed";
  /** How the visitor found it, 1 to 5. */
  rating?: number;
  blocked: boolean;
  assigned: AgentRef | null;
  created_at: number;
  closed_at?: number;
  /** When something last happened: orders the lists. */
  active_at?: number;
  last: Message | null;
  unread: number;
  waiting_since: number | null;
  visitor_online: boolean;
  visitor_delivered_up_to: number;
  visitor_read_up_to: number;
  agent_read_up_to: number;
  note: string;
  tags: string[];
  /** How many earlier chats; only when one thread is asked for. */
  earlier?: number;
  /** Only in an answer to a search. */
  hit?: Hit;
}

/** What a visitor gets: `status` and `name`. What an agent gets: `event` and the fields that changed. */
export interface SessionEvent extends Partial<Thread> {
  room: string;
  event?: "new" | "changed";
  deleted?: true;
}

export interface Refusal {
  ok: false;
  code: string;
  message: string;
  retry_after_ms?: number;
}
export type Ack<T = object> = ({ ok: true } & T) | Refusal;

export interface OutgoingMessage {
  client_id: string;
  text?: string;
  upload_id?: string;
  reply_to?: number;
  room?: string;
}
export interface Sent {
  id: number;
  at: number;
}
export interface HistoryQuery {
  before?: number;
  after?: number;
  limit?: number;
  room?: string;
}
/** Ascending by id; `more` says whether something lies beyond in the direction asked for. */
export interface HistoryPage {
  messages: Message[];
  more: boolean;
}

/** RFC 9457 problem document. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  retry_after_ms?: number;
  field?: string;
  tries_left?: number;
}

export interface OpenHours {
  from: string;
  to: string;
}
export interface Hours {
  time_zone: string;
  /** Seven entries, Monday first; null is a day off. */
  week: (OpenHours | null)[];
  /** Local dates, YYYY-MM-DD. */
  holidays: string[];
}
export interface Info {
  business_name: string;
  greeting: Record<Locale, string>;
  accent: string | null;
  agents_online: number;
  typical_reply_ms: number | null;
  hours: Hours | null;
  /** No types: nobody can send files. */
  uploads: { max_bytes: number; types: UploadGroup[] };
  calls: CallsAllowed;
  /** The owner is told on the phone: a call may be answered though no agent is online. */
  pocket?: boolean;
  version: string;
}

/** What a visitor keeps between visits. */
export interface Identity {
  room: string;
  token: string;
  name: string;
  /** Where the business can reach him later, once he said so on this device. */
  email?: string;
  /** The closing of the chat that he has rated, by the id of the message that told it. */
  rated?: number;
}
