//! TLS by rustls: certificates come as PEM from Python, which reads files and knows when they changed.

use std::sync::Arc;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{
    CipherSuite, NamedGroup, ProtocolVersion, RootCertStore, ServerConfig, SupportedProtocolVersion, version,
};

/// Cipher suites of TLS 1.2 by Go's names, some of which have an older form. Those of 1.3 cannot be chosen, as in Go.
const SUITES: [(&str, CipherSuite); 8] = [
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
    ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
];
/// Curves by Go's names.
const CURVES: [(&str, NamedGroup); 3] =
    [("X25519", NamedGroup::X25519), ("P256", NamedGroup::secp256r1), ("P384", NamedGroup::secp384r1)];

/// Cryptography with these cipher suites and curves, in this order; empty is all. The error names one that there is not.
pub fn provider(suites: &[String], curves: &[String]) -> Result<CryptoProvider, String> {
    let mut provider = ring::default_provider();
    if !suites.is_empty() {
        let wanted = suites.iter().map(|name| named(&SUITES, name)).collect::<Result<Vec<_>, _>>()?;
        let (newer, older): (Vec<_>, Vec<_>) =
            provider.cipher_suites.into_iter().partition(|suite| suite.version().version == ProtocolVersion::TLSv1_3);
        let chosen = wanted.iter().filter_map(|wanted| older.iter().find(|suite| suite.suite() == *wanted).copied());
        provider.cipher_suites = newer.into_iter().chain(chosen).collect();
    }
    if !curves.is_empty() {
        let wanted = curves.iter().map(|name| named(&CURVES, name)).collect::<Result<Vec<_>, _>>()?;
        let all = provider.kx_groups;
        provider.kx_groups =
            wanted.iter().filter_map(|wanted| all.iter().find(|group| group.name() == *wanted).copied()).collect();
    }
    Ok(provider)
}

fn named<T: Copy>(known: &[(&str, T)], name: &str) -> Result<T, String> {
    let found = known.iter().find(|(known, _)| *known == name);
    found.map(|(_, found)| *found).ok_or_else(|| format!("{name} is not supported"))
}

/// A server's configuration; a CA demands client certificates. The error is for people.
pub fn configuration(
    certificate: &[u8],
    key: &[u8],
    ca: &[u8],
    versions: &[String],
    provider: CryptoProvider,
) -> Result<Arc<ServerConfig>, String> {
    let provider = Arc::new(provider);
    let versions: Vec<&SupportedProtocolVersion> =
        versions.iter().map(|name| if name == "1.2" { &version::TLS12 } else { &version::TLS13 }).collect();
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&versions)
        .map_err(|error| error.to_string())?;
    let builder = if ca.is_empty() {
        builder.with_no_client_auth()
    } else {
        let mut roots = RootCertStore::empty();
        for found in certificates(ca)? {
            roots.add(found).map_err(|error| error.to_string())?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(verifier.build().map_err(|error| error.to_string())?)
    };
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| format!("key: {error}"))?;
    let mut config = builder.with_single_cert(certificates(certificate)?, key).map_err(|error| error.to_string())?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.map_err(|error| format!("certificate: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_for_something_that_there_is() {
        for (name, suite) in SUITES {
            let chosen = provider(&[name.to_owned()], &[]).unwrap();
            assert_eq!(chosen.cipher_suites.iter().filter(|found| found.suite() == suite).count(), 1, "{name}");
            assert_eq!(chosen.cipher_suites.len(), 4, "{name} and the three of TLS 1.3");
        }
        for (name, curve) in CURVES {
            let chosen = provider(&[], &[name.to_owned()]).unwrap();
            assert_eq!(chosen.kx_groups.iter().map(|group| group.name()).collect::<Vec<_>>(), [curve]);
        }
    }

    #[test]
    fn a_name_that_there_is_not_is_an_error() {
        assert!(provider(&["TLS_RSA_WITH_RC4_128_SHA".to_owned()], &[]).is_err());
        assert!(provider(&[], &["P521".to_owned()]).is_err());
    }
}
