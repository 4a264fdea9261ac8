import { ApiError } from "../shared/api";
import { forgetOutbox } from "../shared/outbox";
import type { Thread } from "../shared/types";
import { toast } from "../shared/ui/toast";
import { agentId, call } from "./access";
import { problemText } from "./problem";
import { forgetRoom } from "./rooms";
import { go, openRoom } from "./route";
import { without, withThread } from "./rules/threads";
import { book } from "./store";
import type { ThreadPatch } from "./wire";

/** What an agent does to a thread. Each answers whether it worked; a failure has been told already. */
export async function patchThread(room: string, patch: ThreadPatch): Promise<boolean> {
  return told(async () => {
    const thread = await call<Thread>("PATCH", `/api/admin/sessions/${room}`, patch);
    book.value = withThread(book.value, thread, agentId.value, false);
  });
}

export const closeThread = (room: string) => patchThread(room, { status: "closed" });
export const reopenThread = (room: string) => patchThread(room, { status: "open" });
export const assignToMe = (room: string) => patchThread(room, { assigned: agentId.value });
export const unassign = (room: string) => patchThread(room, { assigned: null });

export function eraseThread(room: string): Promise<boolean> {
  return told(async () => {
    await call<void>("DELETE", `/api/admin/sessions/${room}`);
    forgetRoom(room);
    forgetOutbox(`agent-${agentId.value}.${room}`);
    book.value = without(book.value, room, agentId.value);
    if (openRoom.value === room) go({ view: "threads" }, "replace");
  });
}

/** Saves the export as a file, without leaving the page. */
export function exportThread(room: string): void {
  const link = document.createElement("a");
  link.href = `/api/admin/sessions/${room}/export`;
  link.download = `konusma-${room}.json`;
  link.click();
}

async function told(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    const expired = error instanceof ApiError && error.code === "unauthorized";
    if (!expired) toast(problemText(error), "bad");
    return false;
  }
}
