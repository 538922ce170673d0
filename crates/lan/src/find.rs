//! Finding one another in a network, by mDNS.
//!
//! # Invariants
//!
//! - **What is called out is a number of six random digits**, an address and a port: no office, no person, no computer's
//!   name.
//! - **Nothing found is believed**: it is an address to try, and who is there shows in the handshake.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use mdns_sd::{IfKind, ServiceDaemon, ServiceEvent, ServiceInfo};

use crate::host::own_addresses;

const KIND: &str = "_marugoto._tcp.local.";
/// The most that is listed: a network may be full of liars.
const MOST: usize = 50;

/// A laptop that calls out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// As on its screen: three digits, a hyphen, three digits.
    pub number: String,
    /// Where to try, first to last.
    pub addresses: Vec<SocketAddr>,
}

/// A number that is called out, until it is dropped.
pub(crate) struct Sign {
    daemon: ServiceDaemon,
}

impl std::fmt::Debug for Sign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sign")
    }
}

impl Sign {
    /// Calls a number out; nothing where the network does not let it. The address can still be typed.
    pub(crate) fn put_up(number: &str, address: SocketAddr) -> Option<Self> {
        let own: Vec<IpAddr> = if address.ip().is_unspecified() {
            own_addresses()
        } else {
            vec![address.ip()]
        };
        if own.is_empty() {
            return None;
        }
        let name = format!("{number}.local.");
        let service = ServiceInfo::new(KIND, number, &name, own.as_slice(), address.port(), None);
        let daemon = ServiceDaemon::new().ok()?;
        if address.ip().is_loopback() {
            daemon.enable_interface(IfKind::LoopbackV4).ok()?;
        }
        daemon.register(service.ok()?).ok()?;
        Some(Self { daemon })
    }
}

impl Drop for Sign {
    fn drop(&mut self) {
        // It says goodbye by itself; if not, the number is forgotten in two minutes.
        let _ = self.daemon.shutdown();
    }
}

/// Listens for so long who is open. In the order of their numbers.
#[must_use]
pub fn find(most: Duration) -> Vec<Found> {
    let Ok(daemon) = ServiceDaemon::new() else {
        return Vec::new();
    };
    #[cfg(debug_assertions)]
    let _ = daemon.enable_interface(IfKind::LoopbackV4);
    let mut found: BTreeMap<String, BTreeSet<SocketAddr>> = BTreeMap::new();
    let until = Instant::now() + most;
    if let Ok(events) = daemon.browse(KIND) {
        while let Ok(event) = events.recv_deadline(until) {
            let ServiceEvent::ServiceResolved(service) = event else {
                continue;
            };
            let name = service.get_fullname().strip_suffix(&format!(".{KIND}"));
            let Some(number) = name.filter(|name| is_number(name)) else {
                continue;
            };
            if found.len() >= MOST && !found.contains_key(number) {
                continue;
            }
            let port = service.get_port();
            let addresses = service.get_addresses_v4().into_iter();
            let places = found.entry(number.to_owned()).or_default();
            places.extend(
                addresses
                    .map(|ip| SocketAddr::new(IpAddr::V4(ip), port))
                    .take(8),
            );
        }
    }
    let _ = daemon.shutdown();
    found
        .into_iter()
        .map(|(number, addresses)| Found {
            number,
            addresses: addresses.into_iter().collect(),
        })
        .collect()
}

/// Whether a text is a number as a host shows it.
#[must_use]
pub fn is_number(text: &str) -> bool {
    let is_three = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-')
        .is_some_and(|(first, second)| is_three(first) && is_three(second))
}
