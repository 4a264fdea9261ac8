//! Data on its way from one allocation to another, all in memory (RFC 8656 §11, §12). Nothing else is ever reached: who
//! is not an allocation of the same room has no address here.

use std::net::SocketAddr;
use std::ops::Range;

use stun_types::message::{Message, MessageClass, MessageType, MessageWriteMutSlice, TransactionId};
use stun_types::prelude::{AttributeExt as _, AttributeStaticType as _, MessageWrite as _, MessageWriteExt as _};
use turn_types::attribute::{Data, XorPeerAddress};
use turn_types::message::{DATA, SEND};

use super::allocation::Allocation;
use super::client::{Client, Transmit};
use super::engine::Engine;
use super::packet::{Packet, SHORT_HEADER_BYTES, channel_header};
use super::table::Place;

impl Engine {
    /// ChannelData from a client (RFC 8656 §12.6).
    pub(super) fn channel_data<'b>(
        &'b mut self,
        from: &Client,
        packet: &'b mut [u8],
        now_ms: u64,
    ) -> Option<Transmit<'b>> {
        let (number, length) = channel_header(packet)?;
        let data = SHORT_HEADER_BYTES..SHORT_HEADER_BYTES + length;
        if data.end > packet.len() {
            self.counters.malformed += 1;
            return None;
        }
        let Some((place, peer)) = self.table.place_of(from, now_ms).and_then(|place| {
            let peer = self.table.get(place)?.peer_of(number, now_ms)?;
            Some((place, peer))
        }) else {
            self.counters.undeliverable += 1;
            return None;
        };
        self.forward(place, peer, packet, data, now_ms)
    }

    /// What a Send indication says (RFC 8656 §11.2): to whom, and where in the packet the data is. One that has an
    /// attribute we should understand and do not, or that misses one, is dropped.
    pub(super) fn send_indication(&mut self, message: &Packet<'_>) -> Option<(SocketAddr, Range<usize>)> {
        if message.method() != SEND {
            return None;
        }
        let (mut peer, mut data) = (None, None);
        for attribute in message.attributes() {
            if attribute.number == XorPeerAddress::TYPE.value() && peer.is_none() {
                peer = Some(attribute.read::<XorPeerAddress>().ok()?.addr(message.transaction()));
            } else if attribute.number == Data::TYPE.value() && data.is_none() {
                data = Some(attribute.offset..attribute.offset + attribute.value.len());
            } else if !super::requests::is_known(attribute.number) {
                return None;
            }
        }
        Some((peer?, data?))
    }

    /// Data of a Send indication: it needs a permission, which a channel implies.
    pub(super) fn send<'b>(
        &'b mut self,
        from: &Client,
        peer: SocketAddr,
        packet: &'b mut [u8],
        data: Range<usize>,
        now_ms: u64,
    ) -> Option<Transmit<'b>> {
        let Some(place) = self.table.place_of(from, now_ms).filter(|place| {
            let sender = self.table.get(*place);
            sender.is_some_and(|sender| sender.permits(peer.ip(), now_ms))
        }) else {
            self.counters.undeliverable += 1;
            return None;
        };
        self.forward(place, peer, packet, data, now_ms)
    }

    /// The place that `peer` stands for, if the allocation at `place` may know of it: another one of the same room.
    pub(super) fn reachable(&self, place: Place, peer: SocketAddr, now_ms: u64) -> Option<Place> {
        let found = self.table.place_at(peer, now_ms)?;
        let same_room = self.table.get(found)?.room == self.table.get(place)?.room;
        (same_room && found != place).then_some(found)
    }

    fn forward<'b>(
        &'b mut self,
        place: Place,
        peer: SocketAddr,
        packet: &'b mut [u8],
        data: Range<usize>,
        now_ms: u64,
    ) -> Option<Transmit<'b>> {
        let receiver = self.reachable(place, peer, now_ms);
        let sender = self.table.get_mut(place)?;
        if !sender.may_send(data.len(), self.rules.bytes_per_second, now_ms) {
            self.counters.too_fast += 1;
            return None;
        }
        let relayed = sender.relayed;
        let receiver = receiver.and_then(|receiver| self.table.get(receiver));
        let Some(receiver) = receiver.filter(|receiver| receiver.permits(relayed.ip(), now_ms)) else {
            self.counters.undeliverable += 1;
            return None;
        };
        self.counters.relayed_packets += 1;
        self.counters.relayed_bytes += data.len() as u64;
        if let Some(number) = receiver.channel_to(relayed, now_ms) {
            return Some(over_channel(receiver, number, packet, data));
        }
        self.indication = self.indication.wrapping_add(1);
        let id = self.indication.into();
        let length = write_indication(&mut self.buffer, id, relayed, &packet[data])?;
        Some(Transmit {
            to: receiver.client,
            bytes: &self.buffer[..length],
        })
    }
}

/// ChannelData, written around the data where it is: there is always room for the header before it, ChannelData's own
/// or the attribute's.
fn over_channel<'b>(receiver: &Allocation, number: u16, packet: &'b mut [u8], data: Range<usize>) -> Transmit<'b> {
    let bytes = &mut packet[data.start - SHORT_HEADER_BYTES..data.end];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    bytes[2..SHORT_HEADER_BYTES].copy_from_slice(&(data.len() as u16).to_be_bytes());
    Transmit {
        to: receiver.client,
        bytes,
    }
}

/// A Data indication (RFC 8656 §11.4): its length. `None`: the data is too long for one.
fn write_indication(buffer: &mut [u8], id: TransactionId, from: SocketAddr, data: &[u8]) -> Option<usize> {
    let kind = MessageType::from_class_method(MessageClass::Indication, DATA);
    let peer = XorPeerAddress::new(from, id);
    let data = Data::new(data);
    if peer.padded_len() + data.padded_len() > usize::from(u16::MAX) {
        return None;
    }
    let mut message = Message::builder(kind, id, MessageWriteMutSlice::new(buffer));
    message.add_attribute(&peer).ok()?;
    message.add_attribute(&data).ok()?;
    Some(message.finish())
}
