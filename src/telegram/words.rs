//! What the bot says, in the languages of the pages.

use crate::storage::telegram::Language;

/// A sentence in Turkish and in English. `{}` stands for what is filled in.
#[derive(Debug, Clone, Copy)]
pub struct Words(pub &'static str, pub &'static str);

impl Words {
    /// In this language.
    pub fn of(self, language: Language) -> &'static str {
        match language {
            Language::Tr => self.0,
            Language::En => self.1,
        }
    }

    /// In this language, with each `{}` filled in, in order.
    pub fn fill(self, language: Language, values: &[&str]) -> String {
        let mut parts = self.of(language).split("{}");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (part, value) in parts.zip(values) {
            text.push_str(value);
            text.push_str(part);
        }
        text
    }
}

/// Head of a new thread.
pub const NEW_CHAT: Words = Words("🆕 Yeni sohbet: {}", "🆕 New chat: {}");
/// In the head.
pub const LANGUAGE: Words = Words("Dil: {}", "Language: {}");
/// Beyond what is listed.
pub const MORE: Words = Words(
    "… ve {} mesaj daha. Hepsi yönetim panelinde.",
    "… and {} more messages. All of them are in the panel.",
);
/// A visitor still waits.
pub const REMINDER: Words = Words(
    "⏰ {} hâlâ cevap bekliyor ({} dk).",
    "⏰ {} is still waiting for an answer ({} min).",
);
/// A visitor says how it was.
pub const RATING: Words = Words("{} görüşmeyi değerlendirdi: {}", "{} rated the chat: {}");
/// Somebody rings.
pub const CALLS_AUDIO: Words = Words("📞 {} arıyor", "📞 {} is calling");
/// Somebody rings, with a picture.
pub const CALLS_VIDEO: Words = Words("📹 {} görüntülü arıyor", "📹 {} is calling with video");
/// The button of a call.
pub const ANSWER: Words = Words("Cevapla", "Answer");
/// Where no button may be.
pub const ANSWER_AT: Words = Words("Cevaplamak için: {}", "Answer at: {}");
/// The link of `/call`.
pub const CALL_READY: Words = Words(
    "📞 {} ile görüşmek için bağlantı (2 dakika, bir kez):",
    "📞 A link to call {} (2 minutes, once):",
);
/// Its button.
pub const CALL_NOW: Words = Words("Aramayı aç", "Open the call");
/// Nobody answered.
pub const MISSED: Words = Words("📵 {} aradı, kimse cevap vermedi.", "📵 {} called, nobody answered.");
/// A check fails.
pub const CHECK_FAILS: Words = Words("⚠️ {}\n{}", "⚠️ {}\n{}");
/// It is well again.
pub const CHECK_IS_WELL: Words = Words("✅ Düzeldi: {}", "✅ Well again: {}");
/// A file that could not be shown.
pub const CANNOT_SHOW: Words = Words(
    "📎 {} (Telegram bu dosyayı almadı; panelde görebilirsiniz)",
    "📎 {} (Telegram did not take this file; see it in the panel)",
);

/// The chat is chosen.
pub const CONNECTED: Words = Words(
    "✅ Bağlandı. Ziyaretçilerin mesajları buraya gelecek.\n\nCevap vermek için bir mesajı yanıtlayın (reply). Konulu gruplarda her ziyaretçinin kendi konusu vardır; oraya yazmanız yeterli.\n\nKomutlar: /close /block /call /status /mute /help",
    "✅ Connected. Messages of your visitors will come here.\n\nTo answer, reply to a message. In a group with topics every visitor has a topic; just write there.\n\nCommands: /close /block /call /status /mute /help",
);
/// The account is linked.
pub const LINKED: Words = Words(
    "✅ Hesabınız bağlandı: giriş kodlarınız buraya gelecek.",
    "✅ Your account is linked: sign-in codes will come here.",
);
/// A code that is none.
pub const OLD_CODE: Words = Words(
    "Bu bağlantının süresi dolmuş ya da kullanılmış. Panelden yenisini alın.",
    "This link has expired or was used. Get a new one in the panel.",
);
/// A candidate.
pub const CONFIRM: Words = Words(
    "Merhaba! Bu sohbeti kullanmak için panelde Ayarlar → Telegram bölümünden onaylayın.",
    "Hello! To use this chat, confirm it in the panel under Settings → Telegram.",
);
/// The test message.
pub const TEST: Words = Words(
    "🔔 Deneme mesajı. Size ulaştı mı?",
    "🔔 A test message. Did you get it?",
);
/// Its button.
pub const GOT_IT: Words = Words("Aldım", "I got it");
/// After the press.
pub const THANKS: Words = Words("Teşekkürler, panelde görünüyor.", "Thank you, the panel shows it.");

/// A one-time code.
pub const CODE: Words = Words(
    "🔑 Giriş kodunuz: {}\n10 dakika geçerli. Siz istemediyseniz birisi parolanızı biliyor: değiştirin.",
    "🔑 Your sign-in code: {}\nGood for 10 minutes. If you did not ask for it, somebody knows your password: change it.",
);

/// What belongs to nobody.
pub const HOW_TO: Words = Words(
    "Bu mesaj kimseye gönderilmedi. Bir ziyaretçiye cevap vermek için onun mesajını yanıtlayın (reply).\n/help komutları gösterir.",
    "This was sent to nobody. To answer a visitor, reply to a message of theirs.\n/help shows the commands.",
);
/// The commands.
pub const HELP: Words = Words(
    "Bir ziyaretçinin mesajını yanıtlayarak ya da konusunda yazın:\n/close – sohbeti kapat\n/block – engelle (tekrar: engeli kaldır)\n/call – arama bağlantısı\n/mute 60 – bu ziyaretçiyi 60 dk sessize al (/mute off)\n\nHer yerde:\n/status – durum\n/mute 60 – hepsini sessize al",
    "As a reply to a visitor's message, or in the visitor's topic:\n/close – close the chat\n/block – block (again: unblock)\n/call – a link to call\n/mute 60 – no sound for this visitor, 60 min (/mute off)\n\nAnywhere:\n/status – how things are\n/mute 60 – no sound at all",
);
/// A command without a visitor.
pub const WHOSE: Words = Words(
    "Hangi ziyaretçi? Komutu onun bir mesajını yanıtlayarak gönderin.",
    "Which visitor? Send the command as a reply to one of their messages.",
);
/// After `/close`.
pub const CLOSED: Words = Words("Sohbet kapatıldı: {}", "Chat closed: {}");
/// After `/close` of a closed one.
pub const CLOSED_ALREADY: Words = Words("Bu sohbet zaten kapalı: {}", "This chat is closed already: {}");
/// After `/block`.
pub const BLOCKED: Words = Words(
    "{} engellendi. Engeli kaldırmak için yine /block.",
    "{} is blocked. /block again to unblock.",
);
/// After the second `/block`.
pub const UNBLOCKED: Words = Words("{} artık engelli değil.", "{} is not blocked any more.");
/// After `/mute`.
pub const MUTED: Words = Words("🔕 {} dakika sessiz.", "🔕 No sound for {} minutes.");
/// After `/mute off`.
pub const UNMUTED: Words = Words("🔔 Ses açık.", "🔔 Sound is on.");
/// `/mute` of something else.
pub const MUTE_HOW: Words = Words(
    "/mute 60 – 60 dakika sessiz; /mute off – sesi aç.",
    "/mute 60 – no sound for 60 minutes; /mute off – with sound.",
);
/// `/status`.
pub const STATUS: Words = Words(
    "Açık sohbet: {}\nCevap bekleyen: {}\nPanelde: {} kişi, sitede: {} ziyaretçi\nKuyrukta: {} bildirim",
    "Open chats: {}\nWaiting for an answer: {}\nIn the panel: {}, on the site: {} visitors\nNotices waiting: {}",
);
/// In `/status`, all is well.
pub const ALL_WELL: Words = Words("✅ Her şey yolunda.", "✅ All is well.");

/// Nothing was sent: the kind.
pub const KIND: Words = Words(
    "Gönderilmedi: bu tür mesaj ziyaretçiye aktarılamıyor. Metin, fotoğraf, ses veya dosya gönderin.",
    "Not sent: this kind of message cannot be passed on. Send text, a photo, a voice note or a file.",
);
/// Nothing was sent: the length.
pub const TOO_LONG: Words = Words(
    "Gönderilmedi: mesaj en çok 4.000 karakter olabilir.",
    "Not sent: a message can have 4,000 characters at most.",
);
/// Nothing was sent: the size.
pub const TOO_LARGE: Words = Words(
    "Gönderilmedi: dosya çok büyük. Bot en çok 20 MB alabilir.",
    "Not sent: the file is too large. A bot can take 20 MB at most.",
);
/// Nothing was sent: the type.
pub const FILE_TYPE: Words = Words(
    "Gönderilmedi: bu tür dosyalara izin verilmiyor (Ayarlar → Dosyalar).",
    "Not sent: files of this kind are not allowed (Settings → Files).",
);
/// Nothing was sent: the picture.
pub const IMAGE: Words = Words(
    "Gönderilmedi: resim açılamadı.",
    "Not sent: the picture cannot be opened.",
);
/// Nothing was sent: the sender.
pub const DISABLED: Words = Words(
    "Gönderilmedi: hesabınız kapatılmış.",
    "Not sent: your account is disabled.",
);
/// A link for one person, pressed in a group.
pub const IN_PRIVATE: Words = Words(
    "Bu bağlantı size özel: botla özel sohbette açın.",
    "This link is for you alone: open it in a private chat with the bot.",
);
/// Nothing was sent: ours.
pub const NOT_TAKEN: Words = Words(
    "Gönderilmedi: dosya şu an alınamadı. Biraz sonra yeniden gönderin.",
    "Not sent: the file could not be taken just now. Send it again in a while.",
);
/// Nothing was sent: erased.
pub const GONE: Words = Words("Bu ziyaretçinin verileri silinmiş.", "This visitor's data was erased.");

/// The commands that Telegram lists, with what they do.
pub const COMMANDS: [(&str, Words); 6] = [
    ("close", Words("Sohbeti kapat", "Close the chat")),
    ("block", Words("Ziyaretçiyi engelle", "Block the visitor")),
    ("call", Words("Arama bağlantısı", "A link to call")),
    ("status", Words("Durum", "How things are")),
    ("mute", Words("Sessize al", "No sound")),
    ("help", Words("Yardım", "Help")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_places_to_fill() {
        for words in [
            NEW_CHAT,
            LANGUAGE,
            MORE,
            REMINDER,
            RATING,
            CALLS_AUDIO,
            CALLS_VIDEO,
            ANSWER_AT,
            CALL_READY,
            MISSED,
            CHECK_FAILS,
            CHECK_IS_WELL,
            CANNOT_SHOW,
            CODE,
            CLOSED,
            CLOSED_ALREADY,
            BLOCKED,
            UNBLOCKED,
            MUTED,
            STATUS,
        ] {
            let places = |language| words.of(language).matches("{}").count();
            assert_eq!(places(Language::Tr), places(Language::En), "{words:?}");
            assert!(places(Language::Tr) > 0, "{words:?}");
        }
        assert_eq!(
            REMINDER.fill(Language::En, &["{}", "5"]),
            "⏰ {} is still waiting for an answer (5 min)."
        );
    }
}
