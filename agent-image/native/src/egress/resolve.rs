//! Where a channel connects to.

use super::settings::Settings;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

/// A name with more addresses than this is taken for its first ones.
const MOST: usize = 256;

#[derive(Clone, Debug, PartialEq)]
pub enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(formatter),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

type Found = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;

/// Looks a name up.
pub type Lookup = Arc<dyn Fn(String, u16) -> Found + Send + Sync>;

/// The system's look-up, which blocks a thread.
pub fn system() -> Lookup {
    Arc::new(|host, port| {
        Box::pin(async move { tokio::net::lookup_host((host.as_str(), port)).await.map(|found| found.take(MOST).collect()) })
    })
}

/// Whether the addresses can change.
pub fn is_fixed(settings: &Settings) -> bool {
    !settings.unix.is_empty() || settings.hosts.iter().all(|(host, _)| host.parse::<IpAddr>().is_ok())
}

/// All addresses, each once, in the order of the look-up; the error is for people.
pub async fn resolve(settings: &Settings, lookup: &Lookup) -> Result<Vec<Address>, String> {
    if !settings.unix.is_empty() {
        return Ok(vec![Address::Unix(settings.unix.clone().into())]);
    }
    let mut addresses = Vec::new();
    let mut trouble = "there are no addresses".to_owned();
    for (host, port) in &settings.hosts {
        match lookup(host.clone(), *port).await {
            Ok(found) => {
                for address in found.into_iter().map(Address::Tcp) {
                    if !addresses.contains(&address) {
                        addresses.push(address);
                    }
                }
            }
            Err(error) => trouble = format!("lookup of {host}: {error}"),
        }
    }
    if addresses.is_empty() { Err(trouble) } else { Ok(addresses) }
}
