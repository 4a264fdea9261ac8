import type { AttachmentProps } from "./attachments/attachment";
import type { CallLineProps } from "./attachments/call-line";
import { imageBox } from "./image-box";
import { later, useLater } from "./later";
import type { Message } from "./types";

/** Pictures, players, files and calls come with the first message that has one: most chats have none. */
const shown = later(async () => (await import("./attachments/part")).ready());

/** What came with a message. It takes the same room before and after its part is here. */
export function Attachment(props: AttachmentProps) {
  const part = useLater(shown);
  if (part) return <part.Attachment {...props} />;
  const { kind, upload } = props.attached;
  const { width, height } = imageBox(upload, props.withText);
  return (
    <div
      class={`attachment ${kind}`}
      style={kind === "image" ? { width: `${width}px`, aspectRatio: `${width} / ${height}` } : undefined}
    />
  );
}

/** A call that is over; its place in the thread is there before its words. */
export function CallLine(props: CallLineProps) {
  const part = useLater(shown);
  const { id, from, key } = props.entry;
  return (
    <div
      class={`call-line ${props.mine ? "mine" : ""}`}
      data-testid="message"
      data-id={id}
      data-from={from}
      data-client-id={key}
    >
      {part && <part.CallLine {...props} />}
    </div>
  );
}

/** A message in one line: its text, or what it brought. `mine`: of this side. */
export function Said({ message, mine }: { message: Message; mine: boolean }) {
  const part = shown.part.value;
  return (
    <span>
      {part && message.kind !== "text" ? <part.Said message={message} mine={mine} /> : words(message)}
    </span>
  );
}

/** For whom words must be right at once: they are spoken only once. */
export const whenShown = shown.use;

/** The same for ears. */
export const inWords = (message: Message): string => shown.part.value?.inWords(message) ?? words(message);

const words = ({ text, upload }: Message) => text || upload?.name || "";
